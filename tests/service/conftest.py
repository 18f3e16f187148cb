"""A service with generous limits, and a Redis for the tests of what replicas share."""

from collections.abc import Iterator

import pytest

from tests.service.redis_server import redis_server
from tests.service.running import Running, running


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of the Redis of this test run."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def _service() -> Iterator[Running]:
    with running() as service:
        yield service


@pytest.fixture
def service(_service: Running) -> Iterator[Running]:
    """The service of this test run; its model meets no fault afterwards."""
    yield _service
    _service.meets("")
