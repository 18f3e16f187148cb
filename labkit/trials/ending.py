"""Ends what a policy has left behind, but does not wait for it for ever."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from labkit.trials.raised import sentence_of
from labkit.trials.tap import Tap

GRACE_S = 1.0
"""So long may anything take to end."""

_STUBBORN = "A task makes light of its cancellation, and goes on."
_SLOW = f"Closing a stream takes longer than {GRACE_S:g} s."


async def clean_up(tasks: Sequence["asyncio.Task[Any]"], taps: Iterable[Tap]) -> list[str]:
    """End the tasks, then close the streams; return a sentence for each that fails to end."""
    await ended(tasks)
    closing = [asyncio.ensure_future(tap.close()) for tap in taps]
    if closing:
        await asyncio.wait(closing, timeout=GRACE_S)
    await ended(closing)
    return [_STUBBORN for task in tasks if not task.done()] + [_failure(each) for each in closing]


async def ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel the tasks and give them a little time, those that make light of it once more."""
    running = {task for task in tasks if not task.done()}
    for once_more in (False, True):
        for task in running:
            if once_more or not task.cancelling():  # or its clean-up would be broken off
                task.cancel()
        if running:
            _, running = await asyncio.wait(running, timeout=GRACE_S)


def _failure(closing: "asyncio.Task[None]") -> str:
    if not closing.done() or closing.cancelled():
        return _SLOW
    return sentence_of(closing.exception())
