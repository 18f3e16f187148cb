"""Who holds how many open streams: counted in this process, or for all replicas in Redis."""

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from labkit.service.redis_link import PREFIX, asking_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Atomic, and by the clock of Redis, which all replicas share. What has expired belonged to a
# replica that died: it is taken out before the rest is counted.
_TAKE = """
local seconds, micros = unpack(redis.call('TIME'))
local now_ms = seconds * 1000 + math.floor(micros / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now_ms + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Slots(Protocol):
    """So many slots for each client; a slot has a name that its taker makes up."""

    async def take(self, client: str, slot: str) -> bool:
        """Return whether `client` had a free slot, and `slot` now is it. Raises Refused."""
        ...

    async def give_back(self, client: str, slot: str) -> None:
        """Free `slot`; one that was never taken or has expired is no error. Raises Refused."""
        ...


class SlotsHere:
    """Slots in the memory of this process, which takes them along when it dies."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: set[tuple[str, str]] = set()
        self._counts: Counter[str] = Counter()

    async def take(self, client: str, slot: str) -> bool:
        """As in `Slots`."""
        if self._counts[client] >= self._most:
            return False
        self._taken.add((client, slot))
        self._counts[client] += 1
        return True

    async def give_back(self, client: str, slot: str) -> None:
        """As in `Slots`."""
        if (client, slot) in self._taken:
            self._taken.remove((client, slot))
            self._counts[client] -= 1


class SlotsInRedis:
    """Slots in the Redis that all replicas share; each expires after `longest_s`."""

    def __init__(self, most: int, redis: "Redis", longest_s: float) -> None:
        self._most, self._redis, self._longest_ms = most, redis, round(longest_s * 1000)
        self._take = redis.register_script(_TAKE)

    async def take(self, client: str, slot: str) -> bool:
        """As in `Slots`."""
        async with asking_redis():
            given = (slot, self._most, self._longest_ms)
            return bool(await self._take(keys=[_key(client)], args=given))

    async def give_back(self, client: str, slot: str) -> None:
        """As in `Slots`."""
        async with asking_redis():
            await self._redis.zrem(_key(client), slot)


def _key(client: str) -> str:
    return f"{PREFIX}:streams:{client}"
