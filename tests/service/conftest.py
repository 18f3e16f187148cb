"""A service with generous limits, and a real Redis for the tests of what replicas share."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

from tests.service.running import Running, running


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis of this test run: on a socket in a folder of its own, keeping nothing."""
    program = shutil.which("redis-server")
    if program is None:
        missing = "redis-server is not installed (Debian: apt install redis-server)"
        in_ci = os.environ.get("CI") and sys.platform == "linux"
        pytest.fail(missing) if in_ci else pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        socket = f"{folder}/s"
        options = f"--port 0 --unixsocket {socket} --dir {folder} --appendonly no --daemonize no"
        run = [program, *options.split(), "--save", ""]
        with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as redis:
            try:
                assert redis.stdout
                assert any("ready to accept" in line for line in redis.stdout), "it did not start"
                yield f"unix://{socket}"
            finally:
                redis.terminate()


@pytest.fixture(scope="session")
def _service() -> Iterator[Running]:
    with running() as service:
        yield service


@pytest.fixture
def service(_service: Running) -> Iterator[Running]:
    """The service of this test run; its model meets no fault afterwards."""
    yield _service
    _service.meets("")
