"""A stream as steps: wait, then send; its pace and its fault worked in."""

import json
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

from labkit.offline import chat
from labkit.offline.answers import Answer
from labkit.offline.errors import ApiError
from labkit.offline.faults import Fault
from labkit.offline.pacing import delays
from labkit.offline.requests import ChatRequest


class CutError(Exception):
    """The fault `cut_after`: the socket is to be closed in mid-stream."""


class Step(NamedTuple):
    """One step of a stream: wait, then send; a wait of None lasts until the client leaves."""

    wait_s: float | None
    data: bytes


def chat_steps(
    asked: ChatRequest, answers: list[Answer], fault: Fault, pace: float
) -> Iterator[Step]:
    """Yield the steps of a chat-completions stream, its pace and its fault worked in."""
    pause = delays(pace, asked.seed) if pace else repeat(0.0)
    events = chat.stream(asked, answers, fault.dialect)
    # The wait for the first delta comes before the role-first chunk, as on the real API.
    yield Step(next(pause) + (fault.slow_start or 0), next(events).data)
    sent = 0
    for event in events:
        if (end := _end(fault, sent)) is not None:
            yield from end
            return
        sent += event.paced
        yield Step(next(pause) if event.paced and sent > 1 else 0, event.data)
    yield Step(0, chat.DONE)


def _end(fault: Fault, sent: int) -> Iterator[Step] | None:
    """Return the last steps of a stream that breaks after `sent` deltas, or None if it goes on."""
    if fault.stall_after == sent:
        return iter([Step(None, b"")])
    if fault.truncate_after == sent:
        return iter([])
    if fault.error_after == sent:
        return iter([Step(0, _error_event())])
    if fault.cut_after == sent:
        return map(_cut, range(1))
    return None


def _cut(_: int) -> Step:
    raise CutError


def _error_event() -> bytes:
    return f"data: {json.dumps(ApiError.from_status(500).body())}\n\n".encode()
