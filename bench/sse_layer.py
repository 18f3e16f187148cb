"""The service's SSE layer by itself: what an event costs, many streams, and what one keeps."""

import argparse
import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import endpoints
from cost import cost_rounds
from readers import Parsed, Reader, reader, run
from report import Target, median, number, table
from servers import Served, serving_process

_PATH = "/v1/chat/completions"  # the one of all endpoints here
_WAYS = ("bare", "EventStream", "EventSourceResponse")
_WARM = 20
_LATE_MS = 50
_STREAM_KB = 60


def sse_layer(chosen: argparse.Namespace) -> list[Target]:
    """Measure it, and return its targets."""
    return [_cost(chosen), *_many(chosen), _memory(chosen.streams)]


@contextlib.contextmanager
def _endpoint(way: str, events: int) -> Iterator[Served]:
    with serving_process(str(Path(endpoints.__file__)), way, str(events)) as served:
        yield served


def _cost(chosen: argparse.Namespace) -> Target:
    """Send the same bytes from the same generator, in each way."""
    with contextlib.ExitStack() as stack:
        ways = {way: stack.enter_context(_endpoint(way, chosen.events)) for way in _WAYS}
        rounds = cost_rounds(ways, chosen.events, chosen.requests, chosen.runs)
    ratio = {way: median(each[way] / each["bare"] for each in rounds) for way in _WAYS}
    rows = [(w, number(median(r[w] for r in rounds), "µs"), number(ratio[w])) for w in _WAYS]
    title = f"The SSE layer: server CPU per event ({chosen.events} events an answer, medians of "
    table(f"{title}{chosen.runs})", ("response", "CPU", "times bare"), rows)
    return Target("EventStream, times bare", ratio["EventStream"], 1.7)


def _many(chosen: argparse.Namespace) -> list[Target]:
    """Hold many streams open, and compare each event's arrival with its due time."""
    with _endpoint("EventStream, paced", chosen.per_s * chosen.seconds) as served:
        parsed, share = run(_at_once(served, chosen))
    wanted = list(range(1, chosen.per_s * chosen.seconds + 1))
    lost = sum(each.numbers() != wanted or not each.whole for each in parsed)
    late_ms = [late for each in parsed for late in _late_ms(each)]
    cuts = statistics.quantiles(late_ms, n=100)
    row = (str(len(parsed)), f"{len(late_ms):,}", str(lost), f"{share:.0%}")
    head = ("streams", "events", "that lost one", "server CPU", "late, median", "late, p99")
    title = f"Streams at once, {chosen.per_s} events a second each, one worker, one client process"
    table(title, head, [(*row, number(cuts[49], "ms"), number(cuts[98], "ms"))])
    return [
        Target(f"{chosen.streams} streams at once: streams that lost an event", lost, 0),
        Target(f"{chosen.streams} streams at once: lateness, p99", cuts[98], _LATE_MS, "ms"),
    ]


async def _at_once(served: Served, chosen: argparse.Namespace) -> tuple[list[Parsed], float]:
    """Open the streams, and return what comes on them, and the server's share of a core."""
    opening_s = 1 + chosen.streams / 300
    start_s, gap_s = time.perf_counter() + opening_s, 1 / chosen.per_s
    bodies = [
        {"number": i, "start_s": start_s + gap_s * i / chosen.streams, "gap_s": gap_s}
        for i in range(chosen.streams)
    ]
    readers = [await reader(served.url, _PATH, body) for body in bodies]
    await asyncio.sleep(max(0, start_s - time.perf_counter()))
    before_s = served.cpu_s()
    for each in readers:
        await each.closed.wait()
    share = (served.cpu_s() - before_s) / chosen.seconds
    return [each.reading.parsed() for each in readers], share


def _late_ms(parsed: Parsed) -> list[float]:
    return [(at - json.loads(event.data)["due_s"]) * 1000 for at, event in parsed.events]


def _memory(streams: int) -> Target:
    """Compare the server's memory with so many streams open and with none."""
    with _endpoint("EventStream, idle", 0) as served:
        before, after = run(_held(served, streams))
    each_kb = (after - before) / streams / 1000
    row = (str(streams), number(before / 1e6, "MB"), number(after / 1e6, "MB"))
    table(
        "Memory of the server's process, its own (USS)",
        ("open streams that wait", "none open", "all open", "each"),
        [(*row, number(each_kb, "kB"))],
    )
    return Target(f"memory of each of {streams} open streams", each_kb, _STREAM_KB, "kB")


async def _held(served: Served, streams: int) -> tuple[int, int]:
    """Return the server's memory before and while the streams are open."""
    await _leave(await _open(served.url, _WARM))  # what a first request loads belongs to no stream
    before = served.memory_bytes()
    readers = await _open(served.url, streams)
    after = served.memory_bytes()
    await _leave(readers)
    return before, after


async def _open(url: str, streams: int) -> list[Reader]:
    readers = [await reader(url, _PATH, {}) for _ in range(streams)]
    for each in readers:
        await each.begun.wait()  # the head has come: the response waits for frames
    return readers


async def _leave(readers: list[Reader]) -> None:
    for each in readers:
        each.transport.abort()
        await each.closed.wait()
