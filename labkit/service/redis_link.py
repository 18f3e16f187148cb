"""The one Redis client of a replica, its time limits, and what a lost Redis turns into."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from labkit.service.refusals import Refused

if TYPE_CHECKING:  # redis is imported only where a URL is configured.
    from redis.asyncio import Redis

PREFIX = "labkit"  # Every key begins with it: the Redis may have other tenants.
_CONNECTIONS = 32
_SOCKET_LIMIT_S = 1.0
_LIMIT_S = 2.0  # One question to Redis in all: a free connection, a retry, the answer.
_RETRY_AFTER = {"Retry-After": "2"}


def connect(url: str) -> "Redis":
    """Return a client for `url`, `redis://host:port/0`; it connects when it is first asked.

    Of the options in a URL's query only those of TLS are taken: others could undo ours. Raises
    ValueError for a URL that it cannot use, without the URL: it may hold a password.
    """
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as Lost
    from redis.exceptions import RedisError

    # A connection that Redis closed while it lay idle is tried once more. A time limit is not:
    # whoever waits for us has waited long enough.
    again = Retry(NoBackoff(), 1, supported_errors=(Lost,))
    try:
        _check_options(url)
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_SOCKET_LIMIT_S,
            socket_timeout=_SOCKET_LIMIT_S,
            socket_connect_timeout=_SOCKET_LIMIT_S,
            retry=again,
        )
        pool.connection_class(
            **pool.connection_kwargs
        )  # an option that it does not know shows here
    except (ValueError, TypeError, RedisError):
        raise ValueError(
            "The Redis URL is wrong; expected redis://host:port/0, "
            "or rediss://host:port/0, which may have options that begin with ssl_."
        ) from None
    return Redis.from_pool(pool)


def _check_options(url: str) -> None:
    """Raise ValueError for an option that is none of TLS."""
    options = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    if not all(name.startswith("ssl_") for name, _ in options):
        raise ValueError


@asynccontextmanager
async def asking_redis() -> AsyncIterator[None]:
    """Turn a Redis that fails or is slow, inside this context, into a refusal with status 503.

    So the service fails closed: a limit that nobody can check is no limit, a ticket that nobody
    can cross off is good for ever, and each answer costs money.
    """
    from redis.exceptions import RedisError

    try:
        async with asyncio.timeout(_LIMIT_S):
            yield
    except (RedisError, OSError) as error:  # TimeoutError is an OSError.
        sentence = "The service cannot reach its Redis, which keeps its limits. Try again soon."
        raise Refused(503, "redis", sentence, _RETRY_AFTER) from error


async def ping(redis: "Redis") -> None:
    """Ask Redis whether it is there. Raises Refused."""
    async with asking_redis():
        await redis.ping()
