"""Keeps what fails in a thread or a task, so that a notebook's last cell can say so."""

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

from labkit.errors import LabError

_failures: list[str] = []
_checks: list[Callable[[], str]] = []
_listening = False


def listen() -> None:
    """Note from now on what fails where no cell would show it; calling it twice is harmless."""
    global _listening
    if not _listening:
        _listening = True
        threading.excepthook = _noting(threading.excepthook, "thread")
        sys.unraisablehook = _noting(sys.unraisablehook, "clean-up")
    with contextlib.suppress(RuntimeError):  # outside a notebook no loop is running
        asyncio.get_running_loop().set_exception_handler(_note_task)


def note(failure: str) -> None:
    """Keep a failure that has been shown already, for `all_quiet` to name."""
    _failures.append(failure)


def ask_too(check: Callable[[], str]) -> None:
    """Let `all_quiet` ask `check` as well, which says what somebody left on; "" for nothing."""
    _checks.append(check)


def all_quiet() -> None:
    """Say that nothing failed in the background; raise LabError that names what did.

    It asks the garbage collector first: a task that nobody awaited speaks up when it is collected.
    What was left on, such as the fault of a control panel, is told in the same way.
    """
    gc.collect()
    failures, _failures[:] = list(_failures), []
    told = ["In the background, this failed: " + "; ".join(failures)] if failures else []
    told += filter(None, [check() for check in _checks])
    if told:
        raise LabError("\n".join(told))
    print("Nothing failed in the background.")


def _noting(before: Callable[[Any], Any], where: str) -> Callable[[Any], None]:
    def note(event: Any) -> None:
        if not _is_harmless(event.exc_value):
            _failures.append(f"{event.exc_type.__name__} in a {where}: {event.exc_value}")
        before(event)

    return note


def _is_harmless(error: BaseException | None) -> bool:
    """Tell whether nothing has failed: a thread that exits, a generator that another one closes.

    The collector runs in any thread. What it finds executing there, only its own end still holds.
    """
    closing = isinstance(error, ValueError) and "async generator already executing" in str(error)
    return closing or isinstance(error, SystemExit)


def _note_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    _failures.append(f"{context['message']}: {context.get('exception')!r}")
    loop.default_exception_handler(context)
