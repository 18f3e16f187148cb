"""An exercise that nobody has written yet."""

# A docstring and dots, as in the exercise cells.
# ruff: noqa: PIE790

import functools
from collections.abc import Callable
from typing import Any

import pytest

from labkit.exercises.catalogue import everything
from labkit.exercises.exercise import Exercise
from labkit.exercises.stub import is_untouched


def only_dots(chunks: Any) -> Any: ...


def documented(chunks: Any) -> Any:
    """Return the text."""
    # a comment changes nothing
    ...


async def awaited(stream: Any) -> Any:
    """Return the text."""
    ...


def only_pass(chunks: Any) -> Any:
    pass


@pytest.mark.parametrize("function", [only_dots, documented, awaited, only_pass])
def test_a_body_of_dots_is_untouched(function: Callable[..., Any]) -> None:
    assert is_untouched(function)


@pytest.mark.parametrize("function", [only_dots, awaited])
def test_a_wrapped_stub_is_untouched(function: Callable[..., Any]) -> None:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        print("called")
        return function(*args)

    assert is_untouched(wrapper)


def test_a_written_body_is_touched() -> None:
    def function(chunks: Any) -> Any:
        return ""

    async def coroutine(chunks: Any) -> Any:
        print()

    assert not is_untouched(function)
    assert not is_untouched(coroutine)
    assert not is_untouched(lambda chunks: chunks)


def test_a_function_without_python_code_is_touched() -> None:
    assert not is_untouched(len)
    assert not is_untouched(functools.partial(only_dots))


@pytest.mark.parametrize("exercise", everything(), ids=lambda e: e.key)
def test_the_stub_of_every_exercise_is_untouched(exercise: Exercise) -> None:
    namespace: dict[str, Any] = {}
    exec(exercise.stub, namespace)
    assert is_untouched(namespace[exercise.name])
    assert namespace[exercise.name].__doc__ == exercise.solution.__doc__
