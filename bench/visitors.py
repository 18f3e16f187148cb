"""Readers of every kind that a service meets; each returns what went wrong, or None."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from readers import Parsed, Reader, reader
from whole_path import is_whole

_QUESTIONS = (
    "Hello, I am customer {}.",
    "What should I pack for a weekend in the rain? I am customer {}.",
    "Which tents do you have below 200 dollars? I am customer {}.",
)
_LIMIT_S = 60
_BREATH_S = 0.05


@dataclass
class Service:
    """A service as its visitors see it: where it is, and who may not ask there."""

    url: str
    token: str
    random: random.Random

    async def ask(self, question: str, *, resume: bool = False, after: str = "") -> Reader:
        """Return a reader of the answer to `question`, or of what follows the event `after`."""
        headers = {"authorization": f"Bearer {self.token}"}
        headers |= {"last-event-id": after} if after else {}
        body = {"question": question, "resume": resume}
        return await reader(self.url, "/v1/chat", body, headers)

    def question(self) -> str:
        """Return a question, with tools or without."""
        return self.random.choice(_QUESTIONS).format(self.random.randrange(40))


async def whole(service: Service) -> str | None:
    """Read an answer to its end."""
    return _wrong(await _rest(await service.ask(service.question())))


async def leaver(service: Service) -> str | None:
    """Leave in the middle of an answer."""
    made = await service.ask(service.question())
    await _for(made, service.random.uniform(0.1, 1))
    made.transport.abort()
    await made.closed.wait()
    return _refused(made.reading.parsed())


async def lost(service: Service) -> str | None:
    """Lose the connection in the middle, and come back for the rest."""
    question = service.question()
    made = await service.ask(question, resume=True)
    await _for(made, service.random.uniform(0.1, 1))
    made.transport.abort()
    await made.closed.wait()
    first = made.reading.parsed()
    if not first.events:
        return _refused(first)
    after = first.events[-1][1].id or ""
    await asyncio.sleep(service.random.uniform(0, 0.5))
    second = await _rest(await service.ask(question, resume=True, after=after))
    if second.status == 204:  # all of it had come before
        return _wrong(first, whole=True)
    second.events = first.events + second.events
    return _wrong(second)


async def slow(service: Service) -> str | None:
    """Read an answer with long pauses."""
    made = await service.ask(service.question())
    for _ in itertools.takewhile(lambda _: not made.closed.is_set(), range(20)):
        made.transport.pause_reading()
        await asyncio.sleep(0.3)
        if not made.transport.is_closing():
            made.transport.resume_reading()
        await asyncio.sleep(_BREATH_S)
    return _wrong(await _rest(made))


async def refused(service: Service) -> str | None:
    """Ask without a token."""
    nobody = Service(service.url, "not-a-token", service.random)
    parsed = await _rest(await nobody.ask(nobody.question()))
    return None if parsed.status == 401 else f"status {parsed.status} for a wrong token"


async def empty(service: Service) -> str | None:
    """Ask nothing."""
    parsed = await _rest(await service.ask(""))
    return None if parsed.status == 422 else f"status {parsed.status} for an empty question"


Visit = Callable[[Service], Awaitable[str | None]]
KINDS: dict[str, tuple[Visit, int]] = {
    "whole": (whole, 10),
    "leaver": (leaver, 4),
    "lost and back": (lost, 4),
    "slow": (slow, 2),
    "no token": (refused, 2),
    "no question": (empty, 1),
}


async def _for(made: Reader, seconds: float) -> None:
    """Read for so long, or to the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await made.closed.wait()


async def _rest(made: Reader) -> Parsed:
    async with asyncio.timeout(_LIMIT_S):
        await made.closed.wait()
    return made.reading.parsed()


def _refused(parsed: Parsed) -> str | None:
    return f"status {parsed.status}" if parsed.status not in (0, 200) else None


def _wrong(parsed: Parsed, *, whole: bool = False) -> str | None:
    """Return what an answer that was read to its end lacks."""
    parsed.whole = parsed.whole or whole
    text = "".join(piece for _, piece in parsed.texts())
    if parsed.status == 200 and text and is_whole(parsed, text):
        return None
    last = parsed.events[-1][1].event if parsed.events else "nothing"
    return f"status {parsed.status}, ends with {last}, ids {parsed.numbers()[-3:]}"
