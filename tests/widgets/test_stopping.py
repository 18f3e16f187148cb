"""Stop ends a wait and nothing else; whose cancellation it is stays clear."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from labkit.widgets.interrupts import StopAsked
from labkit.widgets.stopping import Stopping, closer


class Waiting:
    """Waits for good; `then` says what it makes of a cancellation."""

    def __init__(self, then: Any = None) -> None:
        self.begun = asyncio.Event()
        self._then = then

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self._then is None:
                raise
        if isinstance(self._then, Exception):
            raise self._then
        return str(self._then)


def stopped(iterator: Waiting, stopping: Stopping) -> Any:
    """Return what `next` gives when it is stopped, and how often its task was then cancelled."""

    async def wait() -> tuple[Any, int]:
        try:
            got: Any = await stopping.next(iterator)
        except (StopAsked, OSError) as error:
            got = type(error)
        task = asyncio.current_task()
        assert task
        return got, task.cancelling()

    async def main() -> tuple[Any, int]:
        waiting = asyncio.create_task(wait())
        await iterator.begun.wait()
        stopping.ask()
        stopping.ask()
        return await waiting

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("then", "got"),
    [(None, StopAsked), (OSError("on its way out"), OSError), ("a last one", "a last one")],
)
def test_stop_leaves_no_cancellation_behind_whatever_the_iterator_makes_of_it(
    then: Any, got: Any
) -> None:
    assert stopped(Waiting(then), Stopping()) == (got, 0)


def test_after_stop_nothing_is_waited_for() -> None:
    async def main() -> None:
        stopping = Stopping()
        stopping.ask()
        with pytest.raises(StopAsked):
            await stopping.next(Waiting())

    asyncio.run(main())


async def nested(levels: int, ended: list[int], at_hand: int) -> AsyncIterator[str]:
    """Read from a generator within a generator; the innermost has some items at hand, then waits."""
    try:
        if levels:
            async for word in nested(levels - 1, ended, at_hand):
                yield word
        for _ in range(at_hand):
            yield "at hand"
        await asyncio.Event().wait()
    finally:
        ended.append(levels)


@pytest.mark.parametrize("at_hand", [1, 2, 500])
def test_stop_within_the_loop_ends_the_generators_within_generators(at_hand: int) -> None:
    ended: list[int] = []

    async def main() -> None:
        stopping, words = Stopping(), nested(3, ended, at_hand)
        await stopping.next(words)
        stopping.ask()
        with pytest.raises(StopAsked):
            await stopping.next(words)
        await stopping.leave(words)
        task = asyncio.current_task()
        assert task
        assert task.cancelling() == 0

    asyncio.run(main())
    assert ended == [0, 1, 2, 3]


def test_leaving_ends_where_items_never_make_it_wait() -> None:
    async def hasty() -> AsyncIterator[str]:
        while True:
            yield "at hand"

    async def main() -> None:
        stopping = Stopping()
        stopping.ask()
        await stopping.leave(hasty())

    asyncio.run(main())


def test_a_wait_that_was_cancelled_is_not_begun_again() -> None:
    stopping, waiting = Stopping(), Waiting()
    assert stopped(waiting, stopping)[0] is StopAsked
    asyncio.run(asyncio.wait_for(stopping.leave(waiting), 10))


def test_stop_may_come_from_another_thread() -> None:
    async def main() -> None:
        stopping, waiting = Stopping(), Waiting()
        step = asyncio.create_task(stopping.next(waiting))
        await waiting.begun.wait()
        threading.Thread(target=stopping.ask).start()
        with pytest.raises(StopAsked):
            await step

    asyncio.run(main())


def test_a_stop_after_the_end_of_the_loop_is_harmless() -> None:
    stopping, waiting = Stopping(), Waiting()
    assert stopped(waiting, stopping)[0] is StopAsked
    stopping.ask()
    assert stopping.asked


def test_items_pass_until_stop_is_asked_for() -> None:
    async def words() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    async def main() -> list[str]:
        stopping, iterator = Stopping(), words()
        passed = [await stopping.next(iterator), await stopping.next(iterator)]
        with pytest.raises(StopAsyncIteration):
            await stopping.next(iterator)
        return passed

    assert asyncio.run(main()) == ["a", "b"]


def test_streams_and_generators_have_a_closer_and_iterators_need_none() -> None:
    def sync() -> Any:
        yield

    generator = sync()
    next(generator)
    closer(generator)()
    assert list(generator) == []
    assert closer(iter([]))() is None
