"""A service with generous limits, and a Redis for the tests of what replicas share."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.service.redis_server import redis_server
from tests.service.running import Running, running


@pytest.fixture(autouse=True)
def _own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what the command does to the process that it believes to have for itself."""
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    loggers = [logging.getLogger(name) for name in (None, "labkit.service", "uvicorn")]
    levels, handlers = [each.level for each in loggers], list(loggers[0].handlers)
    yield
    logging.captureWarnings(False)
    loggers[0].handlers[:] = handlers
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


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
