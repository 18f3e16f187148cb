"""Errors, endless loops, interrupts and prints of a function that we do not trust."""

import asyncio
import contextlib
import signal
import sys
import threading
from typing import Any

import pytest

from labkit.exercises.outcome import Outcome
from labkit.exercises.running import run

LIMIT_S = 0.05


def spin() -> None:
    while True:
        pass


def spin_and_catch_everything() -> str:
    while True:
        try:
            spin()
        except BaseException:  # a bare `except:` is what a learner writes
            return "caught"


def run_in_thread(call: Any, limit_s: float) -> Outcome:
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(run(call, limit_s)))
    thread.start()
    thread.join()
    return outcomes[0]


@pytest.mark.parametrize("aside", [False, True])
def test_a_value_comes_back_with_what_was_printed(aside: bool) -> None:
    def call() -> int:
        print("seen")
        return 3

    assert run(call, 5, aside=aside) == Outcome(value=3, printed="seen\n")


@pytest.mark.parametrize("aside", [False, True])
@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), GeneratorExit()])
def test_an_error_does_not_get_out(error: BaseException, aside: bool) -> None:
    def call() -> None:
        raise error

    assert run(call, 5, aside=aside).error is error


@pytest.mark.parametrize("aside", [False, True])
@pytest.mark.parametrize("call", [spin, spin_and_catch_everything])
def test_an_endless_loop_is_stopped(call: Any, aside: bool) -> None:
    before = threading.active_count()
    assert run(call, LIMIT_S, aside=aside).timed_out
    assert threading.active_count() == before


def test_an_endless_loop_is_stopped_outside_the_main_thread() -> None:
    assert run_in_thread(spin, LIMIT_S).timed_out


@pytest.mark.skipif(sys.platform == "win32", reason="Event.wait cannot be interrupted there")
def test_a_function_that_waits_for_ever_is_stopped() -> None:
    assert run(threading.Event().wait, LIMIT_S).timed_out


def test_what_an_endless_loop_prints_is_kept_in_part() -> None:
    def call() -> None:
        while True:
            print("x" * 1000)

    assert len(run(call, LIMIT_S).printed) <= 10_000


def test_a_real_interrupt_is_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(lambda: signal.raise_signal(signal.SIGINT), 5)


@pytest.mark.parametrize("call", [spin, lambda: 1])
def test_the_handler_of_interrupts_is_put_back(call: Any) -> None:
    before = signal.getsignal(signal.SIGINT)
    run(call, LIMIT_S)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_our_own_gets_a_real_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    with contextlib.ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGINT, before)
        assert run(lambda: signal.raise_signal(signal.SIGINT), 5).returned
    assert heard == [signal.SIGINT]


def test_an_event_loop_runs_although_ours_is_running() -> None:
    async def inner() -> int:
        return 4

    async def outer() -> Outcome:
        return run(lambda: asyncio.run(inner()), 5, aside=True)

    assert asyncio.run(outer()).value == 4


def test_the_standard_output_is_put_back() -> None:
    before = sys.stdout
    run(spin, LIMIT_S)
    assert sys.stdout is before
