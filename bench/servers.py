"""The servers that a benchmark looks at, each in a process of its own, with the same settings.

As a command, `python servers.py FILE` serves the chunks in FILE (JSON) bare, to compare with.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from labkit import serving
from labkit.offline.model import MODEL
from labkit.providers import OFFLINE_KEY, Endpoint, handed_on

# The limits of one client: all readers of a benchmark are the same one.
_PLENTY = {"SERVICE_RATE_LIMIT": "1000000/minute", "SERVICE_STREAMS_PER_CLIENT": "100000"}


@dataclass(frozen=True)
class Served:
    """A running server: its base URL, and its process."""

    url: str
    process: psutil.Process

    def memory_bytes(self) -> int:
        """Return the memory that it shares with no other process."""
        return int(self.process.memory_full_info().uss)

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextlib.contextmanager
def offline_model(pace: float, fault: str = "") -> Iterator[Served]:
    """Run `labkit model` for as long as the `with` block lasts."""
    options = ("--pace", str(pace), "--fault", fault)
    with serving_process("-m", "labkit", "model", *options) as served:
        yield served


@contextlib.contextmanager
def bare(chunks: list[bytes], folder: Path) -> Iterator[Served]:
    """Run a server that answers any request with `chunks`, one by one."""
    file = folder / "chunks.json"
    file.write_text(json.dumps([chunk.decode() for chunk in chunks]), encoding="utf-8")
    with serving_process(str(Path(__file__)), str(file)) as served:
        yield served


@contextlib.contextmanager
def service(model_url: str, **settings: object) -> Iterator[Served]:
    """Run `labkit service` over the model server there; only its own warnings are shown."""
    variables = {f"SERVICE_{name}".upper(): str(value) for name, value in settings.items()}
    variables |= handed_on(Endpoint("offline", model_url, OFFLINE_KEY, MODEL))
    with tempfile.TemporaryFile("w+") as log:
        arguments = ("-m", "labkit", "service", "--port", "0")
        try:
            with serving_process(*arguments, log=log, variables=_PLENTY | variables) as served:
                yield served
        finally:
            log.seek(0)
            sys.stderr.writelines(line for line in log if '"level": "info"' not in line)


@contextlib.contextmanager
def serving_process(
    *arguments: str, log: IO[str] | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Run Python with `arguments`; the first line that it prints is the base URL."""
    command = [sys.executable, *arguments]
    environment = os.environ | {"NO_PROXY": "127.0.0.1"} | dict(variables or {})
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
    ) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"{' '.join(command)} printed no URL; see its error above.")
            yield Served(url, psutil.Process(process.pid))
        finally:
            process.terminate()


def _app(chunks: list[bytes]) -> Starlette:
    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def answer(request: Request) -> StreamingResponse:
        await request.body()
        return StreamingResponse(body(), media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])


def main(file: Path) -> None:
    """Serve the chunks in `file` until the process is ended."""
    chunks = [text.encode() for text in json.loads(file.read_text(encoding="utf-8"))]
    bound = serving.bind("127.0.0.1", 0)
    serving.run(_app(chunks), bound, "/v1")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
