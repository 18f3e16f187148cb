"""What our policies do where no server can lead them: late closings, odd headers, broken screens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from openai import RateLimitError

from labkit import policies
from labkit.exercises.asking import PreparedAsk, no_connection, refusal
from labkit.exercises.streams import finish_chunk
from labkit.exercises.timed_streams import SILENCE, Step, TimedStream
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop

HELLO = ("Hel", "lo", finish_chunk())


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return what `main()` returns, on virtual time; see that it leaves no task behind."""

    async def all_of_it() -> Any:
        found = await main()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return found

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(VirtualClock())) as runner:
        return runner.run(all_of_it())


def now() -> float:
    return asyncio.get_running_loop().time()


async def length_of(stream: AsyncIterator[Any]) -> int:
    return len([each async for each in stream])


def failing(text: str, state: str) -> None:
    raise LookupError(f"The screen is gone: {text!r} is {state}.")


class SlowToClose(TimedStream):
    """Takes half a second to be closed."""

    async def close(self) -> None:
        await asyncio.sleep(0.5)
        await super().close()


def test_a_time_limit_of_somebody_else_keeps_its_name() -> None:
    error = TimeoutError("the proxy gave up")
    with pytest.raises(TimeoutError, match="the proxy gave up"):
        ran(lambda: length_of(policies.in_time(PreparedAsk.of(("Hel", error)), 10, 2)))


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [("7", 7), ("0.2", 0.2), ("60", 60)]
    + [(odd, 0.5) for odd in ("Wed, 21 Oct 2026 07:28:00 GMT", "61", "inf", "nan", "-3", "1e9")],
)
def test_what_is_no_short_time_in_retry_after_is_not_waited_for(
    retry_after: str, wait_s: float
) -> None:
    async def main() -> float:
        ask = PreparedAsk.of(refusal(RateLimitError, retry_after), HELLO)
        assert await length_of(policies.ask_again(ask, 2)) == len(HELLO)
        return ask.times_s[1] - ask.times_s[0]

    assert wait_s - 0.001 <= ran(main) <= wait_s * 1.25 + 0.001


def test_who_does_not_want_to_try_is_told_so() -> None:
    ask = PreparedAsk(no_connection())
    with pytest.raises(ValueError, match="at least 1; got 0"):
        ran(lambda: length_of(policies.ask_again(ask, 0)))
    assert ask.times_s == []


Given = Callable[[PreparedAsk], Any]


@pytest.mark.parametrize(
    "given",
    [
        lambda ask: policies.in_time(ask, 10, 2),
        lambda ask: policies.ask_again(ask, 3),
        lambda ask: ask.outcomes[0],
    ],
)
@pytest.mark.parametrize("steps", [("Hel", SILENCE), (finish_chunk(), 1.0)])
def test_a_show_that_fails_leaves_nothing_open(given: Given, steps: tuple[Step, ...]) -> None:
    async def main() -> bool:
        ask = PreparedAsk.of(steps)
        with pytest.raises(LookupError, match="The screen is gone"):
            await policies.show_answer(given(ask), failing)
        return ask.outcomes[0].closed  # type: ignore[union-attr]

    assert ran(main)


def test_go_on_closes_a_generator_that_its_reader_leaves() -> None:
    async def main() -> bool:
        ask = PreparedAsk.of(("Hel", SILENCE))

        async def in_time(messages: Any) -> Any:
            return policies.in_time(lambda: ask(messages), 10, 2)

        texts = policies.go_on(in_time, [], "Tents")
        await anext(texts)
        await texts.aclose()
        return ask.streams[0].closed

    assert ran(main)


def slow_to_close(*first: Step) -> list[PreparedAsk]:
    return [PreparedAsk.of(first), *(PreparedAsk(SlowToClose(SILENCE)) for _ in range(3))]


def test_those_who_are_out_are_closed_at_the_same_time() -> None:
    async def main() -> float:
        began_s, texts = now(), policies.first_to_speak(slow_to_close(*HELLO))
        await anext(texts)
        await texts.aclose()
        return now() - began_s

    # Each twice: a read that is cancelled closes its stream, and so does its generator.
    assert ran(main) == pytest.approx(1.0)


@pytest.mark.parametrize("cancelled_s", [0.2, 0.7])
def test_who_is_cancelled_while_closing_leaves_no_task_and_not_the_first(
    cancelled_s: float,
) -> None:
    async def main() -> bool:
        asks = slow_to_close("Hel", SILENCE)
        reading = asyncio.create_task(length_of(policies.first_to_speak(asks)))
        await asyncio.sleep(cancelled_s)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return asks[0].streams[0].closed

    assert ran(main)


def test_an_asking_that_is_cancelled_from_within_is_out() -> None:
    async def cancelled() -> Any:
        raise asyncio.CancelledError

    async def main() -> int:
        return await length_of(policies.first_to_speak([cancelled, PreparedAsk.of((1.0, *HELLO))]))

    assert ran(main) == 2
