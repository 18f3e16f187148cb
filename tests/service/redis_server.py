"""Runs a real Redis, on a socket in a folder of its own, that keeps nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of a Redis that ends with this context."""
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
