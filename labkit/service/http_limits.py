"""HTTP/1.1 with bounds on what comes before a request reaches the app: its head, and its time."""

import asyncio
from collections.abc import Iterator

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_PIECE_BYTES = 4096
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, for requests with a short head that are complete in time.

    A head of more than `most_head_bytes`, give or take a piece, is answered 431. Who has not sent a
    whole request `request_s` after the connection, or after its first byte, is cut off. The time
    between two requests is uvicorn's own matter, and what is being answered is nobody's.
    """

    most_head_bytes = 32_768  # a question of 2,000 characters has 24,000 bytes in a URL
    request_s = 10.0

    _in_head = True
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect_request()

    def data_received(self, data: bytes) -> None:
        """Parse piece by piece: the parser itself keeps a header of any length."""
        for piece in _pieces(data):
            if self.transport.is_closing():
                return
            self._expect_request()
            super().data_received(piece)
            self._head_bytes = self._head_bytes + len(piece) if self._in_head else 0
            if self._head_bytes > self.most_head_bytes:
                self._refuse()

    def on_message_begin(self) -> None:
        """Expect the rest of a request that may follow another one in the same piece."""
        super().on_message_begin()
        self._expect_request()

    def on_headers_complete(self) -> None:
        """Count no more: the app bounds the body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Let the app take its time."""
        self._in_head, self._head_bytes = True, 0
        self._expect_nothing()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._expect_nothing()
        super().connection_lost(exc)

    @property
    def _answers(self) -> bool:
        """Whether the app answers a request that has come whole."""
        running = self.cycle is not None and not self.cycle.response_complete
        return bool(self.pipeline) or (running and not self.cycle.more_body)

    def _expect_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_s, self._cut_off)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut_off(self) -> None:
        self._deadline = None
        if self._answers:  # it sends the next request already, which is not read yet
            self._expect_request()
        else:
            self.transport.abort()

    def _refuse(self) -> None:
        if not (self._answers or self.transport.is_closing()):  # else it would stand in a response
            self.transport.write(_TOO_LARGE)
        self.transport.close()


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES))
