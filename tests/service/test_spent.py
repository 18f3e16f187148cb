"""Which tickets were used already."""

import asyncio

import pytest

from labkit.service.redis_link import connect
from labkit.service.refusals import Refused
from labkit.service.spent import SpentHere, SpentInRedis
from tests.service.clocks import Clock


def test_what_has_expired_is_forgotten_and_what_has_not_is_known() -> None:
    now = Clock()
    spent = SpentHere(now=now)
    assert asyncio.run(spent.first_time("long", 60))
    assert asyncio.run(spent.first_time("short", 5))
    now.now_s += 5
    assert asyncio.run(spent.first_time("short", 5))
    assert not asyncio.run(spent.first_time("long", 60))


def test_a_full_memory_refuses_rather_than_forgets() -> None:
    now = Clock()
    spent = SpentHere(most=2, now=now)
    assert asyncio.run(spent.first_time("a", 60))
    assert asyncio.run(spent.first_time("b", 60))
    with pytest.raises(Refused, match="Too many tickets") as refused:
        asyncio.run(spent.first_time("c", 60))
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "60"})
    now.now_s += 60
    assert asyncio.run(spent.first_time("c", 60))


def test_two_replicas_know_of_each_other_and_redis_forgets(redis_url: str) -> None:
    async def both() -> tuple[list[bool], int]:
        async with connect(redis_url) as one, connect(redis_url) as other:
            asks = [SpentInRedis(redis).first_time("twice", 60) for redis in (one, other) * 10]
            return await asyncio.gather(*asks), await one.ttl("labkit:spent:twice")

    firsts, left_s = asyncio.run(both())
    assert firsts.count(True) == 1
    assert 0 < left_s <= 60
