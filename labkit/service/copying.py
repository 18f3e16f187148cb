"""The task that copies one answer to Redis while it is made."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from labkit.service.answer import Answer
from labkit.service.buffer import Cursor
from labkit.service.copy_entries import ALIVE_S, COLLECT_S, key
from labkit.service.redis_link import asking_redis
from labkit.service.refusals import Refused

if TYPE_CHECKING:
    from redis.asyncio import Redis

_BEAT_S = 1.0


class Copying:
    """Writes the frames of `answer` to a Redis stream (XADD), several at a time.

    The copy keeps as many bytes as the answer's buffer, for `window_s` seconds after its end.
    """

    def __init__(self, redis: "Redis", answer: Answer, window_s: float, longest_s: int) -> None:
        self._redis = redis
        self._answer = answer
        self._cursor = answer.buffer.cursor(answer.buffer.first - 1)
        self._window_s = max(1, round(window_s))
        self._beat_s = min(_BEAT_S, window_s / 3)  # a reader elsewhere is seen before it is over
        self._longest_s = longest_s
        self._entries = 0
        self._kept: deque[tuple[str, int]] = deque()  # ids of entries, and their bytes
        self._bytes = 0

    async def run(self) -> None:
        """Copy the answer until it ends. Raises Refused if Redis is gone for ALIVE_S."""
        try:
            await _patiently(self._begin)
            while not self._cursor.closed:
                frames = await _next(self._cursor, self._beat_s)
                await _patiently(partial(self._beat, frames))
                await asyncio.sleep(COLLECT_S)
            await _patiently(self._end)
        finally:
            self._cursor.close()

    async def _begin(self) -> None:
        answer = self._answer
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.set(key(answer.id, "client"), answer.client, ex=self._longest_s)
            pipe.set(key(answer.id, "alive"), 1, ex=ALIVE_S)
            await pipe.execute()

    async def _beat(self, frames: bytes) -> None:
        """Write the frames, say that this replica lives, and see what readers elsewhere do."""
        answer = self._answer
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            if frames:
                self._write(pipe, frames)
            pipe.set(key(answer.id, "alive"), 1, ex=ALIVE_S)
            pipe.exists(key(answer.id, "reader"))
            pipe.exists(key(answer.id, "stop"))
            *_, followed, stopped = await pipe.execute()
        if stopped:
            answer.stop()
        elif followed:
            answer.hold()

    def _write(self, pipe: Any, frames: bytes) -> None:
        """Add an entry, and drop the oldest ones that there is no more room for."""
        entry_id, at = self._new_id(), key(self._answer.id)
        self._kept.append((entry_id, len(frames)))
        self._bytes += len(frames)
        while self._bytes > self._answer.buffer.limit_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popleft()[1]
        fields = {"first": self._cursor.at - frames.count(b"\n\n") + 1, "frames": frames}
        pipe.xadd(at, fields, entry_id, minid=self._kept[0][0], approximate=False)
        pipe.expire(at, self._longest_s)

    def _new_id(self) -> str:
        """Return an id above all others: also where an entry is written again, in doubt."""
        self._entries += 1
        return f"{self._cursor.at}-{self._entries}"

    async def _end(self) -> None:
        """Mark the end, and keep the copy for a while; one that was stopped goes at once."""
        answer = self._answer
        frames, client = key(answer.id), key(answer.id, "client")
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            if answer.stopped.is_set():
                pipe.delete(frames, client)
            else:
                pipe.xadd(frames, {"first": answer.buffer.last, "end": 1}, self._new_id())
                pipe.expire(frames, self._window_s)
                pipe.expire(client, self._window_s)
            await pipe.execute()


async def _patiently(ask: Callable[[], Awaitable[None]]) -> None:
    """Ask Redis again and again until it answers. Raises Refused after ALIVE_S."""
    now_s = asyncio.get_running_loop().time
    until_s = now_s() + ALIVE_S
    while True:
        try:
            return await ask()
        except Refused:
            if now_s() >= until_s:
                raise
        await asyncio.sleep(COLLECT_S)


async def _next(cursor: Cursor, wait_s: float) -> bytes:
    """Return the next frames, or b"" after `wait_s` without any, or at the end."""
    try:
        async with asyncio.timeout(wait_s):
            return await anext(cursor, b"")
    except TimeoutError:
        return b""
