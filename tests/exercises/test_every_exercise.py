"""Every exercise in three states: untouched, not yet, right."""

import asyncio
import base64
import hashlib
import hmac
import inspect
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, get_args

import openai
import pytest

from labkit.agent_events import AgentEvent
from labkit.chunks import delta_of
from labkit.exercises import evaluate
from labkit.exercises.catalogue import everything, exercises, find, notebooks
from labkit.exercises.exercise import Exercise
from labkit.reply import Reply
from labkit.tool_runs import ToolRuns
from tests.exercises import (
    right08,
    right09,
    wrong01,
    wrong02,
    wrong03,
    wrong04,
    wrong05,
    wrong06,
    wrong07,
    wrong08,
    wrong09,
)

WRONG = (
    wrong01.WRONG
    + wrong02.WRONG
    + wrong03.WRONG
    + wrong04.WRONG
    + wrong05.WRONG
    + wrong06.WRONG
    + wrong07.WRONG
    + wrong08.WRONG
    + wrong09.WRONG
)
EVERY = pytest.mark.parametrize("exercise", everything(), ids=lambda e: e.key)
TRIED = [
    exercise
    for number in ("01", "02", "03", "04", "05", "06", "07", "08", "09")
    for exercise in exercises(number)
]
IMPORTED = {  # what the notebooks have imported
    **{module.__name__: module for module in (asyncio, inspect, json, openai, random, time)},
    **{module.__name__: module for module in (base64, hashlib, hmac, secrets)},
    **{kind.__name__: kind for kind in get_args(AgentEvent)},
    **{name.__name__: name for name in (Reply, ToolRuns, aclosing, delta_of)},
}


def code_of(exercise: Exercise) -> list[str]:
    """Return the lines that solve it, without the header and the docstring."""
    stub = exercise.stub.splitlines()
    lines = [line.strip() for line in exercise.source.splitlines() if line not in stub]
    return [line for line in lines if len(line) > 12]


@EVERY
def test_the_stub_is_untouched(exercise: Exercise) -> None:
    namespace: dict[str, Any] = {}
    exec(exercise.stub, namespace)
    result = evaluate(exercise.key, namespace[exercise.name])
    assert (result.state, result.held) == ("untouched", 0)


@EVERY
def test_the_solution_is_right_where_it_is_pasted(exercise: Exercise) -> None:
    namespace: dict[str, Any] = dict(IMPORTED)
    exec(exercise.source, namespace)
    result = evaluate(exercise.key, namespace[exercise.name])
    assert result.state == "right", result.message
    assert result.held == result.total > 1


@pytest.mark.parametrize(
    ("key", "function"), right08.RIGHT + right09.RIGHT, ids=lambda x: getattr(x, "__name__", "")
)
def test_other_right_answers_are_right(key: str, function: Callable[..., Any]) -> None:
    result = evaluate(key, function)
    assert result.state == "right", result.message


@EVERY
def test_it_is_called_what_it_is_called(exercise: Exercise) -> None:
    assert exercise.solution.__name__ == exercise.name
    assert exercise in exercises(exercise.notebook)
    assert len(set(exercise.hints)) == 3


@EVERY
def test_every_line_of_it_fits_into_a_notebook(exercise: Exercise) -> None:
    lines = exercise.stub.splitlines()
    assert [line for line in lines if len(line) > 96] == []


@pytest.mark.parametrize(
    ("key", "function", "words"), WRONG, ids=lambda x: getattr(x, "__name__", "")
)
def test_a_wrong_answer_is_not_yet_right(
    key: str, function: Callable[..., Any], words: str
) -> None:
    result = evaluate(key, function)
    assert result.state == "not yet"
    assert words in result.message
    assert result.held < result.total
    assert [line for line in code_of(find(key)) if line in result.message] == []


@pytest.mark.parametrize("exercise", TRIED, ids=lambda e: e.key)
def test_there_are_at_least_three_wrong_answers(exercise: Exercise) -> None:
    assert Counter(key for key, _, _ in WRONG)[exercise.key] >= 3


@pytest.mark.parametrize("exercise", TRIED, ids=lambda e: e.key)
def test_every_rule_breaks_for_some_answer(exercise: Exercise) -> None:
    messages = [evaluate(key, f).message for key, f, _ in WRONG if key == exercise.key]
    never = [r.says for r in exercise.rules if not any(r.says in text for text in messages)]
    assert never == []


def test_the_first_notebooks_are_there() -> None:
    assert notebooks()[:2] == ["01", "02"]
