"""Callbacks become a stream that ends, fails and is left like any other."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from labkit.callbacks import stream_of
from tests.agents import no_task_is_left

Tell = Callable[[str], None]


async def collected(run: Any) -> list[str]:
    words = [word async for word in stream_of(run)]
    await no_task_is_left()
    return words


def test_what_is_told_comes_in_its_order_and_the_end_ends_it() -> None:
    async def run(tell: Tell) -> str:
        for word in ("a", "b"):
            tell(word)
        await asyncio.sleep(0)
        tell("c")
        return "is not told"

    assert asyncio.run(collected(run)) == ["a", "b", "c"]


def test_it_comes_while_the_other_side_goes_on() -> None:
    async def main() -> str:
        read = asyncio.Event()

        async def run(tell: Tell) -> None:
            tell("first")
            await read.wait()
            tell("second")

        words = stream_of(run)
        first = await anext(words)
        read.set()
        return first + await anext(words)

    assert asyncio.run(main()) == "firstsecond"


def test_an_error_comes_out_after_what_came_before() -> None:
    seen = []

    async def run(tell: Tell) -> None:
        tell("a")
        raise OSError("gone")

    async def read() -> None:
        async for word in stream_of(run):
            seen.append(word)  # noqa: PERF401 - those before the error stay

    async def main() -> None:
        with pytest.raises(OSError, match="gone"):
            await read()
        await no_task_is_left()

    asyncio.run(main())
    assert seen == ["a"]


@pytest.mark.parametrize("how", ["closed", "cancelled"])
@pytest.mark.parametrize("then", [None, OSError("on its way out")])
def test_a_reader_that_leaves_cancels_it_and_waits(how: str, then: Exception | None) -> None:
    ended = []

    async def run(tell: Tell) -> None:
        tell("a")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(how)
            if then:
                raise then

    async def read(begun: asyncio.Event) -> None:
        async with aclosing(stream_of(run)) as words:
            async for _ in words:
                begun.set()
                if how == "closed":
                    break

    async def main() -> None:
        begun = asyncio.Event()
        reading = asyncio.create_task(read(begun))
        await begun.wait()
        if how == "cancelled":
            await asyncio.sleep(0)
            reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled() is (how == "cancelled")
        await no_task_is_left()

    asyncio.run(main())
    assert ended == [how]


def test_what_nobody_has_read_is_not_lost() -> None:
    async def run(tell: Callable[[int], None]) -> None:
        for number in range(1_000):
            tell(number)

    assert asyncio.run(collected(run)) == list(range(1_000))
