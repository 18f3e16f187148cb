"""What a policy leaves behind is ended, and what cannot be ended is told."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from labkit.trials import Ask, Show, Trial, ending, run, tried
from tests import bad_policies


class Words:
    """A stream that never ends, and whose `close` does as it is told."""

    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        self.close = close

    def __aiter__(self) -> "Words":
        return self

    async def __anext__(self) -> str:
        await asyncio.sleep(0)
        return "word "


def asking(close: Callable[[], Awaitable[None]]) -> Ask:
    async def ask() -> Words:
        return Words(close)

    return ask


async def at_once() -> None:
    pass


async def fails() -> None:
    raise OSError("the line is dead")


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give nothing any time to end."""
    monkeypatch.setattr(ending, "GRACE_S", 0.02)
    monkeypatch.setattr(run, "GRACE_S", 0.02)


async def leaves(ask: Ask, show: Show) -> None:
    for _ in range(2):
        await anext(await ask())
    show("word", "incomplete")


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("close", "why"),
    [(fails, "OSError: the line is dead"), (hangs, "Closing a stream takes longer than 1 s.")],
)
def test_a_close_that_fails_or_hangs_loses_no_trial(close: Any, why: str) -> None:
    got = asyncio.run(asyncio.wait_for(tried(leaves, asking(close)), 10))
    assert (got.shown, got.raised, got.left_open, got.verdict) == (
        *("word", why),
        *(2, "left a stream open"),
    )


@pytest.mark.usefixtures("soon")
def test_a_policy_that_blocks_hangs_too_and_is_told_why() -> None:
    async def blocks(ask: Ask, show: Show) -> None:
        time.sleep(0.1)  # noqa: ASYNC251 - the mistake that this is about
        show("late", "incomplete")

    got = asyncio.run(tried(blocks, asking(at_once), limit_s=0.01))
    assert (got.verdict, got.shown) == ("hung", "late")
    assert got.raised.startswith("The event loop was blocked beyond the limit")


@pytest.mark.usefixtures("soon")
def test_who_was_over_before_somebody_else_blocked_did_not_hang() -> None:
    async def main() -> Trial:
        over = asyncio.Event()

        async def words() -> AsyncIterator[str]:
            yield "word"
            over.set()

        async def ask() -> AsyncIterator[str]:
            return words()

        quick = asyncio.create_task(tried(bad_policies.careful, ask, limit_s=0.2))
        await over.wait()
        time.sleep(0.3)  # noqa: ASYNC251
        return await quick

    assert asyncio.run(main()).verdict == "incomplete, and said so"


@pytest.mark.usefixtures("soon")
def test_a_task_that_will_not_end_is_told() -> None:
    async def main() -> Trial:
        free = asyncio.Event()
        tasks: list[Any] = []

        async def stubborn(ask: Ask, show: Show) -> None:
            tasks.append(asyncio.current_task())
            while not free.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await free.wait()

        got = await tried(stubborn, asking(at_once), limit_s=0.01)
        free.set()
        await asyncio.wait(tasks)
        return got

    got = asyncio.run(main())
    assert (got.verdict, got.raised) == (
        "hung",
        "A task makes light of its cancellation, and goes on.",
    )


async def reading(ask: Ask) -> AsyncGenerator[str, None]:
    async with contextlib.aclosing(await ask()) as stream:
        async for word in stream:
            yield word


async def closes_a_generator(ask: Ask, show: Show) -> None:
    async with contextlib.aclosing(reading(ask)) as words:
        show(await anext(words), "incomplete")


@pytest.mark.parametrize("turns", [0, 20])
def test_a_stream_that_is_closed_through_its_generator_was_not_left_open(turns: int) -> None:
    async def slow_to_end(ask: Ask, show: Show) -> None:
        await closes_a_generator(ask, show)
        for _ in range(turns):
            await asyncio.sleep(0)

    assert asyncio.run(tried(slow_to_end, asking(at_once))).left_open == 0
