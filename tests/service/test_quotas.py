"""How much one client may ask, in this process and through Redis."""

import asyncio
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import anyio
import pytest

from labkit.service.quotas import Quotas
from labkit.service.redis_link import connect
from labkit.service.refusals import Refused
from tests.service.clocks import Clock

if TYPE_CHECKING:
    from redis.asyncio import Redis

Check = Callable[[Quotas], Awaitable[None]]


@asynccontextmanager
async def quotas_at(
    url: str | None, rate: str = "3/hour", streams: int = 2
) -> AsyncIterator[Quotas]:
    if url is None:
        yield Quotas(rate, streams, None)
    else:
        async with connect(url) as redis:
            yield Quotas(rate, streams, redis)


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Both places: each test below holds for this process and for Redis."""
    return None if request.param == "memory" else request.getfixturevalue("redis_url")


@pytest.fixture
def name() -> str:
    """A client that no other test has."""
    return uuid.uuid4().hex


def run(url: str | None, check: Check) -> None:
    async def checked() -> None:
        async with quotas_at(url) as quotas:
            await check(quotas)

    asyncio.run(checked())


def test_the_headers_count_down_and_then_it_refuses(url: str | None, name: str) -> None:
    async def check(quotas: Quotas) -> None:
        for left in (2, 1, 0):
            headers = await quotas.admit(name)
            assert headers["RateLimit-Policy"] == '"default";q=3;w=3600'
            assert re.fullmatch(rf'"default";r={left};t=(3600|3599)', headers["RateLimit"])
        with pytest.raises(
            Refused, match=r"^429 rate: The limit of 3 per 1 hour is reached"
        ) as refused:
            await quotas.admit(name)
        wait_s = refused.value.headers["Retry-After"]
        assert 3500 < int(wait_s) <= 3600
        assert refused.value.headers["RateLimit"] == f'"default";r=0;t={wait_s}'
        assert "RateLimit-Policy" in refused.value.headers

    run(url, check)


def test_many_at_once_are_counted_exactly_and_each_client_alone(url: str | None, name: str) -> None:
    async def check(quotas: Quotas) -> None:
        clients = [name, f"{name}.other"] * 20
        asks = await asyncio.gather(*map(quotas.admit, clients), return_exceptions=True)
        for client in set(clients):
            said = [one for who, one in zip(clients, asks, strict=True) if who == client]
            assert sum(isinstance(one, dict) for one in said) == 3

    run(url, check)


def test_the_oldest_question_leaves_the_window_when_it_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = Clock()
    for module in ("limits.aio.storage.memory", "limits.aio.strategies"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=now))
    quotas = Quotas("2/minute", 1, None, now)

    async def check() -> None:
        assert (await quotas.admit("shop"))["RateLimit"] == '"default";r=1;t=60'
        now.now_s += 20.5
        assert (await quotas.admit("shop"))["RateLimit"] == '"default";r=0;t=40'
        now.now_s += 39.4  # A tenth of a second too early.
        with pytest.raises(Refused) as refused:
            await quotas.admit("shop")
        assert refused.value.headers["Retry-After"] == "1"
        now.now_s += 1
        assert (await quotas.admit("shop"))["RateLimit"] == '"default";r=0;t=20'

    asyncio.run(check())


@pytest.mark.parametrize(
    "rate", ["", "20", "20/fortnight", "0/minute", "1/second;5/minute", "-1/hour"]
)
def test_a_wrong_rate_is_an_error_with_an_example(rate: str) -> None:
    with pytest.raises(ValueError, match="as in 20/minute"):
        Quotas(rate, 4, None)


def test_a_client_has_so_many_streams_and_gets_them_back(url: str | None, name: str) -> None:
    async def check(quotas: Quotas) -> None:
        for _ in range(3):
            async with quotas.open_stream(name), quotas.open_stream(name):
                with pytest.raises(Refused, match="2 streams of this client are open") as refused:
                    await AsyncExitStack().enter_async_context(quotas.open_stream(name))
                async with quotas.open_stream(f"{name}.other"):
                    pass
        assert (refused.value.status, refused.value.reason) == (429, "streams")
        assert int(refused.value.headers["Retry-After"]) >= 1
        assert refused.value.headers["RateLimit-Policy"] == '"streams";q=2'
        assert refused.value.headers["RateLimit"] == '"streams";r=0'

    run(url, check)


async def hold(quotas: Quotas, name: str, held: asyncio.Event) -> None:
    async with quotas.open_stream(name):
        held.set()
        await asyncio.Event().wait()


def test_a_cancelled_stream_gives_its_slot_back(url: str | None, name: str) -> None:
    async def check(quotas: Quotas) -> None:
        for _ in range(3):
            held = asyncio.Event()
            task = asyncio.create_task(hold(quotas, name, held))
            await held.wait()
            task.cancel()
            await asyncio.wait([task])
        async with quotas.open_stream(name), quotas.open_stream(name):
            pass

    run(url, check)


def test_a_scope_that_cancels_again_and_again_does_not_keep_the_slot(
    redis_url: str, name: str
) -> None:
    async def check() -> None:
        async with connect(redis_url) as redis:
            quotas = Quotas("3/hour", 2, redis)
            for _ in range(3):
                held = asyncio.Event()
                async with anyio.create_task_group() as group:
                    group.start_soon(hold, quotas, name, held)
                    await held.wait()
                    await redis.connection_pool.disconnect()  # To connect again takes awaits.
                    group.cancel_scope.cancel()
            async with quotas.open_stream(name), quotas.open_stream(name):
                pass

    asyncio.run(check())


def test_an_error_inside_comes_out_and_the_slot_goes_back(url: str | None, name: str) -> None:
    async def check(quotas: Quotas) -> None:
        for _ in range(3):
            with pytest.raises(KeyError, match="ours"):
                async with quotas.open_stream(name):
                    raise KeyError("ours")

    run(url, check)


def test_a_redis_that_is_gone_admits_nobody() -> None:
    async def check(quotas: Quotas) -> None:
        with pytest.raises(Refused, match="503 redis"):
            await quotas.admit("shop")
        with pytest.raises(Refused, match="503 redis"):
            async with quotas.open_stream("shop"):
                pytest.fail("it opened")

    run("redis://127.0.0.1:1/0", check)


def test_a_stream_ends_well_although_redis_has_gone(
    redis_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check() -> None:
        async with connect(redis_url) as redis:
            quotas = Quotas("3/hour", 2, redis)
            async with quotas.open_stream(name):
                await redis.connection_pool.disconnect()
                redis.connection_pool.connection_kwargs["path"] = "/nowhere"
                monkeypatch.setattr(redis.connection_pool, "_available_connections", [])

    asyncio.run(check())


def test_the_slots_of_a_replica_that_died_are_free_when_they_have_expired(
    redis_url: str, name: str
) -> None:
    async def check() -> None:
        key = f"labkit:streams:{name}"
        async with connect(redis_url) as redis:
            await redis.zadd(key, {"dead": 1})  # Expired a millisecond after the epoch.
            quotas = Quotas("3/hour", 2, redis)
            async with quotas.open_stream(name), quotas.open_stream(name):
                assert await redis.zscore(key, "dead") is None
                assert 29_000 < await redis.pttl(key) <= 30_000
                seconds, _ = await redis.time()
                _, score = (await redis.zrange(key, 0, 0, withscores=True))[0]
                assert 29_000 < score - seconds * 1000 <= 31_000

    asyncio.run(check())


async def _lease_ms(redis: "Redis", name: str) -> float:
    """Return for how long the first slot of the client is still held."""
    seconds, micros = await redis.time()
    _, score = (await redis.zrange(f"labkit:streams:{name}", 0, 0, withscores=True))[0]
    return float(score) - seconds * 1000 - micros / 1000


def test_the_slot_of_an_open_stream_is_renewed_by_one_task_and_the_task_ends_with_it(
    redis_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.service.slots._RENEW_S", 0.01)
    key, soon_ms = f"labkit:streams:{name}", 5_000

    async def check() -> None:
        async with connect(redis_url) as redis:
            quotas = Quotas("3/hour", 2, redis)
            tasks = asyncio.all_tasks()
            async with quotas.open_stream(name), quotas.open_stream(name):
                assert len(asyncio.all_tasks() - tasks) == 1
                for slot in await redis.zrange(key, 0, -1):
                    await redis.zincrby(key, -25_000, slot)
                assert await _lease_ms(redis, name) < soon_ms
                while await _lease_ms(redis, name) < soon_ms:
                    await redis.ping()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == tasks
            assert await redis.zcard(key) == 0

    asyncio.run(asyncio.wait_for(check(), 20))


def test_a_slot_that_redis_did_not_take_back_is_free_when_its_lease_runs_out(
    redis_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.service.slots._LEASE_S", 1)

    async def free(quotas: Quotas) -> bool:
        try:
            async with quotas.open_stream(name):
                return True
        except Refused:
            return False

    async def check() -> None:
        async with connect(redis_url) as redis, connect(redis_url) as other:
            quotas, before = Quotas("3/hour", 1, redis), Quotas("3/hour", 1, other)
            async with before.open_stream(name):
                await other.connection_pool.disconnect()
                other.connection_pool.connection_kwargs["path"] = "/nowhere"
                monkeypatch.setattr(other.connection_pool, "_available_connections", [])
            assert not await free(quotas)
            while not await free(quotas):
                await redis.ping()

    asyncio.run(asyncio.wait_for(check(), 20))


def test_two_processes_share_one_limit_exactly(redis_url: str, name: str) -> None:
    command = [sys.executable, str(Path(__file__).with_name("replica.py")), redis_url, name]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as one,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other,
    ):
        admitted, opened = zip(
            *(map(int, said(each).split()) for each in (one, other)), strict=True
        )
        assert one.communicate() == other.communicate() == ("", None)
    assert (sum(admitted), sum(opened)) == (25, 7)
    assert (one.returncode, other.returncode) == (0, 0)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()
