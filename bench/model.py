"""The offline model: its cost per chunk against a bare server, its TTFT, many streams at once."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from machine import describe
from report import Target, median, number, options, positive, table, verdict
from servers import Served, bare, offline_model
from wire import Answer, Connection, post

from labkit.offline.pacing import delays

_LONG = "Explain in detail everything about how to choose hiking boots, a tent and a backpack."
_QUESTIONS = (
    "How do I choose hiking boots?",
    "What should I pack for a weekend in the rain?",
    "Explain in detail how to pitch a tent in strong wind.",
    "Which sleeping bag is right for a night at 0 °C?",
)


@dataclass(frozen=True)
class Cost:
    """What a batch of answers cost, per chunk, in microseconds."""

    cpu_us: float
    wall_us: float


def main() -> int:
    """Run the benchmark and return the exit code."""
    chosen = _options()
    describe("starlette", "uvicorn", "httptools")
    with offline_model(pace=0) as model:
        targets = [*_cost(model, chosen), _ttft(model, chosen.requests)]
        targets += _many(model, chosen)
    return verdict(targets, chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=7)
    parser.add_argument("--requests", type=positive, default=50, help="requests in a run")
    parser.add_argument("--streams", type=positive, default=200, help="streams at once")
    parser.add_argument("--chunks", type=positive, default=150, help="most chunks of such a stream")
    parser.add_argument("--pace", type=float, default=1, help="the pace of such a stream")
    return parser.parse_args()


def _cost(model: Served, chosen: argparse.Namespace) -> list[Target]:
    """Run A B A B … and compare each pair: what the machine does beside falls on both."""
    with Connection(model.url) as connection:
        chunks = connection.post(_body(_LONG)).chunks
    with tempfile.TemporaryDirectory() as folder, bare(chunks, Path(folder)) as plain:
        for served in (model, plain):
            _batch(served, chosen.requests)  # warm
        pairs = [
            (_batch(model, chosen.requests), _batch(plain, chosen.requests))
            for _ in range(chosen.runs)
        ]
    _show_cost(pairs, len(chunks))
    return [
        Target(
            "server CPU per chunk, times bare", median(a.cpu_us / b.cpu_us for a, b in pairs), 2
        ),
        Target(
            "wall time per chunk, times bare", median(a.wall_us / b.wall_us for a, b in pairs), 2
        ),
    ]


def _batch(served: Served, requests: int) -> Cost:
    """Ask `requests` times, one after the other on one connection."""
    before_s = served.cpu_s()
    with Connection(served.url) as connection:
        answers = [connection.post(_body(_LONG)) for _ in range(requests)]
    chunks = sum(len(answer.chunks) for answer in answers)
    wall_s = sum(answer.total_s for answer in answers)
    # A floor of one tick keeps a batch that is too small to measure from dividing by zero.
    cpu_s = max(served.cpu_s() - before_s, 0.01)
    return Cost(cpu_s / chunks * 1e6, wall_s / chunks * 1e6)


def _show_cost(pairs: list[tuple[Cost, Cost]], chunks: int) -> None:
    rows = [
        (str(i), *_pair(a.cpu_us, b.cpu_us), *_pair(a.wall_us, b.wall_us))
        for i, (a, b) in enumerate(pairs, start=1)
    ]
    head = ("pair", "CPU, model", "CPU, bare", "ratio", "wall, model", "wall, bare", "ratio")
    table(f"Cost per chunk at pace 0 ({chunks} chunks an answer)", head, rows)


def _pair(ours_us: float, bare_us: float) -> tuple[str, str, str]:
    return number(ours_us, "µs"), number(bare_us, "µs"), number(ours_us / bare_us)


def _ttft(model: Served, requests: int) -> Target:
    """Measure the time from a request to its first content, on a connection that is kept."""
    with Connection(model.url) as connection:
        answers = [connection.post(_body(q)) for _ in range(requests) for q in _QUESTIONS]
    ttfts_s = [answer.contents()[0][0] - answer.sent_s for answer in answers]
    cuts = statistics.quantiles(ttfts_s, n=20)
    row = ("TTFT at pace 0", number(cuts[9] * 1000, "ms"), number(cuts[18] * 1000, "ms"))
    table(f"{len(ttfts_s)} requests on one connection", ("", "median", "p95"), [row])
    return Target("TTFT at pace 0, median", cuts[9] * 1000, 5, "ms")


def _many(model: Served, chosen: argparse.Namespace) -> list[Target]:
    """Hold many paced streams open at once, and compare each with the blocking answer."""
    bodies = [_numbered(i, chosen.chunks) for i in range(chosen.streams)]
    with Connection(model.url) as connection:
        expected = [_blocking(connection, body) for body in bodies]
    with offline_model(pace=chosen.pace) as paced:
        answers = asyncio.run(_at_once(paced.url, bodies))
    lost = sum(_text(answer) != text for answer, text in zip(answers, expected, strict=True))
    _show_many(answers, bodies, chosen.pace, lost)
    return [Target(f"{chosen.streams} streams at once: streams that lost a chunk", lost, 0)]


async def _at_once(url: str, bodies: list[dict[str, Any]]) -> list[Answer]:
    return await asyncio.gather(*(post(url, body) for body in bodies))


def _show_many(answers: list[Answer], bodies: list[dict[str, Any]], pace: float, lost: int) -> None:
    gaps_s = [gap for answer in answers for gap in _gaps_s(answer)]
    # The gaps that the model means to leave, to tell the pace from what the load adds to it.
    meant_s = [
        gap
        for answer, body in zip(answers, bodies, strict=True)
        for gap in islice(delays(pace, body["seed"]), 1, len(answer.contents()))
    ]
    chunks = sum(len(answer.contents()) for answer in answers)
    row = (str(len(answers)), str(chunks), str(lost), *map(_p99_ms, (gaps_s, meant_s)))
    head = ("streams", "chunks", "streams that lost one", "gap p99", "gap p99 that is meant")
    table(f"Streams at once, pace {pace:g}, one client process", head, [row])


def _gaps_s(answer: Answer) -> list[float]:
    return [later - earlier for (earlier, _), (later, _) in pairwise(answer.contents())]


def _p99_ms(gaps_s: list[float]) -> str:
    return number(statistics.quantiles(gaps_s, n=100)[98] * 1000, "ms")


def _blocking(connection: Connection, body: dict[str, Any]) -> str:
    answer = json.loads(connection.post({**body, "stream": False}).body)
    return str(answer["choices"][0]["message"]["content"])


def _text(answer: Answer) -> str:
    return "".join(text for _, text in answer.contents())


def _body(question: str, **more: object) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}]
    return {"model": "gpt-4o-mini", "messages": messages, "stream": True, "seed": 1, **more}


def _numbered(i: int, chunks: int) -> dict[str, Any]:
    """Return the request of stream `i`: a question of its own words, cut after `chunks`."""
    question = _QUESTIONS[i % len(_QUESTIONS)]
    return _body(question, seed=i, max_completion_tokens=chunks)


if __name__ == "__main__":
    sys.exit(main())
