"""Which tickets were used already: known to this process, or to all replicas through Redis."""

import heapq
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from labkit.service.redis_link import PREFIX, asking_redis
from labkit.service.refusals import Refused

if TYPE_CHECKING:
    from redis.asyncio import Redis

_MOST = 100_000  # About 15 MB.


class Spent(Protocol):
    """Remembers what was used for as long as it could be used again."""

    async def first_time(self, id: str, valid_s: int) -> bool:
        """Return whether `id` is used for the first time, and remember it for `valid_s` seconds.

        Raises Refused if it cannot know.
        """
        ...


class SpentHere:
    """What was used, in the memory of this process."""

    def __init__(self, most: int = _MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._now = most, now
        self._ids: set[str] = set()
        self._ends: list[tuple[float, str]] = []

    async def first_time(self, id: str, valid_s: int) -> bool:
        """As in `Spent`. Raises Refused rather than forget one that is still good."""
        self._forget()
        if id in self._ids:
            return False
        if len(self._ids) >= self._most:
            sentence = "Too many tickets were used within a minute. Try again later."
            raise Refused(429, "rate", sentence, {"Retry-After": "60"})
        self._ids.add(id)
        heapq.heappush(self._ends, (self._now() + valid_s, id))
        return True

    def _forget(self) -> None:
        while self._ends and self._ends[0][0] <= self._now():
            self._ids.discard(heapq.heappop(self._ends)[1])


class SpentInRedis:
    """What was used, in the Redis that all replicas share."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def first_time(self, id: str, valid_s: int) -> bool:
        """As in `Spent`: one SET NX, so of two replicas only one is first."""
        async with asking_redis():
            return bool(await self._redis.set(f"{PREFIX}:spent:{id}", 1, nx=True, ex=valid_s))
