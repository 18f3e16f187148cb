"""Copies of the answers in Redis: a reader that comes back may meet another replica.

The replica that makes an answer writes its frames to a Redis stream (XADD), several at a time, and
reads there whether somebody follows the copy, or has ended it. Another replica reads them (XREAD).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from labkit.service.answer import Answer
from labkit.service.buffer import Cursor
from labkit.service.events import frame
from labkit.service.failures import failed
from labkit.service.redis_link import PREFIX, asking_redis
from labkit.service.refusals import Refused, missed, unknown

if TYPE_CHECKING:
    from redis.asyncio import Redis

_COLLECT_S = 0.1  # frames of this time are written, and read, together: a round trip costs more
_BEAT_S = 1.0
_ALIVE_S = 5  # without a beat for so long, the replica that made the answer is gone
_MOST_ENTRIES = 10_000

_log = logging.getLogger(__name__)


class Copies:
    """The copies of answers in `redis`; each is kept for `window_s` seconds after its end."""

    def __init__(self, redis: "Redis", window_s: float, longest_s: float) -> None:
        self._redis = redis
        self._window_s = max(1, round(window_s))
        self._beat_s = min(_BEAT_S, window_s / 3)  # a reader elsewhere is seen before it is over
        self._longest_s = round(longest_s)

    async def follow(self, answer: Answer) -> None:
        """Copy `answer` until it ends. Without Redis it goes on, and can be resumed here only."""
        cursor = answer.buffer.cursor(answer.buffer.first - 1)
        try:
            await self._begin(answer)
            while not cursor.closed:
                await self._beat(answer, cursor, await _next(cursor, self._beat_s))
                await asyncio.sleep(_COLLECT_S)
            await self._end(answer)
        except Refused:
            _log.warning("an answer has no copy any more: Redis is gone")
        finally:
            cursor.close()

    async def read(self, client: str, answer_id: str, number: int) -> AsyncIterator[bytes] | None:
        """Return what follows the event `number` of an answer made elsewhere; None if nothing does.

        Raises Refused: 404 if there is no such copy or it is somebody else's, 410 if what follows
        is no longer kept, 503 without Redis.
        """
        if not await self.exist(client, answer_id):
            raise unknown()
        async with asking_redis():
            oldest: Any = await self._redis.xrange(_key(answer_id), count=1)
            newest: Any = await self._redis.xrevrange(_key(answer_id), count=1)
        if oldest and int(oldest[0][1][b"first"]) > number + 1:
            raise missed()
        if newest and b"end" in newest[0][1] and number >= _last(newest[0][0]):
            return None
        return self._follow_copy(answer_id, number)

    async def stop(self, client: str, answer_id: str) -> None:
        """Forget the answer, and ask the replica that makes it to end it. Raises Refused 404, 503.

        One that has ended is kept there, but no reader is led to it any more.
        """
        if not await self.exist(client, answer_id):
            raise unknown()
        await self.drop(answer_id)

    async def drop(self, answer_id: str) -> None:
        """Lead no reader to the answer any more. Raises Refused 503."""
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(_key(answer_id, "client"))
            pipe.set(_key(answer_id, "stop"), 1, ex=self._longest_s)
            await pipe.execute()

    async def exist(self, client: str, answer_id: str) -> bool:
        """Tell whether there is a copy of an answer of the client's. Raises Refused 503."""
        async with asking_redis():
            owner: Any = await self._redis.get(_key(answer_id, "client"))
        return bool(owner == client.encode())

    async def _begin(self, answer: Answer) -> None:
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.set(_key(answer.id, "client"), answer.client, ex=self._longest_s)
            pipe.set(_key(answer.id, "alive"), 1, ex=_ALIVE_S)
            await pipe.execute()

    async def _beat(self, answer: Answer, cursor: Cursor, frames: bytes) -> None:
        """Write the frames, say that this replica lives, and see what readers elsewhere do."""
        key, first = _key(answer.id), cursor.at - frames.count(b"\n\n") + 1
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            if frames:
                fields: dict[Any, Any] = {"first": first, "frames": frames}
                pipe.xadd(key, fields, f"{cursor.at}-0", maxlen=_MOST_ENTRIES, approximate=True)
                pipe.expire(key, self._longest_s)
            pipe.set(_key(answer.id, "alive"), 1, ex=_ALIVE_S)
            pipe.exists(_key(answer.id, "reader"))
            pipe.exists(_key(answer.id, "stop"))
            *_, followed, stopped = await pipe.execute()
        if stopped:
            answer.stop()
        elif followed:
            answer.hold()

    async def _end(self, answer: Answer) -> None:
        """Mark the end, and keep the copy for a while; one that was stopped goes at once."""
        key, client = _key(answer.id), _key(answer.id, "client")
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            if answer.stopped.is_set():
                pipe.delete(key, client)
            else:
                pipe.xadd(key, {"first": answer.buffer.last, "end": 1}, f"{answer.buffer.last}-1")
                pipe.expire(key, self._window_s)
                pipe.expire(client, self._window_s)
            await pipe.execute()

    async def _follow_copy(self, answer_id: str, number: int) -> AsyncIterator[bytes]:
        """Yield the frames after `number`; if they end too early, an error event says so."""
        try:
            while True:
                entries = await self._entries(answer_id, number)
                for entry_id, fields in entries:
                    if b"end" in fields:
                        return
                    yield _unseen(fields, number)
                    number = _last(entry_id)
                await asyncio.sleep(_COLLECT_S)
        except Refused:
            yield frame(failed("internal_error"), answer_id, number + 1)

    async def _entries(self, answer_id: str, number: int) -> list[Any]:
        """Return what is new in a copy. Raises Refused if nothing will ever be."""
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.xread({_key(answer_id): f"{number}-0"})
            pipe.set(_key(answer_id, "reader"), 1, ex=_ALIVE_S)
            pipe.exists(_key(answer_id, "alive"))
            read, _, alive = await pipe.execute()
        if not read and not alive:
            raise unknown()
        return _of_one(read)


async def _next(cursor: Cursor, wait_s: float) -> bytes:
    """Return the next frames, or b"" after `wait_s` without any, or at the end."""
    try:
        async with asyncio.timeout(wait_s):
            return await anext(cursor, b"")
    except TimeoutError:
        return b""


def _of_one(read: Any) -> list[Any]:
    """Return the entries of an XREAD of one stream; RESP3 answers with a mapping, RESP2 a list."""
    if not read:
        return []
    entries: list[Any] = read.popitem()[1][0] if isinstance(read, dict) else read[0][1]
    return entries


def _unseen(fields: dict[bytes, bytes], number: int) -> bytes:
    """Return the frames of an entry that come after the event `number`."""
    skipped = max(0, number - int(fields[b"first"]) + 1)
    return fields[b"frames"].split(b"\n\n", skipped)[-1]


def _last(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _key(answer_id: str, part: str = "frames") -> str:
    return f"{PREFIX}:answer:{answer_id}:{part}"
