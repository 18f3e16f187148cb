"""What stands around an endpoint, prepared for checks: a model, its events, a reader.

Waiting is counted in turns of the event loop and not in seconds, so a busy machine changes nothing.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from openai.types.chat import ChatCompletionChunk

from labkit.exercises.streams import PreparedAsyncStream

_TURNS_TO_AN_EVENT = 25
_PATIENCE_TURNS = 2_000
_PATIENCE_S = 1.0


class PreparedModel:
    """Answers each question with a stream of `chunks`, then `error`; or raises `refusal` at once.

    With `watches` it looks, while the first chunk is under way, whether the event loop that asked
    goes on; `blocked` tells that it did not.
    """

    def __init__(
        self,
        chunks: Sequence[ChatCompletionChunk],
        error: Exception | None = None,
        refusal: Exception | None = None,
        *,
        watches: bool = False,
    ) -> None:
        self._chunks = chunks
        self._error = error
        self._refusal = refusal
        self._watches = watches
        self.blocked = False

    async def ask(self, question: str) -> PreparedAsyncStream:
        """Return the stream of the answer."""
        if self._refusal:
            raise self._refusal.with_traceback(None)
        if self._watches:
            return _WatchfulStream(self, self._chunks)
        return PreparedAsyncStream(self._chunks, self._error)


class _WatchfulStream(PreparedAsyncStream):
    """Before its first chunk, it asks the loop that it was made in for a sign of life."""

    def __init__(self, model: PreparedModel, chunks: Iterable[ChatCompletionChunk]) -> None:
        super().__init__(chunks)
        self._model = model
        self._loop = asyncio.get_running_loop()

    async def __anext__(self) -> ChatCompletionChunk:
        if not self.taken:
            alive = threading.Event()
            self._loop.call_soon_threadsafe(alive.set)
            self._model.blocked = not await asyncio.to_thread(alive.wait, _PATIENCE_S)
        return await super().__anext__()


class PreparedEvents:
    """Behaves like an async generator of `texts`; with `stalls` it then has long to wait.

    Like the original it is closed at its end, and when an error or a cancellation comes out of it;
    it stays open when a loop is left in the middle, and cannot be closed while it is being read.
    """

    def __init__(self, texts: Iterable[str], *, stalls: bool = False) -> None:
        self._texts = iter(texts)
        self._stalls = stalls
        self._reading = False
        self.closed = False
        self.outwaited = False

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        if self.closed:
            raise StopAsyncIteration
        self._reading = True
        try:
            return await self._next()
        except BaseException:
            self.closed = True
            raise
        finally:
            self._reading = False

    async def _next(self) -> str:
        await _turns(_TURNS_TO_AN_EVENT)
        for text in self._texts:
            return text
        if self._stalls:
            await _turns(_PATIENCE_TURNS)
            self.outwaited = True
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close it; later reads find nothing. Raises RuntimeError while it is being read."""
        if self._reading:
            raise RuntimeError("aclose(): asynchronous generator is already running")
        self.closed = True


class PreparedReader:
    """Takes what is sent, and leaves with event number `leaves_at`; 0 means before the first.

    With `breaks` its connection raises at that event. With `slow` it leaves while the event is
    still under way. `outwaited` tells that somebody waited for it to leave, and it never did.
    """

    def __init__(
        self, leaves_at: int | None = None, *, breaks: bool = False, slow: bool = False
    ) -> None:
        self._leaves_at = leaves_at
        self._breaks = breaks
        self._slow = slow
        self.left = leaves_at == 0
        self.sent: list[Any] = []
        self.sent_too_late: list[Any] = []
        self.outwaited = False

    async def send(self, event: Any) -> None:
        """Take one event. Raises ConnectionResetError if this is where the connection breaks."""
        (self.sent_too_late if self.left else self.sent).append(event)
        if len(self.sent) == self._leaves_at and self._breaks:
            raise ConnectionResetError("the connection is gone")
        self.left = self.left or len(self.sent) == self._leaves_at
        if self.left and self._slow:
            await _turns(_PATIENCE_TURNS)

    async def gone(self) -> None:
        """Come back when the reader has left."""
        for _ in range(_PATIENCE_TURNS):
            if self.left:
                return
            await asyncio.sleep(0)
        self.outwaited = True


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)
