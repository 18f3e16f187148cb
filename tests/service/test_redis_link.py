"""The Redis client, and what a lost Redis turns into."""

import asyncio
import subprocess
import sys
from asyncio import StreamReader, StreamWriter

import pytest

from labkit.service import redis_link
from labkit.service.redis_link import asking_redis, connect, ping
from labkit.service.refusals import Refused


def test_a_redis_that_is_there_answers(redis_url: str) -> None:
    async def ask() -> None:
        async with connect(redis_url) as redis:
            await ping(redis)

    asyncio.run(ask())


def test_one_that_is_not_there_refuses_and_says_when_to_come_back() -> None:
    async def ask() -> None:
        async with connect("redis://127.0.0.1:1/0") as redis:
            await ping(redis)

    with pytest.raises(Refused, match="cannot reach its Redis") as refused:
        asyncio.run(ask())
    assert (refused.value.status, refused.value.reason) == (503, "redis")
    assert refused.value.headers == {"Retry-After": "2"}


@pytest.mark.parametrize("limit", ["_SOCKET_LIMIT_S", "_LIMIT_S"])
def test_one_that_never_answers_refuses_when_either_limit_is_over(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "_SOCKET_LIMIT_S", 30)
    monkeypatch.setattr(redis_link, "_LIMIT_S", 30)
    monkeypatch.setattr(redis_link, limit, 0.05)

    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def ask() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with asyncio.timeout(3), connect(f"redis://127.0.0.1:{port}") as redis:
                await ping(redis)

    with pytest.raises(Refused, match="cannot reach its Redis"):
        asyncio.run(ask())


def test_more_questions_than_connections_are_all_answered(redis_url: str) -> None:
    async def ask() -> None:
        async with connect(redis_url) as redis:
            await asyncio.gather(*(ping(redis) for _ in range(500)))
            clients = (await redis.info("clients"))["connected_clients"]
            assert clients <= 32

    asyncio.run(ask())


def test_a_mistake_of_ours_is_no_lost_redis() -> None:
    async def ask() -> None:
        async with asking_redis():
            raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    "url",
    [
        *("http://:pass@host", "redis://:pa/pass@host", "pass"),
        *("redis://:pass@host/0?bogus=1", "redis://:pass@host/0?socket_timeout=60"),
        *("redis://:pass@host/0?decode_responses=true", "redis://:pass@host/0?db="),
        *("redis://:pass@host/0?ssl_cert_reqs=none", "rediss://:pass@host/0?ssl_bogus=1"),
    ],
)
def test_a_wrong_url_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="expected redis://host:port/0") as caught:
        connect(url)
    assert "pass" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_options_of_tls_are_taken() -> None:
    redis = connect("rediss://host:6380/0?ssl_cert_reqs=none&ssl_check_hostname=false")
    assert redis.connection_pool.connection_kwargs["ssl_cert_reqs"] == "none"


def test_redis_is_not_imported_before_it_is_needed() -> None:
    modules = "redis_link, spent, slots, quotas, tickets, tokens, origins, body_limit"
    code = f"import sys; from labkit.service import {modules}; print('redis' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
