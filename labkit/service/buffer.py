"""The last SSE events of one answer: bounded, numbered from 1, read by cursors."""

import asyncio
from collections import deque
from collections.abc import Iterator


class MissedError(LookupError):
    """The events that a cursor wants to go on with are no longer kept."""


class Cursor:
    """A place in a buffer, after the event number `at`; `async for` gives what follows.

    Each step gives all frames that are there, joined: what arrived together is sent together. It
    waits where there is none, and stops after the last one of a closed buffer, or when the cursor
    itself is closed, after the `last` frame that it was closed with.
    """

    def __init__(self, buffer: "Buffer", at: int) -> None:
        self.at = at
        self._buffer = buffer
        self._closed = asyncio.Event()
        self._last = b""

    @property
    def closed(self) -> bool:
        """Whether nobody reads from this place any more."""
        return self._closed.is_set()

    def __aiter__(self) -> "Cursor":
        return self

    async def __anext__(self) -> bytes:
        while not self.closed:
            if frames := self._buffer.take(self):
                return frames
            if self._buffer.closed:
                self.close()
            else:
                await self._buffer.changed()
        if not self._last:
            raise StopAsyncIteration
        last, self._last = self._last, b""
        return last

    def close(self, last: bytes = b"") -> None:
        """Give the place up: the buffer keeps nothing for this cursor any more.

        Its reader gets the frame `last` instead of what it has not read, unless it has all.
        """
        if not self.closed and not (self._buffer.closed and self.at == self._buffer.last):
            self._last = last
        self._closed.set()
        self._buffer.forget(self)

    async def wait_closed(self) -> None:
        """Wait until the cursor is closed."""
        await self._closed.wait()


class Buffer:
    """Holds at most about `limit_bytes` of frames; those that all cursors have read go first.

    `put` waits while a cursor has as much as that unread, so that a slow reader slows the model
    down instead of filling the memory. One frame always has room.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.closed = False
        self.last = 0
        self.limit_bytes = limit_bytes
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._cursors: set[Cursor] = set()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def first(self) -> int:
        """The number of the oldest frame that is kept; `last` + 1 if there is none."""
        return self.last - len(self._frames) + 1

    def cursor(self, after: int = 0) -> Cursor:
        """Return a cursor after the event number `after`. Raises MissedError, or ValueError."""
        if not 0 <= after <= self.last:
            raise ValueError(f"There is no event {after} yet; the last one is {self.last}.")
        if after + 1 < self.first:
            raise MissedError(f"The events after {after} are gone; the oldest one is {self.first}.")
        cursor = Cursor(self, after)
        self._cursors.add(cursor)
        return cursor

    async def put(self, frame: bytes) -> None:
        """Append a frame, as soon as there is room for it."""
        while not self._makes_room(len(frame)):
            await self.changed()
        self.put_now(frame)

    def put_now(self, frame: bytes) -> None:
        """Append a frame, room or not: it is the last one, and says why there are no more."""
        self._frames.append(frame)
        self._bytes += len(frame)
        self.last += 1
        self._wake()

    def close(self) -> None:
        """Say that no more frames come."""
        self.closed = True
        self._wake()

    def take(self, cursor: Cursor) -> bytes:
        """Return the frames that `cursor` has not read, joined, and move it behind them."""
        new = self.last - cursor.at
        if not new:
            return b""
        cursor.at = self.last
        self._wake()  # somebody may wait for this room
        return self._frames[-1] if new == 1 else b"".join(self._newest(new))

    def forget(self, cursor: Cursor) -> None:
        """Keep nothing for `cursor` any more."""
        self._cursors.discard(cursor)
        self._wake()

    async def changed(self) -> None:
        """Wait until a frame has come or gone, or the buffer or a cursor is closed."""
        change = asyncio.get_running_loop().create_future()
        self._waiting.append(change)
        await change

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():  # who waited may have been cancelled
                change.set_result(None)

    def _newest(self, count: int) -> Iterator[bytes]:
        frames = reversed(self._frames)
        return reversed([next(frames) for _ in range(count)])

    def _makes_room(self, size: int) -> bool:
        """Drop what everybody has read until `size` more bytes fit; tell whether they do."""
        read = min((cursor.at for cursor in self._cursors), default=self.last)
        while self._bytes + size > self.limit_bytes and self._frames and self.first <= read:
            self._bytes -= len(self._frames.popleft())
        return not self._frames or self._bytes + size <= self.limit_bytes
