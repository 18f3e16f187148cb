"""Awaits a learner's function to its end, in an event loop of its own."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from labkit.exercises.outcome import Outcome
from labkit.exercises.running import TimeUpError, run
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop, virtual_names

VIRTUAL_LIMIT_S = 10_000.0  # longer than any stream of the cases; the clock jumps there at once
_TO_TIDY_UP_S = 0.5


def awaited(function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Outcome:
    """Return what `function` did within `limit_s` seconds, in a thread with a new event loop.

    Of a generator, the list of what it yields is the value, and is kept even if it raises.
    """
    kept: list[Any] = []

    def call() -> Any:
        return asyncio.run(_awaited(function, arguments, limit_s, kept))

    outcome = run(call, limit_s + _TO_TIDY_UP_S, aside=True)
    return _with(kept, outcome)


def awaited_virtually(
    function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float
) -> Outcome:
    """Return what `function` did, like `awaited`, in an event loop whose clock jumps.

    `limit_s` are real seconds; in virtual time there is a generous limit.
    """
    kept: list[Any] = []
    clock = VirtualClock()

    def call() -> Any:
        with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(clock)) as runner:
            return runner.run(_awaited(function, arguments, VIRTUAL_LIMIT_S, kept))

    names = getattr(inspect.unwrap(function), "__globals__", {})
    with virtual_names(names, clock):
        outcome = run(call, limit_s, aside=True)
    return replace(_with(kept, outcome), blocked_s=clock.blocked_s)


def _with(kept: list[Any], outcome: Outcome) -> Outcome:
    return replace(outcome, value=kept) if kept and outcome.error else outcome


async def _awaited(
    function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float, kept: list[Any]
) -> Any:
    """Return what `function` returns, or the list `kept` of what it yields."""
    # What goes wrong is told by the check, not by a traceback when the garbage is collected.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    tell(arguments, "called")
    try:
        async with asyncio.timeout(limit_s) as scope:
            value = function(*arguments)
            if isinstance(value, AsyncIterator):
                return await _read(value, arguments, kept)
            return await value
    except TimeoutError:
        if scope.expired():
            raise TimeUpError from None
        raise
    finally:
        tell(arguments, "returned")


async def _read(
    value: AsyncIterator[Any], arguments: tuple[Any, ...], kept: list[Any]
) -> list[Any]:
    async for item in value:
        kept.append(item)
        if tell(arguments, "taken"):
            await value.aclose()  # type: ignore[attr-defined]
            break
        for pause_s in [each.pause_s for each in arguments if getattr(each, "pause_s", 0)]:
            await asyncio.sleep(pause_s)
    return kept


def tell(arguments: tuple[Any, ...], what: str) -> bool:
    """Call the method `what` of the arguments that have one: they take part in the check.

    `called`: the function is called next, in this task.
    `taken`: an item that an asynchronous generator yielded has been read; if one returns True, the
    reader leaves. It pauses for `pause_s` seconds if one has that.
    `returned`: the function has come back; what is not tidied up by now, the event loop does.
    """
    return any([getattr(each, what, _nothing)() for each in arguments])


def _nothing() -> None:
    pass
