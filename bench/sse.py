"""The endpoint of notebook 04: many readers at once, the cost of an event, a reader that leaves."""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import endpoints
import httpx2
from cost import cost_rounds
from machine import describe
from report import Target, median, number, options, positive, table, verdict, worst
from servers import Served, offline_model, serving_process
from wire import Answer, post

from labkit.sse import Decoder

_WAYS = ("bare", "by hand", "sse-starlette", "fastapi.sse")
_QUESTION = "Explain in detail everything about how to choose hiking boots, a tent and a backpack."
_GIVE_UP_S = 10


def main() -> int:
    """Run the benchmark and return the exit code."""
    chosen = _options()
    describe("fastapi", "starlette", "sse-starlette", "uvicorn", "httptools")
    return verdict([*_many(chosen), *_cost(chosen), _leaving(chosen)], chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=7)
    parser.add_argument("--readers", type=positive, default=500, help="readers at once")
    parser.add_argument("--per-s", type=positive, default=20, help="events a second for each")
    parser.add_argument("--seconds", type=positive, default=10, help="how long they read")
    parser.add_argument("--events", type=positive, default=3000, help="events of an answer")
    parser.add_argument("--requests", type=positive, default=10, help="answers in a run")
    parser.add_argument("--leavers", type=positive, default=40, help="readers that leave")
    return parser.parse_args()


@contextlib.contextmanager
def _endpoint(way: str, given: object) -> Iterator[Served]:
    file = Path(endpoints.__file__)
    with serving_process(str(file), way, str(given)) as served:
        yield served


def _many(chosen: argparse.Namespace) -> list[Target]:
    """Let many readers read at once, and compare each event's arrival with its due time."""
    events = chosen.per_s * chosen.seconds
    with _endpoint("paced", events) as served:
        before_s, began_s = served.cpu_s(), time.perf_counter()
        answers = asyncio.run(_at_once(served.url, chosen))
        share = (served.cpu_s() - before_s) / (time.perf_counter() - began_s)
    lost = sum(_texts(answer) != endpoints.texts(events) for answer in answers)
    cuts = statistics.quantiles((late for a in answers for late in _late_ms(a)), n=100)
    row = (str(len(answers)), f"{len(answers) * events:,}", str(lost), f"{share:.0%}")
    head = ("readers", "events", "readers that lost one", "server CPU", "late, median", "late, p99")
    title = f"Readers at once, {chosen.per_s} events a second each, one worker, one client process"
    table(title, head, [(*row, number(cuts[49], "ms"), number(cuts[98], "ms"))])
    readers = f"{chosen.readers} readers at once"
    return [
        Target(f"{readers}: readers that lost an event", lost, 0),
        Target(f"{readers}: lateness, p99", cuts[98], 1000 / chosen.per_s, "ms"),
    ]


async def _at_once(url: str, chosen: argparse.Namespace) -> list[Answer]:
    bodies = ({"number": i, "per_s": chosen.per_s} for i in range(chosen.readers))
    return await asyncio.gather(*(post(url, body) for body in bodies))


def _late_ms(answer: Answer) -> list[float]:
    due_s = [data["due_s"] for data in _data(answer)]
    return [(at - due) * 1000 for at, due in zip(answer.times_s, due_s, strict=True)]


def _texts(answer: Answer) -> list[str]:
    return [data["text"] for data in _data(answer)]


def _data(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in Decoder().feed(answer.body)]


def _cost(chosen: argparse.Namespace) -> list[Target]:
    """Run A B C D A B C D … and compare within each round: what else runs falls on all."""
    with contextlib.ExitStack() as stack:
        ways = {w: stack.enter_context(_endpoint(w, chosen.events)) for w in _WAYS}
        rounds = cost_rounds(ways, chosen.events, chosen.requests, chosen.runs)
    ratio = {way: median(each[way] / each["bare"] for each in rounds) for way in _WAYS}
    rows = [(w, number(median(r[w] for r in rounds), "µs"), number(ratio[w])) for w in _WAYS]
    title = f"Server CPU per event ({chosen.events} events an answer, medians of {chosen.runs})"
    table(title, ("way", "CPU", "times bare"), rows)
    return [Target("an event by hand, times bare", ratio["by hand"], 2)]


def _leaving(chosen: argparse.Namespace) -> Target:
    """Leave in the middle of an answer, and look how long the model's stream stays open."""
    # It stops talking and never ends: an answer that is over cannot be cancelled any more.
    with offline_model(1, "stall_after=20") as model, _endpoint("notebook", model.url) as app:
        waits_ms = [_leave_ms(app.url, model.url) for _ in range(chosen.leavers)]
    row = ("stream cancelled", number(median(waits_ms), "ms"), number(worst(waits_ms), "ms"))
    table(f"{chosen.leavers} readers that leave after a token", ("", "median", "slowest"), [row])
    return Target("a reader leaves: stream cancelled after, slowest", worst(waits_ms), 200, "ms")


def _leave_ms(url: str, model_url: str) -> float | None:
    """Read a token and leave; return the time until the model knows, or None if it never does."""
    streams = f"{model_url.removesuffix('/v1')}/labkit/streams"
    with httpx2.Client(timeout=60) as look:
        before = look.get(streams).json()["cancelled"]
        with look.stream("GET", f"{url}/stream", params={"question": _QUESTION}) as answer:
            pieces = answer.iter_bytes()  # one that nobody holds would close the answer by itself
            next(pieces)
            left_s = time.perf_counter()
        while (waited_s := time.perf_counter() - left_s) < _GIVE_UP_S:
            if look.get(streams).json()["cancelled"] > before:
                return waited_s * 1000
    return None


if __name__ == "__main__":
    sys.exit(main())
