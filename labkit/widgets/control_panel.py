"""The control panel: sets the offline model's fault and pace, and shows what policies do then."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import traitlets

from labkit import background
from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.faults import FaultCounter
from labkit.providers import chosen
from labkit.timing import count
from labkit.trial_table import TrialTable
from labkit.trials import Ask, Policy, Trial, tried
from labkit.widgets import assets, panel_switch
from labkit.widgets.frames import FrameLog
from labkit.widgets.panel_cards import NEW, Cards, Update
from labkit.widgets.panel_form import KINDS, PACES, checked_fault, checked_pace, in_force
from labkit.widgets.stopping import aclose

LIMIT_S = 20.0
"""After so many seconds a policy hangs, unless the panel is told otherwise."""


class ControlPanel(FrameLog):
    """Sets `fault` and `pace` of this process's offline model, and runs policies against them.

    Messages may come in another thread than that of the event loop: they may set fault and pace,
    but whatever runs a policy is handed to the loop.
    """

    _esm = assets.script("control_panel")
    _css = assets.style("control_panel")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kinds = traitlets.List(default_value=KINDS).tag(sync=True)
    paces = traitlets.List(default_value=PACES).tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    """What every request meets, such as `cut_after=12`; empty for nothing."""
    pace = traitlets.Float(None, allow_none=True).tag(sync=True)
    """The pace of every request; None is that of LABKIT_PACE."""
    line = traitlets.Unicode(in_force("", None)).tag(sync=True)
    status = traitlets.Unicode("Not run yet.").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    tabling = traitlets.Bool(False).tag(sync=True)
    """Whether `table` sets the fault just now, and nobody else may."""
    round = traitlets.Int(0).tag(sync=True)
    """Counts the runs; the frames of each have keys of their own, `r1f0`, `r1f1`, …"""

    def __init__(self, ask: Ask, policies: Mapping[str, Policy], limit_s: float) -> None:
        self._ask = ask
        self._policies = dict(policies)
        self._limit_s = limit_s
        self._cards = Cards(list(policies))
        self._tasks: list[asyncio.Task[Trial]] = []
        self._click: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: Any = None
        self._stopped = False
        with contextlib.suppress(RuntimeError):  # outside a notebook no loop is running
            self._loop = asyncio.get_running_loop()
        super().__init__(names=list(policies))
        self.on_msg(self._receive)

    async def run(self) -> dict[str, Trial]:
        """Run all policies against the fault and the pace now set; return the Trial of each.

        They run at the same time, or in turn if the fault counts the `times` of a request. One
        that Stop broke off is not in the result.
        """
        try:
            return await self._run()
        finally:
            self._renew_picture()

    async def table(self, faults: Iterable[str]) -> TrialTable:
        """Run all policies against each of `faults`; return what each made of each.

        The fault is afterwards what it was before. Stop leaves the rest of the faults out.
        """
        faults = list(faults)
        for fault in faults:
            checked_fault(fault)
        rows = {}
        with self._setting_faults():
            for fault in faults:
                self.fault = fault
                rows[fault] = await self._run()
                if self._stopped:
                    break
        return TrialTable(rows)

    def stop(self) -> None:
        """Break off the policies that are running; may be called from another thread."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def reset(self) -> None:
        """Switch fault and pace off: every request is answered as usual again."""
        self.fault, self.pace = "", None

    def give_up(self) -> None:
        """Stop and reset: another panel takes over."""
        self.stop()
        self.reset()

    def close(self) -> None:
        """Stop, switch fault and pace off, and close the widget."""
        self.give_up()
        super().close()

    def pack(self, items: list[Any]) -> Any:
        """Return a frame: what has changed on each card."""
        return self._cards.pack(items)

    def picture(self) -> tuple[str, str]:
        """Return what every request meets, and the verdict on each policy."""
        plain = f"{self.line}\n{self._cards.plain()}"
        return plain, f"<div><p>{self.line}</p>{self._cards.page()}</div>"

    def _ipython_display_(self) -> None:
        """Display the panel so that its static picture can be renewed after a run."""
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        handle = display(data, metadata=metadata, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._handle = handle

    def _renew_picture(self) -> None:
        if self._handle:
            data, metadata = self._repr_mimebundle_()
            self._handle.update(data, metadata=metadata, raw=True)

    @traitlets.validate("fault")
    def _check_fault(self, proposal: Any) -> str:
        checked_fault(proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("pace")
    def _check_pace(self, proposal: Any) -> float | None:
        return checked_pace(proposal["value"])

    @traitlets.observe("fault", "pace")
    def _apply(self, change: Any) -> None:
        panel_switch.switch(self, checked_fault(self.fault), self.pace)
        self.line = in_force(self.fault, self.pace)

    @contextlib.contextmanager
    def _setting_faults(self) -> Iterator[None]:
        """Let nobody else set the fault; put the old one back, unless another panel took over."""
        before, self.tabling = self.fault, True
        panel_switch.take(self)
        try:
            yield
        finally:
            self.tabling = False
            if panel_switch.is_owner(self):
                self.fault = before
            self._renew_picture()

    async def _run(self) -> dict[str, Trial]:
        with self._drawing():
            fault = checked_fault(self.fault)
            # The model counts tries by their request, which is the same for all policies.
            turn = asyncio.Semaphore(len(self._policies) if fault.times is None else 1)
            self._tasks = [
                asyncio.ensure_future(self._try(card, policy, turn))
                for card, policy in enumerate(self._policies.values())
            ]
            ends = await asyncio.gather(*self._tasks, return_exceptions=True)
            trials = dict(zip(self._policies, ends, strict=True))
            for end in ends:
                if isinstance(end, Exception):
                    raise end
            return {name: end for name, end in trials.items() if isinstance(end, Trial)}

    @contextlib.contextmanager
    def _drawing(self) -> Iterator[None]:
        """Draw a run for as long as it lasts, and how it ended."""
        if self.running:
            raise LabError("The panel is running its policies: wait for the end, or press Stop.")
        panel_switch.take(self)
        self._loop, self._stopped = asyncio.get_running_loop(), False
        self._cards = Cards(self.names)
        self.renew(f"r{self.round + 1}f")
        with self.hold_sync():
            self.running, self.problem, self.round = True, "", self.round + 1
            self.status = f"Running {count(len(self.names), 'trial')} …"
        self.start()
        try:
            yield
        finally:
            self._tasks = []
            try:
                self.end()
            finally:
                with self.hold_sync():
                    self.running, self.status = False, self._cards.outcome()

    async def _try(self, card: int, policy: Policy, turn: asyncio.Semaphore) -> Trial:
        last = NEW

        def progress(trial: Trial) -> None:
            nonlocal last
            last = trial
            self.add(Update(card, "running", trial))

        try:
            async with turn:
                local.model().counter = FaultCounter()
                progress(NEW)
                last = await tried(policy, self._asked, limit_s=self._limit_s, progress=progress)
        except BaseException:
            self.add(Update(card, "stopped", last))
            raise
        self.add(Update(card, "done", last))
        return last

    async def _asked(self, *arguments: Any, **named: Any) -> Any:
        stream = await self._ask(*arguments, **named)
        url = str(getattr(getattr(stream, "response", None), "url", ""))
        if url and not url.startswith(local.start().url):
            await aclose(stream)
            raise LabError(
                f"The panel sets the faults of this process's offline model, but this ask talks to "
                f"{url}: give it a client of labkit.connect()."
            )
        return stream

    def _cancel(self) -> None:
        self._stopped = True
        for task in self._tasks:
            task.cancel()

    def _receive(self, widget: Any, content: Any, buffers: Any) -> None:
        try:
            self.problem = ""
            self._act(content)
        except Exception as error:
            self._tell(error)

    def _act(self, content: Any) -> None:
        kind = content["type"]
        if kind == "stop":
            self.stop()
        elif self.tabling:
            raise LabError("The table sets the faults by itself: wait for its end, or press Stop.")
        elif kind == "run":
            if self._loop is None:
                raise LabError("No event loop is running here: use the panel in a notebook.")
            self._loop.call_soon_threadsafe(self._start_run)
        elif kind == "reset":
            self.reset()
        elif kind in ("fault", "pace"):
            setattr(self, kind, content["value"])

    def _start_run(self) -> None:
        self._click = asyncio.ensure_future(self._run())
        self._click.add_done_callback(self._note_click)

    def _note_click(self, click: asyncio.Task[Any]) -> None:
        error = None if click.cancelled() else click.exception()
        if error:
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        """Show in the widget what no cell would show; a fault of ours is also kept."""
        self.problem = str(error) if isinstance(error, LabError) else repr(error)
        if not isinstance(error, LabError):
            background.note(f"{error!r} in the control panel")


def control_panel(
    ask: Ask, policies: Mapping[str, Policy], *, limit_s: float = LIMIT_S
) -> ControlPanel:
    """Return a panel that runs `policies` (name to policy) while `ask` meets what it sets.

    `ask` asks this process's offline model, in whose place no other will do: LabError says so. A
    policy that takes longer than `limit_s` seconds hangs. An earlier panel is stopped and reset.
    """
    if (provider := chosen()) != "offline":
        raise LabError(
            "The control panel sets the faults of the offline model, but LABKIT_PROVIDER or "
            f"LABKIT_BASE_URL chooses {provider!r}: unset both to use it."
        )
    if not policies:
        raise LabError("The control panel needs a policy or more: {'name': policy}; got none.")
    panel = ControlPanel(ask, policies, limit_s)
    panel_switch.take(panel)
    return panel
