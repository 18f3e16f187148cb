"""Copies of the answers in Redis: a reader that comes back may meet another replica.

The replica that makes an answer writes its frames (`Copying`), and sees there whether somebody
follows the copy, or has ended it. Another replica reads them (`Follower`).
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from labkit.service.answer import Answer
from labkit.service.copy_entries import COLLECT_S, key, last_of
from labkit.service.copying import Copying
from labkit.service.follower import Follower
from labkit.service.redis_link import asking_redis
from labkit.service.refusals import Refused, missed, unknown

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOOKS = 10  # COLLECT_S apart: a reader may come back before what it has seen is copied

_log = logging.getLogger(__name__)


class Copies:
    """The copies of answers in `redis`; each is kept for `window_s` seconds after its end."""

    def __init__(self, redis: "Redis", window_s: float, longest_s: float) -> None:
        self._redis = redis
        self._window_s = window_s
        self._longest_s = round(longest_s)

    async def follow(self, answer: Answer) -> None:
        """Copy `answer` until it ends. Without Redis it goes on, and can be resumed here only."""
        try:
            await Copying(self._redis, answer, self._window_s, self._longest_s).run()
        except Refused:
            _log.warning("an answer has no copy any more: Redis is gone")

    async def read(self, client: str, answer_id: str, number: int) -> Follower | None:
        """Return who reads on after the event `number` of an answer made elsewhere, if any follows.

        Raises Refused: 404 if there is no such copy, it is somebody else's or there is no such
        event yet, 410 if what follows is no longer kept, 503 without Redis.
        """
        if not await self.exist(client, answer_id):
            raise unknown()
        ended = await self._has_ended(answer_id, number)
        return None if ended else Follower(self._redis, answer_id, number)

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
            pipe.delete(key(answer_id, "client"))
            pipe.set(key(answer_id, "stop"), 1, ex=self._longest_s)
            await pipe.execute()

    async def exist(self, client: str, answer_id: str) -> bool:
        """Tell whether there is a copy of an answer of the client's. Raises Refused 503."""
        async with asking_redis():
            owner: Any = await self._redis.get(key(answer_id, "client"))
        return bool(owner == client.encode())

    async def _has_ended(self, answer_id: str, number: int) -> bool:
        """Tell whether nothing follows the event `number`. Raises Refused."""
        for _ in range(_LOOKS):
            oldest, newest = await self._ends(answer_id)
            if oldest and int(oldest[0][1][b"first"]) > number + 1:
                raise missed()
            last = last_of(newest[0][0]) if newest else 0
            if number <= last:
                return bool(newest) and b"end" in newest[0][1] and number == last
            await asyncio.sleep(COLLECT_S)
        raise unknown()

    async def _ends(self, answer_id: str) -> tuple[Any, Any]:
        """Return the oldest and the newest entry of a copy, each in a list."""
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            pipe.xrange(key(answer_id), count=1)
            pipe.xrevrange(key(answer_id), count=1)
            oldest, newest = await pipe.execute()
        return oldest, newest
