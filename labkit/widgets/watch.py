"""Passes a stream's chunks through and draws them on the way."""

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, TypeVar

from labkit.chunks import delta_of, says_why
from labkit.reply import Reply
from labkit.timing import Timing
from labkit.widgets.interrupts import Interrupts, StopAsked
from labkit.widgets.screen import open_screen
from labkit.widgets.stopping import Stopping, aclose, closer
from labkit.widgets.token_stream import TokenStream

Chunk = TypeVar("Chunk")

_NOTE_LIMIT = 300


class Watch(Generic[Chunk]):
    """A stream that is being watched: iterate over it as over the stream itself, once.

    `reply` (labkit.reply.Reply) and `timing` (labkit.timing.Timing) fill as the chunks pass, and
    stay. Stop ends the loop as if the stream had ended, and closes the stream.
    """

    def __init__(self, stream: Any, *, deltas: bool = False, wire: bool = False) -> None:
        self.reply = Reply()
        self.timing = Timing(sent_s=time.perf_counter())
        widget = TokenStream(self.reply, self.timing, show_deltas=deltas, show_wire=wire)
        widget.on_stop(self._stop)
        self._screen = open_screen(widget)
        self._stream = stream
        self._unsaid = "complete"  # how it ends if no finish reason comes
        self._interrupts = Interrupts()
        self._stopping = Stopping()

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks of a synchronous stream."""
        mode = "interrupt" if Interrupts.available() else "message"
        with self._interrupts, self._drawing(mode):
            try:
                yield from self._chunks(iter(self._stream))
            except StopAsked:
                closer(self._stream)()

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        """Yield the chunks of an asynchronous stream."""
        with self._drawing("message"):
            iterator = aiter(self._stream)
            try:
                async for chunk in self._achunks(iterator):
                    yield chunk
            except StopAsked:
                await self._stopping.leave(iterator)
                await aclose(self._stream)

    def _chunks(self, iterator: Iterator[Chunk]) -> Iterator[Chunk]:
        interrupts = self._interrupts
        while not interrupts.asked:
            interrupts.waiting = True
            try:
                chunk = next(iterator)
            except StopIteration:
                return
            finally:
                interrupts.waiting = False
            self._take(chunk)
            yield chunk
        raise StopAsked

    async def _achunks(self, iterator: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
        while True:
            try:
                chunk = await self._stopping.next(iterator)
            except StopAsyncIteration:
                return
            self._take(chunk)
            yield chunk

    def _stop(self) -> None:
        """End the loop at its next chunk, whichever kind of loop it is."""
        self._interrupts.asked = True
        self._stopping.ask()

    def _take(self, chunk: Chunk) -> None:
        delta = delta_of(chunk)
        arrival_s = time.perf_counter()
        self.reply.add(delta)
        if self._unsaid != "incomplete" and not isinstance(chunk, str):
            self._unsaid = "incomplete" if says_why(chunk) else "unsaid"
        if delta.text:
            self.timing.arrivals_s.append(arrival_s)
        self._screen.show(chunk, delta.text, arrival_s)

    @contextlib.contextmanager
    def _drawing(self, mode: str) -> Iterator[None]:
        """Show the stream for as long as the loop lasts, and how it ended."""
        self._screen.begin(mode)
        state, note = "left", ""
        try:
            yield
            state = self._ending()
        except Exception as error:
            state, note = "failed", f"{type(error).__name__}: {error}"[:_NOTE_LIMIT]
            raise
        finally:
            self._correct_times()
            self._screen.finish(state, note)

    def _ending(self) -> str:
        if self._interrupts.asked:
            return "stopped"
        return "complete" if self.reply.complete else self._unsaid

    def _correct_times(self) -> None:
        """Take the time of the request from the SDK, which knows it once the response is closed."""
        self.timing.ended_s = time.perf_counter()
        response: Any = getattr(self._stream, "response", None)
        with contextlib.suppress(AttributeError, RuntimeError):  # no SDK stream, or still open
            elapsed_s = response.elapsed.total_seconds()
            # A stream that was closed long before the loop ended would put the request too late.
            self.timing.sent_s = min(self.timing.sent_s, self.timing.ended_s - elapsed_s)


def watch(stream: Any, *, deltas: bool = False, wire: bool = False) -> Watch[Any]:
    """Return `stream`, to be iterated over as before, drawn live while it passes.

    `stream` is an openai Stream or AsyncStream, or any iterable or asynchronous iterable of chunks
    or strings. `deltas` opens with the borders between deltas, `wire` with the raw chunks; both can
    be switched by hand. What the stream raises reaches the loop unchanged.
    """
    whole = hasattr(stream, "model_dump")  # a blocking answer, which one can iterate over too
    if whole or not (hasattr(stream, "__iter__") or hasattr(stream, "__aiter__")):
        raise TypeError(
            f"watch takes a stream, such as client.chat.completions.create(…, stream=True) gives; "
            f"got {type(stream).__name__}. With AsyncOpenAI, await it first."
        )
    return Watch(stream, deltas=deltas, wire=wire)
