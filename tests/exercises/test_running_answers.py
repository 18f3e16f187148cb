"""The running answers of notebook 09 end as they are told to, and note what is done to them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from labkit.exercises.nb09.running_answers import Answer, Notes, RunningAnswers, told_answer
from labkit.exercises.timed_streams import CANCEL
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop

Doing = Callable[[list[asyncio.Task[str]], RunningAnswers], Awaitable[Any]]


def noted(doing: Doing, *answers: Answer) -> Notes:
    """Return the notes of what `doing` did."""

    async def main() -> None:
        running.called()
        await doing(running.tasks, running)
        running.returned()

    running = RunningAnswers([], *answers)
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(VirtualClock())) as runner:
        runner.run(main())
    return running.notes


async def wait_5_s(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
    await asyncio.wait(tasks, timeout=5)


async def cancel(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> list[Any]:
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_they_end_fail_or_are_cancelled_by_themselves() -> None:
    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        ends, fails, left = tasks
        await asyncio.wait(tasks)
        assert (ends.result(), str(fails.exception())) == ("a", "model")
        assert left.cancelled()

    notes = noted(doing, Answer(1), Answer(2, LookupError("model")), Answer(3, CANCEL))
    assert notes.took_s == pytest.approx(3)
    assert (notes.cancelled_s, notes.running) == ({}, [])


def test_who_still_runs_at_the_end_is_noted_and_not_what_the_loop_cancels() -> None:
    notes = noted(wait_5_s, Answer(1), Answer())
    assert notes.running == ["b"]
    assert notes.cancelled_s == {}


def test_cancelled_they_clean_up_and_end_as_they_are_told_to() -> None:
    ends: list[Any] = []

    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        ends.extend(await cancel(tasks, tell))

    error = OSError("disk")
    notes = noted(doing, Answer(cleans_up_s=2), Answer(at_cancel="bye"), Answer(at_cancel=error))
    assert notes.cancelled_s == pytest.approx({"a": 1, "b": 1, "c": 1})
    assert (notes.took_s, notes.interrupted) == (pytest.approx(3), [])
    assert isinstance(ends[0], asyncio.CancelledError)
    assert ends[1:] == ["bye", error]


def test_a_second_cancel_interrupts_the_clean_up() -> None:
    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        await asyncio.gather(cancel(tasks, tell), cancel_later(tasks), return_exceptions=True)

    async def cancel_later(tasks: list[asyncio.Task[str]]) -> None:
        await asyncio.sleep(2)
        tasks[0].cancel()

    notes = noted(doing, Answer(cleans_up_s=5))
    assert (notes.interrupted, notes.took_s) == (["a"], pytest.approx(2))


def test_who_is_told_is_noted_and_when_it_was_too_early() -> None:
    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        await wait_5_s(tasks, tell)
        for task in tasks:
            await tell(task)

    notes = noted(doing, Answer(1, tell_s=2), Answer())
    assert (notes.told, notes.early, notes.asked) == (["a", "b"], ["b"], 2)
    assert notes.took_s == pytest.approx(7)


def test_a_reader_that_is_gone_cannot_be_told() -> None:
    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        with pytest.raises(ConnectionResetError, match="gone"):
            await tell(tasks[0])

    assert noted(doing, Answer(gone=ConnectionResetError("gone"))).told == ["a"]


def test_a_tell_that_nobody_awaits_is_asked_for_and_not_told_and_warns_nobody() -> None:
    async def doing(tasks: list[asyncio.Task[str]], tell: RunningAnswers) -> None:
        tell(tasks[0])

    notes = noted(doing, Answer(1))
    assert (notes.asked, notes.told) == (1, [])


def test_what_is_no_task_of_theirs_is_named_by_its_type() -> None:
    async def doing(tasks: Any, tell: Any) -> None:
        await tell(tasks)

    assert noted(doing, Answer(1)).told == ["<list>"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(3), "ends after 3 s"),
        (Answer(2, LookupError("model")), "fails with LookupError after 2 s"),
        (Answer(3, CANCEL), "is cancelled by its reader after 3 s"),
        (Answer(cleans_up_s=2), "never ends, cleans up for 2 s"),
        (Answer(at_cancel="bye"), "never ends, returns 'bye' when cancelled"),
        (Answer(at_cancel=OSError()), "never ends, fails with OSError when cancelled"),
        (
            Answer(tell_s=2, gone=OSError()),
            "never ends, telling takes 2 s, telling fails with OSError",
        ),
    ],
)
def test_a_learner_reads_what_an_answer_does(answer: Answer, words: str) -> None:
    assert told_answer(answer) == words
