"""Makes the offline model of this notebook faulty or slow, for every request to it."""

from labkit.exercises.boxes import Box, show
from labkit.exercises.notebook import problem
from labkit.offline.faults import NONE, parse_fault
from labkit.offline.pacing import check_pace
from labkit.offline.switch import switch, take


class _Cell:
    """The owner of what a cell has set; a control panel may take it over."""

    line = "every request meets what `labkit.fault` has set"
    off = "Run `labkit.fault()`."

    def give_up(self) -> None:
        switch(self, NONE, None)


_cell = _Cell()


def fault(text: str = "", *, pace: float | None = None) -> None:
    """Give the offline model of this notebook a fault ("cut_after=30"), a pace, or neither.

    `pace` is that of LABKIT_PACE: 1 is realistic, 0 as fast as it goes, None what the environment
    says. What a control panel has set is taken back.
    """
    try:
        wanted = parse_fault(text)
        pace = None if pace is None else check_pace(str(pace))
    except ValueError as error:
        return show(problem(error))
    take(_cell)
    switch(_cell, wanted, pace)
    return show(Box("info", "→", _said(text, pace)))


def _said(text: str, pace: float | None) -> str:
    parts = [f"`{text}`"] if text else []
    parts += [] if pace is None else [f"pace {pace:g}"]
    return f"From now on: {', '.join(parts)}" if parts else "The model is well again"
