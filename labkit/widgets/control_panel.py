"""The control panel: sets the offline model's fault and pace, and shows what policies do then."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import traitlets

from labkit import background
from labkit.errors import LabError
from labkit.offline import switch
from labkit.providers import chosen
from labkit.timing import count
from labkit.trials import Ask, Policy, Trial
from labkit.trials.table import TrialTable
from labkit.widgets import assets
from labkit.widgets.panel_cards import Cards
from labkit.widgets.panel_form import checked_fault
from labkit.widgets.panel_run import PanelRun
from labkit.widgets.panel_settings import TABLING, PanelSettings

LIMIT_S = 20.0
"""After so many seconds a policy hangs, unless the panel is told otherwise."""


class ControlPanel(PanelSettings):
    """Sets `fault` and `pace` of this process's offline model, and runs policies against them.

    Messages may come in another thread than that of the event loop: they may set fault and pace,
    but whatever runs a policy is handed to the loop.
    """

    _esm = assets.script("control_panel")
    _css = assets.style("control_panel")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    status = traitlets.Unicode("Not run yet.").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    round = traitlets.Int(0).tag(sync=True)
    """Counts the runs; the frames of each have keys of their own, `r1f0`, `r1f1`, …"""

    def __init__(self, ask: Ask, policies: Mapping[str, Policy], limit_s: float) -> None:
        self._policies = dict(policies)
        self._cards = Cards(list(policies))
        self._run_of_all = PanelRun(ask, limit_s, self.add)
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
        self._check_idle()
        rows = {}
        try:
            with self.tabled():
                for fault in faults:
                    self.set_row(fault)
                    rows[fault] = await self._run()
                    if self._stopped or not self.tabling:
                        break
        finally:
            self._renew_picture()
        return TrialTable(rows)

    def stop(self) -> None:
        """Break off the policies that are running; may be called from another thread."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def give_up(self) -> None:
        """Stop and reset: another panel takes over, or this one is closed."""
        self.stop()
        super().give_up()

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

    async def _run(self) -> dict[str, Trial]:
        with self._drawing():
            # The model counts tries by their request, which is the same for all policies.
            at_once = checked_fault(self.fault).times is None
            return await self._run_of_all.trials(self._policies, at_once=at_once)

    @contextlib.contextmanager
    def _drawing(self) -> Iterator[None]:
        """Draw a run for as long as it lasts, and how it ended."""
        self._check_idle()
        self.take()
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
            try:
                self.end()
            finally:
                with self.hold_sync():
                    self.running, self.status = False, self._cards.outcome()

    def _check_idle(self) -> None:
        if self.running:
            raise LabError("The panel is running its policies: wait for the end, or press Stop.")

    def _cancel(self) -> None:
        self._stopped = True
        self._run_of_all.cancel()

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
            raise LabError(TABLING)
        elif kind == "run":
            if self._loop is None:
                raise LabError("No event loop is running here: use the panel in a notebook.")
            self._loop.call_soon_threadsafe(self._start_run)
        elif kind == "reset":
            self.reset()
        elif kind in ("fault", "pace"):
            setattr(self, kind, content["value"])

    def _start_run(self) -> None:
        self._click = asyncio.ensure_future(self.run())
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
    switch.take(panel)
    return panel
