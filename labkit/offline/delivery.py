"""Sends an answer at the model's pace, whichever dialect wrote it: as a stream, or whole."""

import asyncio
from collections.abc import Callable, Iterator

from starlette.responses import Response

from labkit.offline.faults import Fault
from labkit.offline.gate import api_headers
from labkit.offline.model import Model
from labkit.offline.pacing import duration
from labkit.offline.steps import Event, WriteError, paced_steps
from labkit.offline.streams import EventStream


def streamed(
    model: Model,
    events: Iterator[Event],
    fault: Fault,
    seed: int,
    *,
    error: WriteError,
    ended: Callable[[], None] = lambda: None,
) -> Response:
    """Return `events` as a stream; `error` writes the dialect's event for `error_after`.

    `ended` is called once the stream is over, also if its client left it early.
    """
    steps = paced_steps(events, fault, model.pace_now(), seed, error=error)
    return EventStream(steps, model.streams, api_headers(), ended)


async def whole(model: Model, body: bytes, fault: Fault, seed: int, *, tokens: int) -> Response:
    """Return `body`, a JSON text, after the time that `tokens` tokens take."""
    wait_s = duration(model.pace_now(), seed, tokens) + (fault.slow_start or 0)
    await asyncio.sleep(wait_s)
    return Response(body, media_type="application/json", headers=api_headers())
