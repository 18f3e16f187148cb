"""How much one client may ask: questions per time, and streams open at once."""

import math
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import anyio
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from labkit.service.redis_link import PREFIX, asking_redis
from labkit.service.refusals import Refused
from labkit.service.slots import Slots, SlotsHere, SlotsInRedis

if TYPE_CHECKING:
    from redis.asyncio import Redis

_STREAMS_RETRY_S = 5  # most answers take seconds


class Quotas:
    """`rate` questions, as in `20/minute`, and `streams` open ones for each client.

    With `redis` the replicas share them, else each process has its own.
    """

    def __init__(
        self,
        rate: str,
        streams: int,
        redis: "Redis | None",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._rate, self._streams, self._now = parse_rate(rate), streams, now
        self._slots: Slots
        self._asking: Callable[[], AbstractAsyncContextManager[None]]
        if redis is None:
            self._asking, self._slots = nullcontext, SlotsHere(streams)
            self._limiter = MovingWindowRateLimiter(MemoryStorage())
        else:
            self._asking, self._slots = asking_redis, SlotsInRedis(streams, redis)
            self._limiter = MovingWindowRateLimiter(_storage(redis))

    async def admit(self, client: str) -> dict[str, str]:
        """Count one question of `client`, and return the headers that say what is left.

        They are RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-10. Raises
        Refused with the same headers, and Retry-After, when nothing is left.
        """
        async with self._asking():
            admitted = await self._limiter.hit(self._rate, client)
            reset_s, left = await self._limiter.get_window_stats(self._rate, client)
        wait_s = max(1, math.ceil(reset_s - self._now()))
        headers = self._headers(max(0, left) if admitted else 0, wait_s)
        if admitted:
            return headers
        sentence = f"The limit of {self._rate} is reached. Try again in {wait_s} s."
        raise _too_much("rate", sentence, wait_s, headers)

    @asynccontextmanager
    async def open_stream(self, client: str) -> AsyncIterator[None]:
        """Hold one of the client's streams open inside this context. Raises Refused."""
        slot = secrets.token_urlsafe(12)
        try:
            if not await self._slots.take(client, slot):
                raise self._too_many()
            yield
        finally:
            await self._give_back(client, slot)

    async def _give_back(self, client: str, slot: str) -> None:
        # Also after `take` has failed: Redis may have done it, and only its answer was lost. And
        # also when we are cancelled, which is how a stream ends whose reader leaves.
        with anyio.CancelScope(shield=True), suppress(Refused):  # Its lease runs out then.
            await self._slots.give_back(client, slot)

    def _headers(self, left: int, wait_s: int) -> dict[str, str]:
        amount, window_s = self._rate.amount, self._rate.get_expiry()
        return {
            "RateLimit-Policy": f'"default";q={amount};w={window_s}',
            "RateLimit": f'"default";r={left};t={wait_s}',
        }

    def _too_many(self) -> Refused:
        sentence = f"{self._streams} streams of this client are open. Close one or wait for it."
        headers = {
            "RateLimit-Policy": f'"streams";q={self._streams}',
            "RateLimit": '"streams";r=0',  # without t: nobody knows when one ends
        }
        return _too_much("streams", sentence, _STREAMS_RETRY_S, headers)


def _too_much(reason: str, sentence: str, wait_s: int, headers: dict[str, str]) -> Refused:
    return Refused(429, reason, sentence, {"Retry-After": str(wait_s), **headers})


def parse_rate(rate: str) -> RateLimitItem:
    """Return the limit that `rate` is, such as 20/minute. Raises ValueError."""
    wrong = "Expected a count per time, as in 20/minute."
    try:
        limits = parse_many(rate)
    except ValueError:
        raise ValueError(wrong) from None
    if len(limits) != 1 or limits[0].amount < 1:
        raise ValueError(wrong)
    return limits[0]


def _storage(redis: "Redis") -> RedisStorage:
    # Its own client would have its own pool and no time limits. Any is the honest type: limits says
    # that it takes plain values, and documents the pool.
    pool: Any = redis.connection_pool
    return RedisStorage(
        "async+redis://", implementation="redispy", key_prefix=PREFIX, connection_pool=pool
    )
