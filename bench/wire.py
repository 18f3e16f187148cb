"""A bare HTTP/1.1 client for streams: it measures the server, so it does little itself."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httptools

_EVENT_START = b"data: "
_EVENT_END = b"\n\n"


@dataclass
class Answer:
    """A response as it came: its events, or its body in one, and when, in perf_counter s."""

    sent_s: float
    status: int = 0
    chunks: list[bytes] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    done: bool = False

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    @property
    def total_s(self) -> float:
        """Seconds from the request to the last chunk."""
        return self.times_s[-1] - self.sent_s

    def contents(self) -> list[tuple[float, str]]:
        """Return the non-empty contents of a chat stream, each with its time of arrival."""
        timed = [(at, _content(chunk)) for at, chunk in zip(self.times_s, self.chunks, strict=True)]
        return [(at, text) for at, text in timed if text]


class _Reader:
    """Feeds bytes to httptools, which calls the `on_…` methods."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        if not data:
            raise ConnectionError("The server closed the connection before the answer's end.")
        self._now_s = time.perf_counter()
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_chunk_complete(self) -> None:
        self._take()

    def on_message_complete(self) -> None:
        self._take()
        self._answer.done = True

    def _take(self) -> None:
        # One write may hold several events: what is due at once is sent together.
        *events, rest = b"".join(self._parts).split(_EVENT_END)
        found = [event + _EVENT_END for event in events] + ([rest] if rest else [])
        self._answer.chunks += found
        self._answer.times_s += [self._now_s] * len(found)
        self._parts.clear()


class Connection:
    """One keep-alive connection to `base_url`."""

    def __init__(self, base_url: str) -> None:
        self._host, self._port = _address(base_url)
        self._socket = socket.create_connection((self._host, self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def post(self, body: Mapping[str, Any]) -> Answer:
        """Send a chat-completions request and return the answer, read to its end."""
        data = _request(self._host, body)
        answer = Answer(time.perf_counter())
        reader = _Reader(answer)
        self._socket.sendall(data)
        while not answer.done:
            reader.feed(self._socket.recv(65536))
        return answer


async def post(base_url: str, body: Mapping[str, Any]) -> Answer:
    """Send a chat-completions request on a connection of its own; see `Connection.post`."""
    host, port = _address(base_url)
    incoming, outgoing = await asyncio.open_connection(host, port)
    answer = Answer(time.perf_counter())
    reader = _Reader(answer)
    outgoing.write(_request(host, body))
    while not answer.done:
        reader.feed(await incoming.read(65536))
    outgoing.close()
    await outgoing.wait_closed()
    return answer


def _address(base_url: str) -> tuple[str, int]:
    parts = urlsplit(base_url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def _request(host: str, body: Mapping[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer sk-bench\r\n"
        f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _content(chunk: bytes) -> str:
    """Return the text in one event of a chat stream; `[DONE]` and empty choices have none."""
    if not chunk.startswith(_EVENT_START + b"{"):
        return ""
    choices = json.loads(chunk.removeprefix(_EVENT_START))["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""
