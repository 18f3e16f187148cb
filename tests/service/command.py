"""Runs the real command as a process of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import httpx2

from labkit.offline.app import create_app as offline
from labkit.offline.model import Model
from labkit.serving import Server
from tests.service.running import client, model_variables

END_S = 20


@dataclass
class Command:
    """The running command, what it printed first, its model, and an HTTP client of each."""

    process: "subprocess.Popen[str]"
    errors: IO[str]
    url: str
    model: Model
    http: httpx2.Client
    upstream: httpx2.Client

    def end(self) -> str:
        """Wait for its end, and return what it wrote to standard error."""
        self.process.wait(END_S)
        self.errors.seek(0)
        return self.errors.read()


@contextmanager
def command(*begin: str, **environment: str) -> Iterator[Command]:
    """Yield the service as a process with these variables, before an offline model of ours."""
    model = Model(pace=0)
    begin = begin or ("-m", "labkit")
    with Server(offline(model)).start() as upstream, client(upstream.url) as above:
        variables = {**os.environ, **model_variables(upstream.url), **environment}
        run = [sys.executable, *begin, "service", "--port", "0"]
        with tempfile.TemporaryFile("w+") as errors:  # a pipe that nobody reads would fill up
            pipe = subprocess.PIPE
            process = subprocess.Popen(run, env=variables, stdout=pipe, stderr=errors, text=True)
            with process, _killed(process):
                assert process.stdout
                url = process.stdout.readline().strip()
                assert url.startswith("http://"), url
                with client(url) as http:
                    yield Command(process, errors, url, model, http, above)


@contextmanager
def _killed(process: "subprocess.Popen[str]") -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
