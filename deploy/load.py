#!/usr/bin/env python3
"""Load the service with readers who ask again and again, and tell what became of their answers.

    LOAD_TOKEN=… python deploy/load.py https://stream.example.org --readers 200 --seconds 30

The token comes from the environment, for other users see a command's arguments. It exits with 1
when an event was lost, an answer failed, was cut or unreadable, the service not reached or out of
order (5xx), or nothing answered. Other refusals are no fault: a service has limits.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import ssl
import statistics
import sys
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from labkit.sse import ServerSentEvent, adecode
from labkit.tables import Table

DONE, CUT, UNREACHED, UNREADABLE = "done", "cut", "not reached", "unreadable"
STOPPED = "stopped by Ctrl-C"
_BAD = (CUT, UNREACHED, UNREADABLE, "error ", "HTTP 5")  # what a bad outcome starts with
_TIMEOUT = httpx2.Timeout(10, read=60)  # a quiet stream still has its keep-alive comments
_PAUSE_S = 1.0


class Answer:
    """What one reader has heard of one answer, at times in seconds since it asked."""

    def __init__(self) -> None:
        self.outcome = CUT  # until the event comes that ends it
        self.lost = 0
        self.ttft_s: float | None = None
        self.gaps_s: list[float] = []
        self._number = 0
        self._last_token_s = 0.0

    def hear(self, event: ServerSentEvent, at_s: float) -> None:
        """Take in one event. Raises ValueError when its id or its data is not the contract's."""
        self._count(event.id)
        if event.event == "token":
            self._time(at_s)
        elif event.event == "done":
            self.outcome = DONE
        elif event.event == "error":
            self.outcome = f"error {json.loads(event.data)['code']}"

    def _count(self, event_id: str | None) -> None:
        """Compare the id's number with the one that is due: ANSWER.1, ANSWER.2, and so on."""
        number = int((event_id or "").rpartition(".")[2])
        self.lost += abs(number - self._number - 1)
        self._number = number

    def _time(self, at_s: float) -> None:
        if self.ttft_s is None:
            self.ttft_s = at_s
        else:
            self.gaps_s.append(at_s - self._last_token_s)
        self._last_token_s = at_s


@dataclass
class Tally:
    """What became of all answers. Pure: it neither waits nor asks."""

    outcomes: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    tokens: int = 0
    ttft_s: "array[float]" = field(default_factory=lambda: array("d"))
    gaps_s: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, answer: Answer) -> None:
        """Count an answer that is over."""
        self.outcomes[answer.outcome] += 1
        self.lost += answer.lost
        if answer.ttft_s is not None:
            self.ttft_s.append(answer.ttft_s)
            self.tokens += 1 + len(answer.gaps_s)
        self.gaps_s.extend(answer.gaps_s)

    @property
    def well(self) -> bool:
        """Tell whether something was answered, and nothing lost or gone wrong."""
        bad = any(outcome.startswith(_BAD) for outcome in self.outcomes)
        return not bad and self.lost == 0 and self.outcomes[DONE] > 0

    def table(self, caption: str, seconds: float) -> Table:
        """Return the figures, with rates over `seconds`."""
        answers = [(f"answers: {name}", f"{n:,}") for name, n in self.outcomes.most_common()]
        figures = [
            ("events lost", f"{self.lost:,}"),
            ("TTFT, median and p99", spread(self.ttft_s)),
            ("gap, median and p99", spread(self.gaps_s)),
            ("token events a second", f"{self.tokens / seconds:,.1f}" if seconds else "–"),
        ]
        return Table(caption, ("what", "figure"), (*answers, *figures), named_rows=True)


def spread(times_s: Sequence[float]) -> str:
    """Return the median and the 99th percentile (nearest rank), or a dash for no times."""
    if not times_s:
        return "–"
    p99_s = sorted(times_s)[math.ceil(0.99 * len(times_s)) - 1]
    return f"{statistics.median(times_s):.3f} s, {p99_s:.3f} s"


class Load:
    """Readers who ask one question until the time is up; `tally` holds what they heard."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._chosen = chosen
        token = os.environ.get("LOAD_TOKEN", "").strip()
        self._headers = {"accept": "text/event-stream"}
        self._headers |= {"authorization": f"Bearer {token}"} if token else {}
        self._tls = ssl.create_default_context()  # one for all: each takes 20 ms to make
        self.tally = Tally()
        self.open = 0

    async def run(self) -> None:
        """Let every reader ask; return when the time is up and the last answer is over."""
        self._end_s = time.perf_counter() + self._chosen.seconds
        pause_s = self._chosen.ramp / self._chosen.readers
        async with asyncio.TaskGroup() as group:
            showing = group.create_task(self._show())
            readers = [
                group.create_task(self._reader(number * pause_s))
                for number in range(self._chosen.readers)
            ]
            await asyncio.gather(*readers)
            showing.cancel()

    async def _reader(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        async with httpx2.AsyncClient(
            base_url=self._chosen.url, headers=self._headers, timeout=_TIMEOUT, verify=self._tls
        ) as client:
            pause_s = await self._ask(client)
            while (left_s := self._end_s - time.perf_counter()) > 0:
                await asyncio.sleep(min(pause_s, left_s))
                pause_s = await self._ask(client)

    async def _ask(self, client: httpx2.AsyncClient) -> float:
        """Hear one answer to its end; return how many seconds to wait before the next."""
        answer = Answer()
        self.open += 1
        try:
            return await self._hear(client, answer)
        except asyncio.CancelledError:
            answer.outcome = STOPPED
            raise
        except (ValueError, LookupError, TypeError, httpx2.DecodingError):
            answer.outcome = UNREADABLE
            return _PAUSE_S
        finally:
            self.open -= 1
            self.tally.add(answer)

    async def _hear(self, client: httpx2.AsyncClient, answer: Answer) -> float:
        began_s, body = time.perf_counter(), {"question": self._chosen.question}
        answer.outcome = UNREACHED
        with contextlib.suppress(httpx2.TransportError):  # the outcome so far says what it means
            async with client.stream("POST", "/v1/chat", json=body) as response:
                if response.status_code != 200:
                    answer.outcome = f"HTTP {response.status_code}"
                    return _retry_after_s(response)
                if not _is_stream(response):
                    answer.outcome = UNREADABLE
                    return _PAUSE_S
                answer.outcome = CUT
                async for event in adecode(response.aiter_bytes()):
                    answer.hear(event, time.perf_counter() - began_s)
                return 0.0
        return _PAUSE_S

    async def _show(self) -> None:
        """Tell each second on stderr how far it is."""
        while True:
            await asyncio.sleep(1)
            over = sum(self.tally.outcomes.values())
            left_s = self._end_s - time.perf_counter()
            when = f"{left_s:.0f} s left" if left_s > 0 else "time is up"
            print(f"{when}: {self.open} open, {over} over", file=sys.stderr)


def _is_stream(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


def _retry_after_s(response: httpx2.Response) -> float:
    try:
        pause_s = float(response.headers["retry-after"])
    except (KeyError, ValueError):  # none, or a date
        return _PAUSE_S
    return pause_s if 0 <= pause_s < math.inf else _PAUSE_S  # not a number is neither


def _url(text: str) -> str:
    """Return `text` if it is the URL of a server, for argparse."""
    with contextlib.suppress(httpx2.InvalidURL):
        url = httpx2.URL(text)
        if url.scheme in ("http", "https") and url.host:
            return text
    raise argparse.ArgumentTypeError(f"expected a URL like https://example.org, got {text!r}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", type=_url, help="the service's base URL, without /v1/chat")
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10, help="0: each reader asks once")
    parser.add_argument("--ramp", type=float, default=0, help="seconds until all readers ask")
    parser.add_argument("--question", default="How do I choose hiking boots?")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, print the table, and return the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.readers < 1 or chosen.seconds < 0 or chosen.ramp < 0:
        parser.error("expected at least one reader, and no negative time.")
    load, began_s = Load(chosen), time.perf_counter()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(load.run())
    caption = f"{chosen.readers} readers at {chosen.url}"
    print(load.tally.table(caption, time.perf_counter() - began_s))
    return 0 if load.tally.well else 1


if __name__ == "__main__":
    sys.exit(main())
