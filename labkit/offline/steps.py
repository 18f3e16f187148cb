"""A stream as steps: wait, then send; its pace and its fault worked in."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

from labkit.offline.faults import Fault
from labkit.offline.pacing import delays


class CutError(Exception):
    """The fault `cut_after`: the socket is to be closed in mid-stream."""


class Event(NamedTuple):
    """One SSE event on its way out; `paced` tells whether it is a delta that takes its time."""

    data: bytes
    paced: bool = False


class Step(NamedTuple):
    """One step of a stream: wait, then send; a wait of None lasts until the client leaves."""

    wait_s: float | None
    data: bytes


WriteError = Callable[[int], bytes]
"""Writes the event of the fault `error_after`, given how many events came before it."""


def paced_steps(
    events: Iterator[Event], fault: Fault, pace: float, seed: int, *, error: WriteError
) -> Iterator[Step]:
    """Yield the steps of a stream of at least one event, its pace and its fault worked in."""
    pause = delays(pace, seed) if pace else repeat(0.0)
    # The wait for the first delta comes before the first event of all, as on the real API.
    yield Step(next(pause) + (fault.slow_start or 0), next(events).data)
    sent = 0
    for before, event in enumerate(events, 1):
        if (end := _end(fault, sent, before, error)) is not None:
            yield from end
            return
        sent += event.paced
        yield Step(next(pause) if event.paced and sent > 1 else 0, event.data)


def _end(fault: Fault, sent: int, before: int, error: WriteError) -> Iterator[Step] | None:
    """Return the last steps of a stream that breaks after `sent` deltas, or None if it goes on.

    `before` counts all events so far, not the deltas alone.
    """
    if fault.stall_after == sent:
        return iter([Step(None, b"")])
    if fault.truncate_after == sent:
        return iter([])
    if fault.error_after == sent:
        return iter([Step(0, error(before))])
    if fault.cut_after == sent:
        return map(_cut, range(1))
    return None


def _cut(_: int) -> Step:
    raise CutError
