"""Streams to watch, and ways to stop them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from openai.types.chat import ChatCompletionChunk

from labkit.widgets.token_stream import TokenStream
from labkit.widgets.watch import Watch

WORDS = ["Wear ", "wool", "."]
ASKED: Any = [{"role": "user", "content": "How do I choose hiking boots?"}]


class Stream:
    """Like the SDK's: an iterator that can be closed."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = iter(chunks)
        self.closed = False

    def __iter__(self) -> Iterator[Any]:
        return self._chunks

    def close(self) -> None:
        self.closed = True


class AStream:
    """The same, asynchronous; after its chunks it waits for good if `endless`."""

    def __init__(self, chunks: Iterable[Any], *, endless: bool = False) -> None:
        self._chunks, self._endless = chunks, endless
        self.closed = self.cancelled = False
        self.waiting = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[Any]:
        for chunk in self._chunks:
            await asyncio.sleep(0)
            yield chunk
        try:
            self.waiting.set()
            await (asyncio.Event().wait() if self._endless else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def close(self) -> None:
        self.closed = True


def chunk(text: str | None, reason: str | None = None) -> ChatCompletionChunk:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return ChatCompletionChunk.construct(id="c1", choices=[choice])


def press(widget: TokenStream) -> None:
    """Press Stop: its message comes from the browser."""
    message = {"content": {"data": {"method": "custom", "content": {"type": "stop"}}}}
    widget.comm.handle_msg(message | {"buffers": []})


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


async def collect(seen: Watch[Any]) -> list[Any]:
    return [each async for each in seen]
