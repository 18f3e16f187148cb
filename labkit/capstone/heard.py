"""What a reader of the app got: its SSE events, and how they ended."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from labkit.sse import adecode

_TICK_S = 0.02


class BrokenRuleError(Exception):
    """The app breaks a rule; the message says what it did, beginning with a verb."""


@dataclass(frozen=True)
class Event:
    """One SSE event of the app: its name, its data, and when it came, in seconds."""

    name: str
    data: dict[str, Any]
    at_s: float


@dataclass
class Heard:
    """What a reader got: the status, the headers, the SSE events, and how it ended.

    `ended` tells that the app ended the response, `left` that the reader gave up waiting.
    """

    status: int
    headers: httpx2.Headers
    events: list[Event] = field(default_factory=list)
    ended: bool = False
    left: bool = False
    since_s: float = field(default_factory=time.perf_counter)

    @property
    def silent_s(self) -> float:
        """Return how long nothing has come."""
        return time.perf_counter() - (self.events[-1].at_s if self.events else self.since_s)

    @property
    def names(self) -> list[str]:
        """Return the names of the SSE events in their order."""
        return [event.name for event in self.events]

    @property
    def text(self) -> str:
        """Return the text of all `token` events."""
        return "".join(str(e.data.get("text", "")) for e in self.events if e.name == "token")

    @property
    def in_short(self) -> str:
        """Return the names in their order, equal neighbours once: "token, done"."""
        names = [n for i, n in enumerate(self.names) if i == 0 or self.names[i - 1] != n]
        return ", ".join(f"`{name}`" for name in names) or "nothing"


async def listen(
    answer: httpx2.Response,
    heard: Heard,
    until: Callable[[Event], bool],
    enough: Callable[[], bool],
) -> None:
    """Read `answer` into `heard`: to its end, `until` an event, or until it is `enough`.

    Raises BrokenRuleError for data that is no JSON object, and what httpx2 raises.
    """
    reading = asyncio.create_task(_read(answer, heard, until))
    try:
        while not (await asyncio.wait([reading], timeout=_TICK_S))[0]:
            if enough():
                heard.left = True
                return
        reading.result()
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def _read(answer: httpx2.Response, heard: Heard, until: Callable[[Event], bool]) -> None:
    async for each in adecode(answer.aiter_bytes()):
        event = Event(each.event, _data(each.data), time.perf_counter())
        heard.events.append(event)
        if until(event):
            return
    heard.ended = True


def _data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise BrokenRuleError(f"sends `data: {text[:80]}`, which is no JSON object.")
    return data
