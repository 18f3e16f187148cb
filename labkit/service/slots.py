"""Who holds how many open streams: counted in this process, or for all replicas in Redis."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from labkit.service.redis_link import PREFIX, asking_redis
from labkit.service.refusals import Refused

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LEASE_S = 30
_RENEW_S = 10.0  # Redis may miss it once or twice

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
    """Slots in the Redis that all replicas share: leases, renewed as long as they are held.

    So those of a replica that died, or that Redis was not there to take back, are soon free.
    """

    def __init__(self, most: int, redis: "Redis") -> None:
        self._most, self._redis = most, redis
        self._take = redis.register_script(_TAKE)
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._renewing: asyncio.Task[None] | None = None

    async def take(self, client: str, slot: str) -> bool:
        """As in `Slots`."""
        async with asking_redis():
            given = (slot, self._most, _LEASE_S * 1000)
            taken = bool(await self._take(keys=[_key(client)], args=given))
        if taken:
            self._held[client].add(slot)
            self._renewing = self._renewing or asyncio.create_task(self._renew())
        return taken

    async def give_back(self, client: str, slot: str) -> None:
        """As in `Slots`."""
        self._forget(client, slot)
        async with asking_redis():
            await self._redis.zrem(_key(client), slot)

    def _forget(self, client: str, slot: str) -> None:
        self._held[client].discard(slot)
        if not self._held[client]:
            del self._held[client]
        if self._renewing and not self._held:
            self._renewing.cancel()
            self._renewing = None

    async def _renew(self) -> None:
        """Renew all leases, again and again; what Redis misses now, it may get the next time."""
        while True:
            await asyncio.sleep(_RENEW_S)
            with suppress(Refused):
                await self._renew_once()

    async def _renew_once(self) -> None:
        async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
            seconds, micros = await self._redis.time()
            end_ms = (seconds + _LEASE_S) * 1000 + micros // 1000
            for client, slots in self._held.items():
                pipe.zadd(_key(client), dict.fromkeys(slots, end_ms), xx=True)
                pipe.pexpire(_key(client), _LEASE_S * 1000)
            await pipe.execute()


def _key(client: str) -> str:
    return f"{PREFIX}:streams:{client}"
