"""A soak of the streaming service: readers of every kind for minutes, and what it leaves behind."""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass

import httpx2
from machine import describe, many_files
from readers import run
from report import Target, options, positive, table, verdict
from servers import Served, offline_model, service
from visitors import KINDS, Service, Visit

from labkit.service.tokens import hash_of, new_token

_GROWTH_MB = 5
_SETTLE_S = 6  # the model closes idle connections, and the service forgets answers
_SPARE = 2  # threads and files that a library may open once


@dataclass
class Sample:
    """The service's process at one time."""

    open: float
    memory_mb: float
    threads: int
    files: int


class Soak:
    """Readers that come and go, and what they found wrong."""

    def __init__(self, visited: Service, served: Served, model_url: str) -> None:
        self.seen: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self._visited = visited
        self._served = served
        self._streams = f"{model_url.removesuffix('/v1')}/labkit/streams"

    async def go_on(self, readers: int, until_s: float, every_s: float) -> None:
        """Keep so many readers busy until then, and print a line each `every_s` seconds."""
        began_s = time.monotonic()
        busy = asyncio.gather(*(self._come_and_go(until_s) for _ in range(readers)))
        while not busy.done():
            await asyncio.wait([busy], timeout=every_s)
            self.samples.append(await self.sample())
            self._print(time.monotonic() - began_s)
        await busy

    async def one_of_each(self) -> None:
        """Let one reader of each kind come."""
        for name, (visit, _) in KINDS.items():
            await self._visit(name, visit)

    async def sample(self) -> Sample:
        """Return what the service's process holds now."""
        process, metrics = self._served.process, await self.metrics()
        # Windows has handles, and no numbered files.
        files = process.num_handles() if sys.platform == "win32" else process.num_fds()
        memory_mb = self._served.memory_bytes() / 1e6
        return Sample(metrics["service_streams_open"], memory_mb, process.num_threads(), files)

    async def metrics(self) -> dict[str, float]:
        """Return the service's metrics."""
        async with httpx2.AsyncClient(timeout=60) as http:
            lines = (await http.get(f"{self._served.url}/metrics")).text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    async def model_open(self) -> float:
        """Return how many streams the model has open."""
        async with httpx2.AsyncClient(timeout=60) as http:
            return float((await http.get(self._streams)).json()["open"])

    async def _come_and_go(self, until_s: float) -> None:
        names, weights = list(KINDS), [weight for _, weight in KINDS.values()]
        while time.monotonic() < until_s:
            name = self._visited.random.choices(names, weights)[0]
            await self._visit(name, KINDS[name][0])

    async def _visit(self, name: str, visit: Visit) -> None:
        try:
            wrong = await visit(self._visited)
        except (OSError, TimeoutError) as error:
            wrong = repr(error)
        self.seen[name] += 1
        if wrong:
            self.wrong[name] += 1
            print(f"{name}: {wrong}", file=sys.stderr, flush=True)

    def _print(self, seconds: float) -> None:
        s = self.samples[-1]
        print(
            f"{seconds:6.0f} s   {s.open:4.0f} open   {s.memory_mb:6.1f} MB   {s.threads} threads "
            f"{s.files:6} files   {self.seen.total():6} readers   {self.wrong.total()} wrong",
            flush=True,
        )


def main() -> int:
    """Run the soak and return the exit code."""
    chosen = _options()
    many_files()
    describe("semantic-kernel", "openai", "starlette", "uvicorn")
    token = new_token()
    limits = {"api_tokens": f"soak:{hash_of(token)}", "resume_window": 5, "keep_alive": 1}
    with offline_model(chosen.pace) as model, service(model.url, **limits) as served:
        visited = Service(served.url, token, random.Random(chosen.seed))
        return verdict(run(_soaked(Soak(visited, served, model.url), chosen)), chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=1)
    parser.add_argument("--minutes", type=float, default=10, help="how long readers come")
    parser.add_argument("--readers", type=positive, default=40, help="readers at once")
    parser.add_argument("--pace", type=float, default=1, help="the model's pace")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines")
    parser.add_argument("--seed", type=int, default=1, help="who comes when")
    return parser.parse_args()


async def _soaked(soak: Soak, chosen: argparse.Namespace) -> list[Target]:
    """Let readers of every kind come, then nobody, and judge what is left."""
    await soak.one_of_each()
    before = await soak.sample()
    await soak.go_on(chosen.readers, time.monotonic() + chosen.minutes * 60, chosen.every)
    await asyncio.sleep(_SETTLE_S)
    await soak.one_of_each()  # the next request closes the connections that have been idle
    await asyncio.sleep(_SETTLE_S)
    after, metrics = await soak.sample(), await soak.metrics()
    rows = [(name, str(soak.seen[name]), str(soak.wrong[name])) for name in KINDS]
    table("Readers", ("kind", "came", "went wrong"), rows)
    left = metrics["service_streams_open"] + metrics["service_answers_running"]
    return [
        Target("answers that were lost, cut, or else wrong", soak.wrong.total(), 0),
        Target("memory, last third beyond the middle one", _growth_mb(soak.samples), _GROWTH_MB,
               "MB"),
        Target("threads left", after.threads - before.threads, _SPARE),
        Target("files left", after.files - before.files, _SPARE),
        Target("streams and answers left, by the metrics", left, 0),
        Target("streams left at the model", await soak.model_open(), 0),
    ]  # fmt: skip


def _growth_mb(samples: list[Sample]) -> float:
    """Return by how much the median of the last third exceeds that of the middle third."""
    third = max(1, len(samples) // 3)
    memory_mb = [sample.memory_mb for sample in samples]
    return statistics.median(memory_mb[-third:]) - statistics.median(
        memory_mb[-2 * third : -third] or memory_mb[:1]
    )


if __name__ == "__main__":
    sys.exit(main())
