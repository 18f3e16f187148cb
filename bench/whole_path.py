"""The whole path: readers, the service with Semantic Kernel and the SDK, a model beside it."""

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx2
from openai import AsyncOpenAI
from readers import Parsed, Reading, read, run
from report import Target, median, number, table, worst
from servers import Served, offline_model, service

from labkit.offline.model import MODEL
from labkit.service.agent import Agent

QUESTION = "What should I pack for a weekend in the rain? I am customer {}."
_TTFT_S = 0.3
_LEFT_MS = 200
_GIVE_UP_S = 10
_TIMEOUT_S = 60  # a busy machine is no failure of ours


@dataclass
class Load:
    """What all readers got in one go, and the server's share of a core meanwhile."""

    parsed: list[Parsed]
    ttfts_s: list[float]
    gaps_s: list[float]
    share: float


def whole_path(chosen: argparse.Namespace) -> list[Target]:
    """Let readers come over some seconds, and all at once; return the targets."""
    bodies = asyncio.run(request_bodies(chosen.readers))
    with offline_model(chosen.pace) as model, service(model.url) as served:
        run(through_service(served, 1, 0))  # warm
        found = [
            (over_s, run(from_model(model, bodies, over_s)),
             run(through_service(served, chosen.readers, over_s)))
            for over_s in (chosen.over_s, 0)
        ]  # fmt: skip
    rows = [_row(over_s, own, ours) for over_s, own, ours in found]
    head = (
        "readers come", "deltas", "that lost one", "server CPU", "TTFT of the model, p50",
        "beyond it, p50", "p95", "p99", "gap p99", "of the model",
    )  # fmt: skip
    about = f"{chosen.readers} readers, about {40 / chosen.pace:g} deltas a second each, one worker"
    table(f"The whole path: {about}", head, rows)
    _, own, ours = found[0]
    readers = f"{chosen.readers} readers"
    return [
        Target(f"{readers}: answers that lost something", sum(_lost(a, b) for _, a, b in found), 0),
        Target(f"{readers}: first token after the model's, p95", _cuts(_beyond_s(own, ours))[94],
               _TTFT_S, "s"),
    ]  # fmt: skip


async def request_bodies(count: int) -> list[dict[str, Any]]:
    """Return what the service's own agent sends to the model for so many questions."""
    bodies: list[dict[str, Any]] = []

    async def keep(request: httpx2.Request) -> None:
        bodies.append(json.loads(request.content))

    with offline_model(pace=0) as model:
        async with httpx2.AsyncClient(event_hooks={"request": [keep]}) as http:
            client = AsyncOpenAI(base_url=model.url, api_key="sk-bench", http_client=http)
            agent = Agent(client, MODEL, 20, 20)
            for i in range(count):
                await agent.answer(QUESTION.format(i), _nothing)
    if len(bodies) != count:
        raise RuntimeError(f"Expected {count} requests for as many questions, got {len(bodies)}.")
    return bodies


async def _nothing(event: object) -> None:
    pass


async def through_service(served: Served, readers: int, over_s: float) -> Load:
    """Let so many readers ask the service, and return what they got."""
    bodies = [{"question": QUESTION.format(i)} for i in range(readers)]
    return await _load(served, "/v1/chat", bodies, over_s)


async def from_model(model: Served, bodies: list[dict[str, Any]], over_s: float) -> Load:
    """Let a reader send each of `bodies` to the model itself, and return what they got."""
    return await _load(model, "/v1/chat/completions", bodies, over_s)


async def _load(served: Served, path: str, bodies: list[dict[str, Any]], over_s: float) -> Load:
    """Let a reader come for each of `bodies`, evenly over so many seconds."""
    base = served.url.removesuffix("/v1")

    async def one(number: int) -> Reading:
        await asyncio.sleep(over_s * number / len(bodies))
        return await read(base, path, bodies[number])

    before_s, began_s = served.cpu_s(), time.perf_counter()
    readings = await asyncio.gather(*map(one, range(len(bodies))))
    share = (served.cpu_s() - before_s) / (time.perf_counter() - began_s)
    parsed = [reading.parsed() for reading in readings]
    times = [[at for at, _ in each.texts()] for each in parsed]
    ttfts_s = [t[0] - reading.sent_s for t, reading in zip(times, readings, strict=True)]
    return Load(parsed, ttfts_s, [b - a for t in times for a, b in pairwise(t)], share)


def _row(over_s: float, own: Load, ours: Load) -> tuple[str, ...]:
    beyond = _cuts(_beyond_s(own, ours))
    return (
        f"over {over_s:g} s" if over_s else "at once",
        f"{sum(len(each.texts()) for each in ours.parsed):,}",
        str(_lost(own, ours)),
        f"{ours.share:.0%}",
        number(median(own.ttfts_s), "s"),
        *(number(beyond[n], "s") for n in (49, 94, 98)),
        *(number(_cuts(load.gaps_s)[98] * 1000, "ms") for load in (ours, own)),
    )


def _beyond_s(own: Load, ours: Load) -> list[float]:
    """Return by how much each first token came later than the model's own for the same question."""
    return [b - a for a, b in zip(own.ttfts_s, ours.ttfts_s, strict=True)]


def _cuts(values: list[float]) -> list[float]:
    return statistics.quantiles(values, n=100)


def _lost(own: Load, ours: Load) -> int:
    """Count the answers with a gap in the ids, another text than the model's, or no end."""
    pairs = zip(own.parsed, ours.parsed, strict=True)
    return sum(not is_whole(b, "".join(text for _, text in a.texts())) for a, b in pairs)


def is_whole(parsed: Parsed, text: str) -> bool:
    """Tell whether an answer says `text`, has all its ids, and ends with `done`."""
    numbers = parsed.numbers()
    return (
        parsed.whole
        and numbers == list(range(1, len(numbers) + 1))
        and "".join(piece for _, piece in parsed.texts()) == text
        and parsed.events[-1][1].event == "done"
    )


def leaving(chosen: argparse.Namespace) -> Target:
    """Leave in the middle of an answer, and look how long the model's stream stays open."""
    # It stops talking and never ends: an answer that is over cannot be cancelled any more.
    with offline_model(1, "stall_after=20") as model, service(model.url) as served:
        waits_ms = [_leave_ms(served.url, model.url) for _ in range(chosen.leavers)]
    row = ("the model's stream cancelled", number(median(waits_ms), "ms"))
    title = f"{chosen.leavers} readers that leave the service after a token"
    table(title, ("", "median", "slowest"), [(*row, number(worst(waits_ms), "ms"))])
    return Target("a reader leaves: stream cancelled after, slowest", worst(waits_ms), _LEFT_MS,
                  "ms")  # fmt: skip


def _leave_ms(url: str, model_url: str) -> float | None:
    """Read a token and leave; return the time until the model knows, or None if it never does."""
    streams = f"{model_url.removesuffix('/v1')}/labkit/streams"
    with httpx2.Client(timeout=_TIMEOUT_S) as look:
        before = look.get(streams).json()["cancelled"]
        body = {"question": QUESTION.format("in a hurry")}
        with look.stream("POST", f"{url}/v1/chat", json=body) as answer:
            lines = answer.iter_lines()  # one that nobody holds would close the answer by itself
            next(line for line in lines if line == "event: token")
            left_s = time.perf_counter()
        while (waited_s := time.perf_counter() - left_s) < _GIVE_UP_S:
            if look.get(streams).json()["cancelled"] > before:
                return waited_s * 1000
    return None
