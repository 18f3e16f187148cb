"""Readers of SSE answers, many in one process: they keep what comes, and it is parsed later."""

import asyncio
import importlib.util
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httptools

from labkit.sse import Decoder, ServerSentEvent

T = TypeVar("T")
Timed = tuple[float, ServerSentEvent]


@dataclass
class Reading:
    """What one reader has got: the bytes, and when they came, in perf_counter s."""

    sent_s: float
    received: list[tuple[float, bytes]] = field(default_factory=list)

    def parsed(self) -> "Parsed":
        """Return the response that the bytes are."""
        parsed = Parsed()
        parser = httptools.HttpResponseParser(parsed)
        for parsed.now_s, data in self.received:
            parser.feed_data(data)
        parsed.status = parser.get_status_code() if self.received else 0
        return parsed


class Parsed:
    """A response: its status, its events with their times, and whether it is whole."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.status = 0
        self.whole = False
        self.events: list[Timed] = []
        self._decoder = Decoder()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body, as httptools hands it on."""
        self.events += [(self.now_s, event) for event in self._decoder.feed(body)]

    def on_message_complete(self) -> None:
        """Note that HTTP's own end has come."""
        self.whole = True

    def texts(self) -> list[tuple[float, str]]:
        """Return its texts, the service's or a model's, each with its time."""
        timed = [(at, _text(event)) for at, event in self.events]
        return [(at, text) for at, text in timed if text]

    def numbers(self) -> list[int]:
        """Return the numbers in the ids of its events."""
        return [int((event.id or ".0").rpartition(".")[2]) for _, event in self.events]


def _text(event: ServerSentEvent) -> str:
    """Return the text of a `token` event, or in a chunk of a model."""
    if event.event == "token":
        return str(json.loads(event.data)["text"])
    if event.event != "message" or event.data == "[DONE]":
        return ""
    choices = json.loads(event.data)["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""


class Reader(asyncio.Protocol):
    """A connection that has sent one request; it notes what comes, and little else."""

    def __init__(self, request: bytes) -> None:
        self.reading = Reading(0)
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class
        self.reading.sent_s = time.perf_counter()
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Keep `data`."""
        self.reading.received.append((time.perf_counter(), data))
        self.begun.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end: the server closes after its answer, as the request asks for."""
        self.begun.set()
        self.closed.set()


def run(reading: Coroutine[Any, Any, T]) -> T:
    """Run `reading` in the fastest event loop that is there: readers have to be light."""
    factory = None if importlib.util.find_spec("uvloop") is None else _uvloop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(reading)


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


async def reader(
    url: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Reader:
    """Return a reader that has posted `body` there."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    request = _request(parts.netloc, path, body, headers or {})
    _, made = await loop.create_connection(lambda: Reader(request), parts.hostname, parts.port)
    return made


async def read(
    url: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Reading:
    """Post `body` there, and return the answer, read to its end."""
    made = await reader(url, path, body, headers)
    await made.closed.wait()
    return made.reading


def _request(host: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    data = json.dumps(body).encode()
    fields = {
        "host": host,
        "connection": "close",
        "authorization": "Bearer sk-bench",
        "content-type": "application/json",
        "content-length": str(len(data)),
        **headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data
