"""Sends an answer at the model's pace, whichever dialect wrote it: as a stream, or whole."""

import asyncio
import itertools
from collections.abc import Iterator

from starlette.responses import Response

from labkit.offline.faults import Fault
from labkit.offline.gate import api_headers
from labkit.offline.model import Model
from labkit.offline.pacing import delays
from labkit.offline.steps import Event, paced_steps
from labkit.offline.streams import EventStream


def streamed(
    model: Model, events: Iterator[Event], fault: Fault, seed: int, *, error: bytes
) -> Response:
    """Return `events` as a stream; `error` is the dialect's event for the fault `error_after`."""
    steps = paced_steps(events, fault, model.pace_now(), seed, error=error)
    return EventStream(steps, model.streams, api_headers())


async def whole(model: Model, body: bytes, fault: Fault, seed: int, *, tokens: int) -> Response:
    """Return `body`, a JSON text, after the time that `tokens` tokens take."""
    pause = delays(model.pace_now(), seed)
    await asyncio.sleep(sum(itertools.islice(pause, tokens)) + (fault.slow_start or 0))
    return Response(body, media_type="application/json", headers=api_headers())
