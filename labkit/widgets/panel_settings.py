"""What the control panel sets: the fault and the pace of this process's offline model."""

import contextlib
from collections.abc import Iterator
from typing import Any

import traitlets

from labkit.errors import LabError
from labkit.offline import switch
from labkit.widgets.frames import FrameLog
from labkit.widgets.panel_form import KINDS, PACES, checked_fault, checked_pace, in_force

TABLING = "The table sets the faults by itself: wait for its end, or press Stop."
"""What somebody else is told who wants to set a fault meanwhile."""


class PanelSettings(FrameLog):
    """A widget whose `fault` and `pace` are those that every request of this process meets."""

    kinds = traitlets.List(default_value=KINDS).tag(sync=True)
    paces = traitlets.List(default_value=PACES).tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    """What every request meets, such as `cut_after=12`; empty for nothing."""
    pace = traitlets.Float(None, allow_none=True).tag(sync=True)
    """The pace of every request; None is that of LABKIT_PACE."""
    line = traitlets.Unicode(in_force("", None)).tag(sync=True)
    tabling = traitlets.Bool(False).tag(sync=True)
    """Whether `table` sets the fault just now, and nobody else may."""

    off = "Press the panel's Switch off, or run its `reset()`."
    """How it is switched off."""

    _row = ""
    _closed = False

    def reset(self) -> None:
        """Switch fault and pace off: every request is answered as usual again."""
        self.fault, self.pace = "", None

    def give_up(self) -> None:
        """Reset, also amid a table: another panel takes over."""
        self.tabling = False
        self.reset()

    def close(self) -> None:
        """Switch fault and pace off for good, and close the widget: it sets nothing any more."""
        self._closed = True
        self.give_up()
        switch.release(self)
        super().close()

    @contextlib.contextmanager
    def tabled(self) -> Iterator[None]:
        """Let only `set_row` set the fault; afterwards it is what it was, if we still own it."""
        self.take()
        before, self._row, self.tabling = self.fault, self.fault, True
        try:
            yield
        finally:
            self.tabling = False
            if switch.is_owner(self):
                self.fault = before

    def set_row(self, fault: str) -> None:
        """Set the fault of the table's next row."""
        self._row = fault
        self.fault = fault

    def take(self) -> None:
        """Become the only panel that sets anything; raises LabError if it is closed."""
        self._check_open()
        switch.take(self)

    @traitlets.validate("fault")
    def _check_fault(self, proposal: Any) -> str:
        fault = str(proposal["value"])
        checked_fault(fault)
        if self.tabling and fault != self._row:
            raise LabError(TABLING)
        if fault:
            self._check_open()
        return fault

    @traitlets.validate("pace")
    def _check_pace(self, proposal: Any) -> float | None:
        pace = checked_pace(proposal["value"])
        if pace is not None:
            self._check_open()
        return pace

    def _check_open(self) -> None:
        if self._closed:
            raise LabError("This panel is closed: make a new one with labkit.control_panel.")

    @traitlets.observe("fault", "pace")
    def _apply(self, change: Any) -> None:
        switch.switch(self, checked_fault(self.fault), self.pace)
        self.line = in_force(self.fault, self.pace)
