"""The event loop whose clock jumps, and the checks that run on it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from labkit.exercises import catalogue, checking, evaluate
from labkit.exercises.awaiting import VIRTUAL_LIMIT_S, awaited_virtually
from labkit.exercises.cases import values
from labkit.exercises.exercise import Exercise, rule
from labkit.exercises.judges import returns
from labkit.exercises.task import Result
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop, virtual_names

HOUR_S = 3600.0
SOON_S = 2.0  # far less than any wait of these tests


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return what `main()` returns, in an event loop on virtual time, and soon."""
    began_s = time.monotonic()
    clock = VirtualClock()
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(clock)) as runner:
        found = runner.run(main())
    assert time.monotonic() - began_s < SOON_S
    return found


def now() -> float:
    return asyncio.get_running_loop().time()


async def took(wait: Coroutine[Any, Any, Any]) -> float:
    began_s = now()
    await wait
    return now() - began_s


def test_an_hour_passes_at_once() -> None:
    assert ran(lambda: took(asyncio.sleep(HOUR_S))) == pytest.approx(HOUR_S)


def test_more_than_a_day_passes_too() -> None:
    assert ran(lambda: took(asyncio.sleep(100 * HOUR_S))) == pytest.approx(100 * HOUR_S)


def test_timers_fire_in_their_order_and_at_their_time() -> None:
    async def main() -> list[float]:
        began_s, fired = now(), []

        async def fire(after_s: float) -> None:
            await asyncio.sleep(after_s)
            fired.append(now() - began_s)

        await asyncio.gather(*map(fire, [30, 10, 20, 10.5, 0]))
        return fired

    assert ran(main) == pytest.approx([0, 10, 10.5, 20, 30])


async def by_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(7):
            await asyncio.sleep(HOUR_S)


async def by_wait_for() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 7)


async def by_wait() -> None:
    task = asyncio.ensure_future(asyncio.sleep(HOUR_S))
    assert await asyncio.wait([task], timeout=7) == (set(), {task})
    task.cancel()


@pytest.mark.parametrize("way", [by_timeout, by_wait_for, by_wait])
def test_a_timeout_fires_at_its_virtual_time(way: Callable[[], Coroutine[Any, Any, None]]) -> None:
    assert ran(lambda: took(way())) == pytest.approx(7)


def test_what_ends_before_its_timeout_is_not_cancelled() -> None:
    async def main() -> str:
        async with asyncio.timeout(8):
            return await asyncio.sleep(7.9, "done")

    assert ran(main) == "done"


def test_the_clock_does_not_jump_while_a_thread_works() -> None:
    async def main() -> tuple[str, float]:
        began_s = now()
        async with asyncio.timeout(HOUR_S):
            return await asyncio.to_thread(lambda: time.sleep(0.2) or "done"), now() - began_s

    found, took_s = ran(main)
    assert found == "done"
    assert 0.1 < took_s < SOON_S


def test_a_timeout_fires_while_a_thread_works() -> None:
    async def main() -> float:
        began_s = now()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.5), 0.1)
        return now() - began_s

    assert 0.1 <= ran(main) < 0.5


def test_after_a_thread_the_clock_jumps_again() -> None:
    async def main() -> float:
        await asyncio.to_thread(int)
        return await took(asyncio.sleep(HOUR_S))

    assert ran(main) == pytest.approx(HOUR_S)


def test_a_call_from_another_thread_wakes_a_loop_without_timers() -> None:
    async def main() -> int:
        loop, answer = asyncio.get_running_loop(), asyncio.Event()
        # A thread that the event loop does not know of, unlike that of `run_in_executor`.
        threading.Timer(0.1, loop.call_soon_threadsafe, [answer.set]).start()
        await answer.wait()
        return 1

    assert ran(main) == 1


def test_names_of_the_module_time_follow_the_clock_for_a_while() -> None:
    clock = VirtualClock()
    clock.begin()
    names: dict[str, Any] = {"time": time, "sleep": time.sleep, "clock": time.perf_counter}
    real = dict(names)
    with virtual_names(names, clock):
        began_s = names["time"].monotonic()
        names["sleep"](20)
        names["time"].sleep(10)
        assert names["clock"]() - began_s == 30
        assert names["time"].strftime is time.strftime
    assert names == real
    assert clock.blocked_s == 30


def test_other_threads_keep_the_real_time() -> None:
    async def main() -> tuple[float, float]:
        names: dict[str, Any] = {"time": time}
        clock = asyncio.get_running_loop()._clock  # type: ignore[attr-defined]
        with virtual_names(names, clock):
            here_s = names["time"].monotonic()
            there_s = await asyncio.to_thread(names["time"].monotonic)
            date_s = await asyncio.to_thread(names["time"].time)
            await asyncio.to_thread(names["time"].sleep, 0.05)
        assert clock.blocked_s == 0
        assert abs(date_s - time.time()) < SOON_S
        return here_s, there_s - time.monotonic()

    here_s, difference_s = ran(main)
    assert here_s == pytest.approx(1000)
    assert abs(difference_s) < SOON_S


async def wait_for(seconds: float) -> float:
    """Return how long a wait takes."""
    began_s = time.monotonic()
    await asyncio.sleep(seconds)
    return time.monotonic() - began_s


EXERCISE = Exercise(
    "90.wait_for",
    "",
    wait_for,
    (rule("Wait.", values(returns(50.0), 50.0)), rule("Wait long.", values(returns(900.0), 900.0))),
    ("one", "two", "three"),
    virtual_time=True,
)


def checked(monkeypatch: pytest.MonkeyPatch, function: Any, limit_s: float = 5.0) -> Result:
    monkeypatch.setattr(checking, "find", {EXERCISE.key: EXERCISE}.__getitem__)
    began_s = time.monotonic()
    result = evaluate(EXERCISE.key, function, limit_s)
    assert time.monotonic() - began_s < limit_s + 1
    return result


def test_a_check_on_virtual_time_really_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(monkeypatch, wait_for, 1.0).state == "right"
    assert catalogue.find("08.in_time").virtual_time


def test_who_blocks_is_told_so_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def block(seconds: float) -> float:
        time.sleep(seconds)  # noqa: ASYNC251
        return seconds

    message = checked(monkeypatch, block, 1.0).message
    assert "stopped the event loop for 50 s: `time.sleep` lets nothing else run" in message
    assert time.sleep.__module__ == "time"


async def spin(seconds: float) -> None:
    while seconds:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def sleep_for_ever(seconds: float) -> None:
    while seconds:  # noqa: ASYNC110
        await asyncio.sleep(HOUR_S)


async def wait_for_nothing(seconds: float) -> None:
    await asyncio.Event().wait()


async def really_block(seconds: float) -> None:
    import time as real  # a name that the check does not know

    real.sleep(1.5)  # noqa: ASYNC251


@pytest.mark.parametrize("function", [spin, sleep_for_ever, wait_for_nothing, really_block])
def test_who_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch, function: Any) -> None:
    assert "did not come to an end in time" in checked(monkeypatch, function, 0.5).message


def test_what_was_yielded_before_the_end_of_time_is_not_lost() -> None:
    async def count() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(5)
        yield 2
        raise LookupError

    outcome = awaited_virtually(count, (), 5.0)
    assert (outcome.value, type(outcome.error)) == ([1, 2], LookupError)


def test_the_limit_in_virtual_time_is_generous() -> None:
    async def long() -> float:
        await asyncio.sleep(VIRTUAL_LIMIT_S - 1)
        return 1.0

    assert awaited_virtually(long, (), 5.0).value == 1.0


def test_a_thread_that_outlives_its_reader_is_joined_in_real_time() -> None:
    async def main() -> None:
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)

    ran(main)  # from Python 3.12 on it has 300 s; a jump there would end in a warning
