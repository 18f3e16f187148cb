"""The response that sends SSE events as they come, and comments while none do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from labkit.sse import comment

_KEEP_ALIVE = comment("keep-alive")


class _TakesNothingError(Exception):
    """The reader does not take what it is sent."""


class EventStream(Response):
    """Sends each of `frames` at once; ends when they end, or when the reader leaves.

    After `keep_alive_s` without anything to send, a comment keeps proxies from closing. A reader
    that takes nothing for `send_timeout_s` is given up. `closing` is closed at the end, always.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncIterator[bytes],
        closing: AsyncExitStack,
        *,
        keep_alive_s: float = 15,
        send_timeout_s: float = 30,
        headers: dict[str, str] | None = None,
    ) -> None:
        unbuffered = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(headers={**unbuffered, **(headers or {})})
        del self.headers["content-length"]
        self._frames = frames
        self._closing = closing
        self._keep_alive_s = keep_alive_s
        self._send_timeout_s = send_timeout_s
        self._sending = False
        self._at_s = 0.0  # when the last sending ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        async with self._closing:
            self._at_s = _now_s()
            try:
                async with asyncio.timeout(None) as life:
                    watcher = asyncio.create_task(self._watch(receive, send, life))
                    try:
                        await self._send_all(send)
                    finally:
                        watcher.cancel()
                        with suppress(asyncio.CancelledError):
                            await watcher
            except _TakesNothingError:
                pass
            except TimeoutError:
                if not life.expired():
                    raise

    async def _send_all(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await self._send(send, head)
        async for frame in self._frames:
            await self._send(send, _part(frame))
        await self._send(send, _part(b"", more=False))

    async def _send(self, send: Send, message: dict[str, Any]) -> None:
        self._sending = True
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await send(message)
        except TimeoutError:
            raise _TakesNothingError from None
        self._sending, self._at_s = False, _now_s()

    async def _watch(self, receive: Receive, send: Send, life: asyncio.Timeout) -> None:
        """Keep the connection alive; end the response when its reader leaves or takes nothing."""
        while not await _left(receive, self._keep_alive_s - self._quiet_s()):
            if self._quiet_s() >= self._keep_alive_s and not await self._say_something(send):
                break
        life.reschedule(_now_s())

    async def _say_something(self, send: Send) -> bool:
        """Send a comment; tell whether the reader takes it in time."""
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await send(_part(_KEEP_ALIVE))
        except TimeoutError:
            return False
        self._at_s = _now_s()
        return True

    def _quiet_s(self) -> float:
        """Return for how long nothing has been sent, or is being sent."""
        return 0.0 if self._sending else _now_s() - self._at_s


async def _left(receive: Receive, wait_s: float) -> bool:
    """Wait for the reader to leave, for `wait_s` at most; tell whether it has."""
    try:
        async with asyncio.timeout(wait_s):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _part(frame: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": frame, "more_body": more}
