"""One run of the control panel: every policy is tried, all at once or in turn."""

import asyncio
from collections.abc import Callable, Mapping

from labkit.errors import LabError
from labkit.offline import local
from labkit.offline.faults import FaultCounter
from labkit.trials import Ask, Policy, Trial, tried
from labkit.widgets.panel_cards import NEW, Update


class PanelRun:
    """Tries policies with one `ask`; `add` takes in how each is doing."""

    def __init__(self, ask: Ask, limit_s: float, add: Callable[[Update], None]) -> None:
        self._ask = ask
        self._limit_s = limit_s
        self._add = add
        self._tasks: list[asyncio.Task[Trial]] = []

    async def trials(self, policies: Mapping[str, Policy], *, at_once: bool) -> dict[str, Trial]:
        """Return the trial of each policy that was not stopped.

        Raises LabError if text came although nobody asked this process's offline model.
        """
        turn, before = asyncio.Semaphore(len(policies) if at_once else 1), _started()
        self._tasks = [
            asyncio.ensure_future(self._try(card, policy, turn))
            for card, policy in enumerate(policies.values())
        ]
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        named = zip(policies, ends, strict=True)
        trials = {name: end for name, end in named if isinstance(end, Trial)}
        if _started() == before and any(each.text for t in trials.values() for each in t.heard):
            raise LabError(
                "The panel sets the faults of this process's offline model, but this ask has its "
                "text from elsewhere: give it a client of labkit.connect()."
            )
        return trials

    def cancel(self) -> None:
        """Break off what is running."""
        for task in self._tasks:
            task.cancel()

    async def _try(self, card: int, policy: Policy, turn: asyncio.Semaphore) -> Trial:
        last = NEW

        def progress(trial: Trial) -> None:
            nonlocal last
            last = trial
            self._add(Update(card, "running", trial))

        try:
            async with turn:
                local.model().counter = FaultCounter()
                progress(NEW)
                last = await tried(policy, self._ask, limit_s=self._limit_s, progress=progress)
        except BaseException:
            self._add(Update(card, "stopped", last))
            raise
        self._add(Update(card, "done", last))
        return last


def _started() -> int:
    return local.model().streams.started
