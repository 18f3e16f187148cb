"""Turns the first interrupt of a loop into a request to stop it; the second is the ordinary one."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class StopAsked(BaseException):
    """Stop was pressed. Not an Exception, so that no library in between takes it for a failure."""


class Interrupts:
    """Guards a `for` loop against SIGINT, for as long as the `with` block lasts.

    While the loop waits (`waiting` is true) an interrupt raises StopAsked at once; while the
    learner's own code runs it only sets `asked`, so that nothing of theirs is broken off. Outside
    the main thread, where Python delivers no signals, it does nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self.waiting = False
        self._before: Any = None

    @staticmethod
    def available() -> bool:
        """Tell whether an interrupt can reach the thread that calls this."""
        return threading.current_thread() is threading.main_thread()

    def __enter__(self) -> "Interrupts":
        if self.available():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Somebody else's handler may have come since; it is theirs to restore.
        if self.available() and signal.getsignal(signal.SIGINT) == self._handle:
            known = self._before is not None  # None: not set from Python
            signal.signal(signal.SIGINT, self._before if known else signal.default_int_handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self.waiting:
            raise StopAsked
