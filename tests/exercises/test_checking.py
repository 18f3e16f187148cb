"""The check of a function, whatever is handed in."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from labkit.exercises import catalogue, checking, evaluate
from labkit.exercises.cases import async_stream, values
from labkit.exercises.catalogue import UnknownExerciseError
from labkit.exercises.exercise import Exercise, rule
from labkit.exercises.judges import closes, returns
from labkit.exercises.outcome import Outcome
from labkit.exercises.streams import reply
from tests.exercises.test_outcome import Rude

HINTS = ("one", "two", "three")


async def read(stream: Any) -> str:
    """Return the text."""
    async with stream:
        texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
    return "".join(texts)


def count(limit: int) -> Iterator[int]:
    """Yield the numbers below `limit`."""
    yield from range(limit)


async def count_later(limit: int) -> AsyncIterator[int]:
    """Yield the numbers below `limit`."""
    for number in range(limit):
        yield number


def double(number: int) -> int:
    """Return twice `number`."""
    return 2 * number


HELLO = reply("Hel", "lo")
TEXT = rule("Join the texts.", async_stream(returns("Hello"), *HELLO))
CLOSED = rule("Close the stream.", async_stream(closes(), *HELLO))
NUMBERS = rule("Count.", values(returns([0, 1]), 2))
TWICE = rule("Twice.", values(returns(4), 2), values(returns(6), 3))
EXERCISES = [
    Exercise("90.read", "", read, (TEXT, CLOSED), HINTS),
    Exercise("90.count", "", count, (NUMBERS,), HINTS),
    Exercise("90.count_later", "", count_later, (NUMBERS,), HINTS),
    Exercise("90.double", "", double, (TWICE,), HINTS),
]


@pytest.fixture(autouse=True)
def exercises_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {exercise.key: exercise for exercise in EXERCISES}

    def find(key: str) -> Exercise:
        return known.get(key) or catalogue.find(key)

    monkeypatch.setattr(checking, "find", find)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.key)
def test_the_solution_of_each_kind_is_right(exercise: Exercise) -> None:
    assert evaluate(exercise.key, exercise.solution).state == "right"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.key)
def test_the_shown_source_runs_where_it_is_pasted(exercise: Exercise) -> None:
    namespace: dict[str, Any] = {}
    exec(exercise.source, namespace)
    assert "->" not in exercise.source
    assert evaluate(exercise.key, namespace[exercise.name]).state == "right"


def test_a_wrapped_solution_is_right() -> None:
    @functools.wraps(read)
    def wrapper(*args: Any) -> Any:
        return read(*args)

    assert evaluate("90.read", wrapper).state == "right"


def test_a_generator_may_be_returned_where_one_is_asked_for() -> None:
    def returned(limit: int) -> Any:
        return (number for number in range(limit))

    assert evaluate("90.count", returned).state == "right"


@pytest.mark.parametrize("given", ["Hello", None, 3, str, [1], Rude()])
def test_what_is_not_a_function_is_told(given: Any) -> None:
    result = evaluate("90.double", given)
    assert result.state == "not yet"
    assert "Expected the function `double`" in result.message
    assert "without brackets" in result.message


def test_a_wrong_signature_is_told() -> None:
    message = evaluate("90.double", lambda: 1).message
    assert message.startswith("Expected `double(number)`, but yours is `<lambda>()`.")


def test_more_parameters_with_defaults_are_no_harm() -> None:
    assert evaluate("90.double", lambda number, factor=2: factor * number).state == "right"


def test_an_async_def_in_place_of_a_def_is_told() -> None:
    async def late(number: int) -> int:
        return 2 * number

    assert "Expected a plain `def`" in evaluate("90.double", late).message


def test_a_def_in_place_of_an_async_def_is_told() -> None:
    assert "Expected an `async def`" in evaluate("90.read", lambda stream: "").message


def test_a_missing_await_is_told() -> None:
    async def helper(stream: Any) -> str:
        return "Hello"

    async def forgot(stream: Any) -> Any:
        return helper(stream)

    assert "Is an `await` missing?" in evaluate("90.read", forgot).message


def test_a_forgotten_return_is_told() -> None:
    def forgot(number: int) -> None:
        number * 2

    assert "Is a `return` missing?" in evaluate("90.double", forgot).message


def test_an_error_is_told_with_the_line_in_the_learners_cell() -> None:
    namespace: dict[str, Any] = {}
    cell = "def double(number):\n    x = 1\n    return [][number]\n"
    exec(compile(cell, "<cell 7>", "exec"), namespace)
    message = evaluate("90.double", namespace["double"]).message
    assert "raised IndexError in line 3: list index out of range." in message


def test_the_first_broken_rule_is_told_and_how_many_hold() -> None:
    async def leaves_open(stream: Any) -> str:
        return "Hello"

    result = evaluate("90.read", leaves_open)
    assert result.message.splitlines() == [
        "With the stream (role and '', 'Hel', 'lo', finish reason 'stop'), "
        "your function came back and left the stream open.",
        "Rule: Close the stream.",
        "1 of 2 rules holds.",
    ]
    assert (result.held, result.total) == (1, 2)


def test_a_value_that_cannot_be_compared_is_told() -> None:
    assert "cannot be compared" in evaluate("90.double", lambda number: Rude()).message


def test_true_is_not_one() -> None:
    exercise = Exercise("90.x", "", lambda n: n, (rule("One.", values(returns(1), 1)),), HINTS)
    assert exercise.rules[0].cases[0].judge(Outcome(value=True), (1,))


def test_a_print_is_told_when_the_check_fails() -> None:
    def talks(number: int) -> int:
        print("here", number)
        return 5

    assert "It printed 'here 2\\n'." in evaluate("90.double", talks).message


def test_a_print_of_a_right_answer_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(number: int) -> int:
        print("here")
        return 2 * number

    assert "here" not in evaluate("90.double", talks).message
    assert capsys.readouterr().out == ""


def spin(number: int) -> int:
    while True:
        pass


async def spin_async(stream: Any) -> str:
    while True:
        pass


async def wait_for_ever(stream: Any) -> str:
    await asyncio.Event().wait()
    return ""


@pytest.mark.parametrize(
    ("key", "function"),
    [("90.double", spin), ("90.read", spin_async), ("90.read", wait_for_ever)],
)
def test_an_endless_function_is_told(key: str, function: Callable[..., Any]) -> None:
    message = evaluate(key, function, limit_s=0.05).message
    assert "did not come to an end in time" in message


def test_a_timeout_of_the_learner_is_an_error_like_any_other() -> None:
    async def gives_up(stream: Any) -> str:
        raise TimeoutError("mine")

    assert "raised TimeoutError" in evaluate("90.read", gives_up).message


def test_an_unknown_key_lists_what_exists() -> None:
    with pytest.raises(UnknownExerciseError, match=r"no exercise '01\.x'.*01\.text_of"):
        evaluate("01.x", len)
    with pytest.raises(UnknownExerciseError, match=r"02\.collect"):
        evaluate("77.x", len)
