"""The answers of a replica: who may begin one, who is waited for, who reads one from elsewhere."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from labkit.service.agent import Agent
from labkit.service.answers import Answers, Reading
from labkit.service.copies import Copies
from labkit.service.events import Done, Token
from labkit.service.metrics import Metrics
from labkit.service.redis_link import connect
from labkit.service.refusals import Refused
from labkit.service.settings import Settings

WINDOW_S = 60


class Advisor(Agent):
    """An agent without a model: says a word when it may."""

    def __init__(self) -> None:
        self.model = "advisor"
        self.may = asyncio.Event()

    async def answer(self, question: str, tell: Any) -> Done:
        await self.may.wait()
        await tell(Token(text=question))
        return Done(finish_reason="stop", usage=None, seconds=0)


def answers_of(advisor: Agent, copies: Copies | None = None) -> Answers:
    return Answers(advisor, Settings(resume_window=WINDOW_S), Metrics(), copies)


def begin(answers: Answers) -> Reading:
    return answers.start("shop", "boots", AsyncExitStack(), resumable=True)


async def whole(reading: Reading) -> bytes:
    frames = b"".join([frame async for frame in reading.frames])
    reading.leave()
    return frames


def id_of(frames: bytes) -> str:
    """Return the id of the first event."""
    return frames.partition(b"id: ")[2].partition(b"\n")[0].decode()


def test_who_begins_while_it_drains_is_refused_and_keeps_the_slot() -> None:
    async def main() -> None:
        answers, given_back = answers_of(Advisor()), asyncio.Event()
        await answers.drain()
        slot = AsyncExitStack()
        slot.callback(given_back.set)
        with pytest.raises(Refused, match="503 draining"):
            answers.start("shop", "boots", slot, resumable=False)
        assert not given_back.is_set()
        await slot.aclose()
        assert given_back.is_set()

    asyncio.run(main())


def test_the_slot_is_given_back_when_the_answer_is_served_and_not_by_who_took_it() -> None:
    async def main() -> None:
        advisor, given_back = Advisor(), asyncio.Event()
        answers = answers_of(advisor)
        async with AsyncExitStack() as slot:
            slot.callback(given_back.set)
            reading = answers.start("shop", "boots", slot, resumable=False)
        assert not given_back.is_set()
        advisor.may.set()
        await whole(reading)
        await asyncio.wait_for(given_back.wait(), 5)
        await answers.close()

    asyncio.run(main())


def test_a_reader_that_comes_back_while_it_drains_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.service.answers.LAST_WORDS_S", 0)

    async def main() -> None:
        advisor = Advisor()
        answers = answers_of(advisor)
        advisor.may.set()
        frames = await whole(begin(answers))  # kept for who comes back
        advisor.may.clear()
        open_one = begin(answers)
        draining = asyncio.create_task(answers.drain())
        await asyncio.sleep(0)
        again = await answers.resume("shop", id_of(frames))
        assert again
        advisor.may.set()
        assert b"event: done\n" in await whole(open_one)
        await asyncio.wait([draining], timeout=0.05)
        assert not draining.done()
        assert b"event: done\n" in await whole(again)
        await asyncio.wait_for(draining, 5)
        await answers.close()

    asyncio.run(main())


def test_a_reading_from_elsewhere_says_so_and_is_waited_for(redis_url: str) -> None:
    async def main() -> None:
        async with connect(redis_url) as redis:
            advisor = Advisor()
            maker = answers_of(advisor, Copies(redis, WINDOW_S, WINDOW_S))
            copies = Copies(redis, WINDOW_S, WINDOW_S)
            other = answers_of(advisor, copies)
            here = begin(maker)
            first = id_of(await anext(here.frames))
            while not await copies.exist("shop", first.partition(".")[0]):
                pass  # there is no copy yet
            elsewhere = await other.resume("shop", first)
            assert elsewhere
            assert (here.elsewhere, elsewhere.elsewhere) == (False, True)
            draining = asyncio.create_task(other.drain())
            advisor.may.set()
            assert b"event: done\n" in await whole(elsewhere)
            await asyncio.wait_for(draining, 5)
            with pytest.raises(Refused, match="503 draining"):
                await other.resume("shop", first)
            await maker.close()

    asyncio.run(main())
