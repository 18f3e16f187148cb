"""Asynchronous streams that take their time: waits, errors, silence and a cancelled reader."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from typing import Self

from openai.types.chat import ChatCompletionChunk

from labkit.exercises.cases import named
from labkit.exercises.streams import Closes, text_chunk

Step = str | float | ChatCompletionChunk | BaseException
"""A text, seconds to wait, a chunk, or an error to raise; CancelledError cancels the reader."""

SILENCE = math.inf
CANCEL = asyncio.CancelledError()


class TimedStream(Closes):
    """Behaves like `openai.AsyncStream` and does `steps` one after the other.

    Like the original it closes itself at its end, at an error and when a read is cancelled, and
    stays open when a loop is left early. Its reader leaves after `leaves` items, and pauses for
    `pause_s` after each. `closed_s` is the time when it was closed; what the event loop closes
    after the function has come back does not count. `took_s` is how long the function took.
    """

    def __init__(self, *steps: Step, leaves: int = 0, pause_s: float = 0.0) -> None:
        self._steps = iter(steps)
        self._leaves, self.pause_s = leaves, pause_s
        self._reader: asyncio.Task[object] | None = None
        self._over = False
        self._began_s = self.took_s = 0.0
        self.taken_chunks = 0
        self.items = 0
        self.closed_s: float | None = None

    @property
    def closed(self) -> bool:
        """Tell whether the stream was closed in time."""
        return self.closed_s is not None

    @property
    def response(self) -> Self:
        """Return what closes the connection, as `stream.response` does."""
        return self

    def called(self) -> None:
        """Note the task that reads: it is the one to be cancelled."""
        self._began_s = asyncio.get_running_loop().time()
        self._reader = asyncio.current_task()

    def taken(self) -> bool:
        """Note that an item was yielded by the function; return whether its reader leaves."""
        self.items += 1
        return self.items == self._leaves

    def returned(self) -> None:
        """Note that the function has come back, and how long that took."""
        self.took_s = asyncio.get_running_loop().time() - self._began_s
        self._over = True

    def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        return self

    async def __anext__(self) -> ChatCompletionChunk:
        try:
            for step in self._left():
                chunk = await self._done(step)
                if chunk and not self.closed:
                    self.taken_chunks += 1
                    return chunk
        except BaseException:
            await self.close()
            raise
        await self.close()
        raise StopAsyncIteration

    def _left(self) -> Iterator[Step]:
        return iter(()) if self.closed else self._steps

    async def _done(self, step: Step) -> ChatCompletionChunk | None:
        """Do `step`; return its chunk, if it is one."""
        if isinstance(step, ChatCompletionChunk):
            return step.model_copy(deep=True)  # the learner may change it
        if isinstance(step, str):
            return text_chunk(step)
        if isinstance(step, asyncio.CancelledError):
            await self._cancel_reader()
        elif isinstance(step, BaseException):
            raise step.with_traceback(None)
        else:
            await wait(step)
        return None

    async def _cancel_reader(self) -> None:
        if self._reader:
            self._reader.cancel()
        await wait(SILENCE)

    async def close(self) -> None:
        """Close the stream; later reads find nothing."""
        if not self._over and self.closed_s is None:
            self.closed_s = asyncio.get_running_loop().time()


async def wait(seconds: float) -> None:
    """Wait for `seconds`, or for ever."""
    if seconds < SILENCE:
        await asyncio.sleep(seconds)
    else:
        await asyncio.Event().wait()


def told_steps(*steps: Step) -> str:
    """Return the steps as a learner reads them, "'Hel', 2 s, 'lo', silence"."""
    return ", ".join(map(_told, steps)) or "no chunks"


def _told(step: Step) -> str:
    if isinstance(step, ChatCompletionChunk):
        return named(step)
    if isinstance(step, str):
        return repr(step)
    if isinstance(step, asyncio.CancelledError):
        return "then its reader is cancelled"
    if isinstance(step, BaseException):
        return f"then {type(step).__name__}"
    return f"{step:g} s" if step < SILENCE else "then silence"
