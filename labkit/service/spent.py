"""Which tickets were used already: known to this process, or to all replicas through Redis."""

import heapq
import math
from typing import TYPE_CHECKING, Any, Protocol

from labkit.service.redis_link import PREFIX, asking_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Spent(Protocol):
    """Remembers what was used, and when, for as long as it could be used again.

    All times are those of one clock, its user's, in seconds since the epoch.
    """

    async def first_time(self, id: str, now_s: float, end_s: float) -> bool:
        """Return whether `id` is used for the first time, and remember that until `end_s`.

        Raises Refused if it cannot know.
        """
        ...

    async def used_s(self, id: str) -> float | None:
        """Return when `id` was used; None if it was not. Raises Refused if it cannot know."""
        ...


class SpentHere:
    """What was used, in the memory of this process.

    It has no bound of its own: each use has cost its client a question of the rate.
    """

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._ends: list[tuple[float, str]] = []

    async def first_time(self, id: str, now_s: float, end_s: float) -> bool:
        """As in `Spent`."""
        self._forget(now_s)
        if id in self._used:
            return False
        self._used[id] = now_s
        heapq.heappush(self._ends, (end_s, id))
        return True

    async def used_s(self, id: str) -> float | None:
        """As in `Spent`."""
        return self._used.get(id)

    def _forget(self, now_s: float) -> None:
        while self._ends and self._ends[0][0] <= now_s:
            del self._used[heapq.heappop(self._ends)[1]]


class SpentInRedis:
    """What was used, in the Redis that all replicas share."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def first_time(self, id: str, now_s: float, end_s: float) -> bool:
        """As in `Spent`: one SET NX, so of two replicas only one is first."""
        left_s = math.ceil(end_s - now_s)  # not EXAT: the clock of Redis is another one
        async with asking_redis():
            return bool(await self._redis.set(_key(id), now_s, nx=True, ex=left_s))

    async def used_s(self, id: str) -> float | None:
        """As in `Spent`."""
        async with asking_redis():
            used_s: Any = await self._redis.get(_key(id))
        return None if used_s is None else float(used_s)


def _key(id: str) -> str:
    return f"{PREFIX}:spent:{id}"
