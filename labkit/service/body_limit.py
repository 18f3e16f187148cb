"""ASGI middleware that bounds the body of a request."""

from collections.abc import Callable, Iterator

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.service.refusals import Refused


class BodyLimit:
    """Answers 413 to a body of more than `most_bytes`; the app never sees any of it.

    A body is read whole before the app starts: it is small, and the app needs all of it. What is
    counted while the app reads would come as an error out of its own JSON parser.
    """

    def __init__(
        self, app: ASGIApp, most_bytes: int, on_refused: Callable[[str], None] = lambda _: None
    ) -> None:
        self._app, self._most_bytes, self._on_refused = app, most_bytes, on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and hand the request on, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        try:
            read = await self._read(Headers(scope=scope), receive)
        except Refused as refused:
            self._on_refused(refused.reason)
            return await refused.response()(scope, receive, send)
        return await self._app(scope, _once_more(read, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> list[Message]:
        """Return the messages that bring the body, or end with a disconnect. Raises Refused."""
        self._check(int(headers.get("content-length", 0)))
        messages, size, more = [], 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            self._check(size)
            messages.append(message)
            more = message.get("more_body", False)
        return messages

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            sentence = f"The body is too long; at most {self._most_bytes} bytes are read."
            raise Refused(413, "body", sentence)


def _once_more(read: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that brings what was `read`, then what comes: the disconnect."""
    messages: Iterator[Message] = iter(read)

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay
