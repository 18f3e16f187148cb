"""Notes what comes on a stream that somebody else reads, and whether it was left open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from labkit.chunks import delta_of
from labkit.deltas import Delta
from labkit.reply import Reply


@dataclass(frozen=True, slots=True)
class Heard:
    """What came on one asked stream, whatever its reader made of it."""

    text: str
    finish_reason: str | None
    again: bool
    """Whether the same had been asked before: then the answer begins anew, and continues none."""

    @property
    def whole(self) -> bool:
        """Whether the answer is whole: at `length`, or with no finish reason, it was cut."""
        return self.finish_reason == "stop"


class Tap:
    """One ask: what comes on its stream, and whether that is still to be closed."""

    def __init__(self, again: bool, heard: Callable[[Delta], None]) -> None:
        self._again = again
        self._heard = heard
        self._reply = Reply()
        self._stream: Any = None
        self.ended = True  # until there is something to close

    @property
    def left(self) -> bool:
        """Whether nobody has read to the end or closed what was asked for."""
        response = getattr(self._stream, "response", None)
        return not (self.ended or getattr(response, "is_closed", False))

    async def connect(self, asking: Awaitable[Any]) -> "TappedStream":
        """Await the stream and return it, tapped; raises TypeError if it is none."""
        self.ended = False
        try:
            self._stream = await asking
            return TappedStream(self._stream, self)
        except BaseException:
            self.ended = True
            raise

    def take(self, chunk: Any) -> None:
        """Note what is new in `chunk`."""
        delta = delta_of(chunk)
        self._reply.add(delta)
        self._heard(delta)

    async def close(self) -> None:
        """Close the stream if it is there; closing it twice is harmless."""
        self.ended = True
        close = getattr(self._stream, "aclose", None) or getattr(self._stream, "close", None)
        if close and (closing := close()) is not None:
            await closing

    def heard(self) -> Heard:
        """Return what has come so far."""
        return Heard(self._reply.text, self._reply.finish_reason, self._again)


class TappedStream:
    """An asynchronous stream that can be used like the one within, `response` and all."""

    def __init__(self, stream: Any, tap: Tap) -> None:
        if not hasattr(stream, "__aiter__"):
            raise TypeError(
                "ask has to return an asynchronous stream, as AsyncOpenAI does with stream=True; "
                f"got {type(stream).__name__}."
            )
        self._stream = stream
        self._iterator = stream if hasattr(stream, "__anext__") else aiter(stream)
        self._tap = tap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> "TappedStream":
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._iterator)
        except BaseException:  # the end, a failure or a cancelled wait: each closes the response
            self._tap.ended = True
            raise
        self._tap.take(chunk)
        return chunk

    async def __aenter__(self) -> "TappedStream":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the stream."""
        await self._tap.close()

    aclose = close
