"""Sends a stream's steps to its client, and counts what was sent and how streams end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from labkit.offline.steps import CutError, Step


@dataclass
class Streams:
    """How many streams were started and how they ended, and how many chunks all of them sent.

    Always started = finished + cancelled + open. `chunks` counts the SSE events handed to a socket:
    it soon stands still while a stream's client does not read, and once the stream is not open any
    more. What the server was writing when the client left still counts.
    """

    started: int = 0
    finished: int = 0
    cancelled: int = 0
    open: int = 0
    chunks: int = 0

    @contextlib.contextmanager
    def count(self) -> Iterator[None]:
        """Count one stream for as long as the `with` block lasts; a cancellation counts as one."""
        self.started += 1
        self.open += 1
        cancelled = False
        try:
            yield
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            self.open -= 1
            self.cancelled += cancelled
            self.finished += not cancelled


class EventStream(Response):
    """Sends a stream's steps as server-sent events; stops at once when the client leaves."""

    media_type = "text/event-stream"

    def __init__(
        self,
        steps: Iterator[Step],
        streams: Streams,
        headers: dict[str, str],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(headers={**headers, "cache-control": "no-cache"})
        del self.headers["content-length"]  # not known: the body is sent in chunks
        self._steps = steps
        self._streams = streams
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Race the stream against the client's leaving; whichever ends first cancels the other."""
        gone = asyncio.ensure_future(_left(receive))
        sending = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, CutError):
            await sending

    async def _send(self, send: Send) -> None:
        with self._streams.count():
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            try:
                await send(start)
                await self._send_steps(send)
            finally:
                self._ended()  # before its client can know that the stream is over
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_steps(self, send: Send) -> None:
        """Send what is due at once together, and give way to other tasks after each such batch."""
        batch: list[bytes] = []
        try:
            for step in self._steps:
                if step.wait_s != 0 or len(batch) == _BATCH:
                    await self._send_batch(send, batch)
                    await _wait(step.wait_s)
                batch.append(step.data)
        except CutError:
            await self._send_batch(send, batch)
            raise
        await self._send_batch(send, batch)

    async def _send_batch(self, send: Send, batch: list[bytes]) -> None:
        """Send all in `batch` in one write, then count and forget it."""
        if batch:
            body = b"".join(batch)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            self._streams.chunks += len(batch)
            batch.clear()


_BATCH = 32
"""The most events in one write: at pace 0, a write for each would cost more than the event."""


async def _wait(wait_s: float | None) -> None:
    """Wait so long, or for good; even 0 lets other tasks run, and this one be cancelled."""
    await (asyncio.Event().wait() if wait_s is None else asyncio.sleep(wait_s))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
