"""Which tickets were used already."""

import asyncio

from labkit.service.redis_link import connect
from labkit.service.spent import Spent, SpentHere, SpentInRedis

NOW_S = 1_800_000_000.0


def test_what_has_expired_is_forgotten_and_what_has_not_is_known() -> None:
    async def use() -> None:
        spent = SpentHere()
        assert await spent.first_time("long", NOW_S, NOW_S + 60)
        assert await spent.first_time("short", NOW_S, NOW_S + 5)
        assert await spent.first_time("short", NOW_S + 5, NOW_S + 60)
        assert not await spent.first_time("long", NOW_S + 5, NOW_S + 60)

    asyncio.run(use())


def test_when_it_was_used_is_known() -> None:
    async def use(spent: Spent, id: str) -> tuple[float | None, float | None]:
        before = await spent.used_s(id)
        await spent.first_time(id, NOW_S, NOW_S + 60)
        await spent.first_time(id, NOW_S + 2, NOW_S + 60)
        return before, await spent.used_s(id)

    assert asyncio.run(use(SpentHere(), "when")) == (None, NOW_S)


def test_a_clock_that_is_set_back_forgets_nothing() -> None:
    async def use() -> None:
        spent = SpentHere()
        assert await spent.first_time("a", NOW_S, NOW_S + 60)
        assert not await spent.first_time("a", NOW_S - 150, NOW_S + 60)

    asyncio.run(use())


def test_two_replicas_know_of_each_other_and_redis_forgets(redis_url: str) -> None:
    async def both() -> tuple[list[bool], int, float | None]:
        async with connect(redis_url) as one, connect(redis_url) as other:
            here, there = SpentInRedis(one), SpentInRedis(other)
            assert await there.used_s("twice") is None
            asks = [spent.first_time("twice", NOW_S, NOW_S + 60) for spent in (here, there) * 10]
            firsts = await asyncio.gather(*asks)
            return firsts, await one.ttl("labkit:spent:twice"), await there.used_s("twice")

    firsts, left_s, used_s = asyncio.run(both())
    assert firsts.count(True) == 1
    assert 0 < left_s <= 60
    assert used_s == NOW_S
