"""The endpoints that `sse.py` and `service.py` look at, each served by a process of its own.

As a command, `python endpoints.py WAY [EVENTS]` serves one of WAYS, and `python endpoints.py
notebook BASE_URL` the app of notebook 04 over the model server there.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import EventSourceResponse as FastResponse
from fastapi.sse import ServerSentEvent as FastEvent
from sse_starlette import EventSourceResponse as StarResponse

from labkit import serving
from labkit.service.buffer import Buffer
from labkit.service.event_stream import EventStream

_PATH = "/v1/chat/completions"  # the one that the bare client asks
_SSE = "text/event-stream"


def frame(event: str, **data: Any) -> str:
    """Return one event, as notebook 04 writes it by hand."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


def texts(events: int) -> list[str]:
    """Return what each way sends: so many texts of about a token."""
    return [f"word{n} " for n in range(events)]


async def _one_by_one(pieces: list[Any]) -> AsyncIterator[Any]:
    """Give the loop a turn before each piece, as a model does: each is a write of its own."""
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


def ready_made(response: Callable[[AsyncIterator[bytes]], Response], events: int) -> FastAPI:
    """Send ready-made bytes by `response`."""
    ready = [frame("token", text=text).encode() for text in texts(events)]
    return _app(lambda: response(_one_by_one(ready)))


def bare_response(frames: AsyncIterator[bytes]) -> Response:
    """Send what comes, and nothing else."""
    return StreamingResponse(frames, media_type=_SSE)


def service_response(frames: AsyncIterator[bytes]) -> Response:
    """Send it as the service does: with keep-alive, limits, and an eye on the reader."""
    return EventStream(frames, AsyncExitStack())


def by_hand(events: int) -> FastAPI:
    """Write each frame as the notebook does."""

    async def frames() -> AsyncIterator[str]:
        async for text in _one_by_one(texts(events)):
            yield frame("token", text=text)

    return _app(lambda: StreamingResponse(frames(), media_type=_SSE))


def sse_starlette(events: int) -> FastAPI:
    """Leave the frames to sse-starlette."""

    async def fields() -> AsyncIterator[dict[str, str]]:
        async for text in _one_by_one(texts(events)):
            yield {"event": "token", "data": json.dumps({"text": text})}

    return _app(lambda: StarResponse(fields()))


def fastapi_sse(events: int) -> FastAPI:
    """Leave the frames to FastAPI."""
    app = FastAPI()

    @app.post(_PATH, response_class=FastResponse)
    async def answer() -> AsyncIterator[FastEvent]:
        async for text in _one_by_one(texts(events)):
            yield FastEvent(event="token", data={"text": text})

    return app


def _app(answer: Callable[[], Response]) -> FastAPI:
    app = FastAPI()

    @app.post(_PATH)
    async def stream() -> Response:
        return answer()

    return app


def paced(events: int) -> FastAPI:
    """Send each event when it is due, with that time in it; the request says how many a second."""
    app = FastAPI()

    @app.post(_PATH)
    async def stream(request: Request) -> Response:
        asked = await request.json()
        frames = _frames_when_due(events, asked["number"], 1 / asked["per_s"])
        return StreamingResponse(frames, media_type=_SSE)

    return app


async def _frames_when_due(events: int, number: int, gap_s: float) -> AsyncIterator[str]:
    # Each reader has a phase of its own; perf_counter is one clock for all processes.
    start_s = time.perf_counter() + random.Random(number).random() * gap_s
    for n, text in enumerate(texts(events)):
        due_s = start_s + n * gap_s
        await asyncio.sleep(max(0, due_s - time.perf_counter()))
        yield frame("token", text=text, due_s=due_s)


def service_paced(events: int) -> FastAPI:
    """Send numbered events when they are due, as the service sends its own."""
    app = FastAPI()

    @app.post(_PATH)
    async def stream(request: Request) -> Response:
        asked = await request.json()
        return service_response(_numbered_when_due(events, **asked))

    return app


async def _numbered_when_due(
    events: int, number: int, start_s: float, gap_s: float
) -> AsyncIterator[bytes]:
    for n, text in enumerate(texts(events), start=1):
        due_s = start_s + n * gap_s
        await asyncio.sleep(max(0, due_s - time.perf_counter()))
        # As cheap as can be: this is the load, and not what is measured.
        data = f'{{"text": "{text}", "due_s": {due_s}}}'
        yield f"event: token\nid: {number}.{n}\ndata: {data}\n\n".encode()


def service_idle(events: int) -> FastAPI:
    """Send nothing: each reader waits at a buffer of its own."""
    return _app(lambda: service_response(Buffer(2**18).cursor()))


WAYS = {
    "bare": partial(ready_made, bare_response),
    "EventStream": partial(ready_made, service_response),
    "EventSourceResponse": partial(ready_made, StarResponse),
    "EventStream, paced": service_paced,
    "EventStream, idle": service_idle,
    "by hand": by_hand,
    "sse-starlette": sse_starlette,
    "fastapi.sse": fastapi_sse,
    "paced": paced,
}


def notebook(base_url: str) -> FastAPI:
    """Run the cells that make the notebook's app; its model server is at `base_url`."""
    # Only here: reading notebooks takes as long to import as all the rest.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.notebooks.served import app_names

    os.environ |= {"LABKIT_BASE_URL": base_url, "LABKIT_MODEL": "offline-advisor"}
    app: FastAPI = app_names("04")["app"]
    return app


def main(way: str, given: str) -> None:
    """Serve it until the process is ended."""
    app = notebook(given) if way == "notebook" else WAYS[way](int(given))
    bound = serving.bind("127.0.0.1", 0)
    serving.run(app, bound)


if __name__ == "__main__":
    main(*sys.argv[1:])
