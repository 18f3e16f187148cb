"""Runs a learner's function so that neither an error nor an endless loop gets out."""

import contextlib
import ctypes
import io
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

from labkit.exercises.outcome import Outcome

_KEPT_CHARACTERS = 10_000
_RING_AGAIN_S = 0.2


class TimeUpError(BaseException):
    """The time is up. Not an Exception, so that `except Exception` in a loop does not catch it."""


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed: an endless loop may print for seconds."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, _KEPT_CHARACTERS - self.tell())])
        return len(text)


def run(call: Callable[[], Any], limit_s: float, *, aside: bool = False) -> Outcome:
    """Return what `call()` did within `limit_s` seconds. A real Ctrl-C raises KeyboardInterrupt.

    It runs in the main thread, where it can always be interrupted; or in a thread of its own if
    `aside` is true (a new event loop needs one) or we are not in the main thread ourselves.
    """
    in_main = threading.current_thread() is threading.main_thread()
    printed = _Printed()
    with contextlib.redirect_stdout(printed):
        outcome = _run_here(call, limit_s) if in_main and not aside else _run_aside(call, limit_s)
    return replace(outcome, printed=printed.getvalue())


def _attempt(call: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(value=call())
    except TimeUpError:
        return Outcome(timed_out=True)
    except BaseException as error:  # sys.exit() in an exercise must not end the kernel
        if isinstance(error, KeyboardInterrupt) and _in_main_thread():
            raise
        return Outcome(error=error)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _run_here(call: Callable[[], Any], limit_s: float) -> Outcome:
    try:
        with _alarm(limit_s) as rang:
            outcome = _attempt(call)
    except TimeUpError:  # it rang after the call had ended
        return Outcome(timed_out=True)
    return Outcome(timed_out=True) if rang.is_set() else outcome


@contextlib.contextmanager
def _alarm(limit_s: float) -> Iterator[threading.Event]:
    """Raise TimeUpError in the main thread after `limit_s` seconds; again if it is caught."""
    done, rang = threading.Event(), threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def interrupted(number: int, frame: FrameType | None) -> None:
        if not rang.is_set():  # the learner pressed Ctrl-C, or Stop in JupyterLab
            (before if callable(before) else signal.default_int_handler)(number, frame)
        elif not done.is_set():
            raise TimeUpError

    ringer = threading.Thread(target=_ring, args=(limit_s, done, rang), daemon=True)
    signal.signal(signal.SIGINT, interrupted)
    try:
        try:
            ringer.start()
            yield rang
        finally:
            done.set()
    finally:
        done.set()  # the line above is skipped when the alarm rings exactly there
        ringer.join()
        signal.signal(signal.SIGINT, before)


def _ring(limit_s: float, done: threading.Event, rang: threading.Event) -> None:
    if done.wait(limit_s):
        return
    rang.set()
    while not done.is_set():
        _interrupt_main_thread()
        done.wait(_RING_AGAIN_S)


def _interrupt_main_thread() -> None:
    # A signal, and not only _thread.interrupt_main, because it also ends time.sleep and recv.
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _run_aside(call: Callable[[], Any], limit_s: float) -> Outcome:
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(_attempt(call)), daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        _raise_in(thread)
        thread.join(_RING_AGAIN_S)
        return Outcome(timed_out=True)
    return outcomes[0]


def _raise_in(thread: threading.Thread) -> None:
    """Raise TimeUpError in `thread` at its next step of Python: it must not spin for ever."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeUpError)
    )
