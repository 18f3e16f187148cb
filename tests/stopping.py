"""Ways to stop what streams, and what has to have ended then."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from tests.agents import no_task_is_left
from tests.settled import settled_async

Reached = Callable[[Any], Any]
Stop = Callable[[AsyncGenerator[Any, None], Reached], Awaitable[None]]


async def cancelled_when(there: Awaitable[Any], work: Awaitable[Any]) -> None:
    """Do `work` in a task of its own, and cancel the task when it is there."""
    task = asyncio.ensure_future(work)
    await there
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_cancelling_the_task(stream: AsyncIterable[Any], reached: Reached) -> None:
    """Read until an item is reached, go on reading, and cancel the task."""
    there = asyncio.Event()

    async def consume() -> None:
        async for item in stream:
            if reached(item):
                there.set()

    await cancelled_when(there.wait(), consume())


async def by_closing_the_generator(stream: AsyncGenerator[Any, None], reached: Reached) -> None:
    """Read until an item is reached, and close what streams."""
    while not reached(await anext(stream)):
        pass
    await stream.aclose()


async def by_breaking_out_of_the_loop(stream: AsyncGenerator[Any, None], reached: Reached) -> None:
    """Read until an item is reached, and leave the loop within `aclosing`."""
    async with aclosing(stream) as items:
        async for item in items:
            if reached(item):
                break


STOPS = [by_cancelling_the_task, by_closing_the_generator, by_breaking_out_of_the_loop]


@asynccontextmanager
async def one_stream_cancelled(url: str) -> AsyncIterator[None]:
    """Insist that the server at `url` sees one stream cancelled, and that no task is left.

    Enter it after the client, whose end would close streams, too.
    """
    before = await settled_async(url)
    async with asyncio.timeout(20):
        yield
        after = await settled_async(url, before["cancelled"] + 1)
        await no_task_is_left()
    assert (after["open"], after["cancelled"]) == (0, before["cancelled"] + 1)
