"""Checks a learner's function against the rules of an exercise."""

import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from labkit.exercises.awaiting import awaited, awaited_virtually, tell
from labkit.exercises.catalogue import find
from labkit.exercises.exercise import Case, Exercise, Rule, bare_signature
from labkit.exercises.outcome import Outcome, blocked, shown
from labkit.exercises.running import run
from labkit.exercises.stub import is_untouched
from labkit.exercises.task import Result, count

LIMIT_S = 5.0


def evaluate(key: str, function: Any, limit_s: float = LIMIT_S) -> Result:
    """Return what a check of `function` finds, without showing or recording it.

    All rules together have `limit_s` seconds. Raises UnknownExerciseError for a key that does not
    exist; whatever `function` does is part of the result.
    """
    exercise = find(key)
    if not inspect.isroutine(function) and (inspect.isclass(function) or not callable(function)):
        return Result(exercise, "not yet", _not_a_function(exercise, function))
    if is_untouched(function):
        return Result(
            exercise,
            "untouched",
            f"Write the body of `{exercise.signature}`, then run both cells again.",
        )
    misfit = _misfit(exercise, function)
    if misfit:
        return Result(exercise, "not yet", misfit)
    return _judged(exercise, function, limit_s)


def _not_a_function(exercise: Exercise, given: Any) -> str:
    return (
        f"Expected the function `{exercise.name}`, but got {shown(given)}, a "
        f"{type(given).__name__}. Pass the function itself, without brackets: "
        f'`labkit.check("{exercise.key}", {exercise.name})`.'
    )


def _misfit(exercise: Exercise, function: Callable[..., Any]) -> str:
    try:
        signature = bare_signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return ""
    try:
        signature.bind(*bare_signature(exercise.solution).parameters)
    except TypeError:
        yours = f"{getattr(function, '__name__', exercise.name)}{signature}"
        return f"Expected `{exercise.signature}`, but yours is `{yours}`. Keep the one given."
    return _wrong_kind(exercise, inspect.unwrap(function))


def _wrong_kind(exercise: Exercise, function: Callable[..., Any]) -> str:
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if is_async and not exercise.is_async:
        return "Expected a plain `def`, but yours is an `async def`. Remove the `async`."
    if exercise.is_async and not is_async:
        return "Expected an `async def`, but yours is a plain `def`. Put the `async` back."
    return ""


def _judged(exercise: Exercise, function: Callable[..., Any], limit_s: float) -> Result:
    deadline = time.monotonic() + limit_s
    complaints = [_first_complaint(exercise, rule, function, deadline) for rule in exercise.rules]
    broken = [complaint for complaint in complaints if complaint]
    held = len(complaints) - len(broken)
    if not broken:
        return Result(exercise, "right", count(held, len(complaints)), held)
    return Result(exercise, "not yet", f"{broken[0]}\n{count(held, len(complaints))}", held)


def _first_complaint(
    exercise: Exercise, rule: Rule, function: Callable[..., Any], deadline: float
) -> str:
    for case in rule.cases:
        arguments = case.arguments()
        outcome = _outcome(exercise, function, arguments, deadline - time.monotonic())
        wrong = _verdict(case, outcome, arguments)
        if wrong:
            wrong += _printed(outcome, wrong)
            return f"With {case.given}, your function {wrong}\nRule: {rule.says}"
    return ""


def _verdict(case: Case, outcome: Outcome, arguments: tuple[Any, ...]) -> str:
    if outcome.blocked_s:
        return blocked(outcome)
    try:
        return case.judge(outcome, arguments)
    except Exception as error:  # the learner's value may fail when it is compared
        return (
            f"returned {shown(outcome.value)}, which cannot be compared ({type(error).__name__})."
        )
    finally:
        if inspect.iscoroutine(outcome.value):
            outcome.value.close()  # else Python warns that it was never awaited


def _printed(outcome: Outcome, already_said: str) -> str:
    printed = shown(outcome.printed)
    return f" It printed {printed}." if outcome.printed and printed not in already_said else ""


def _outcome(
    exercise: Exercise, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float
) -> Outcome:
    if limit_s <= 0:
        return Outcome(timed_out=True)
    if exercise.is_async:
        way = awaited_virtually if exercise.virtual_time else awaited
        outcome = way(function, arguments, limit_s)
    else:
        outcome = run(lambda: _called(exercise, function, arguments), limit_s)
    return replace(outcome, line=_line(outcome.error, inspect.unwrap(function)))


def _called(exercise: Exercise, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    tell(arguments, "called")
    try:
        value = function(*arguments)
        return list(value) if exercise.yields and isinstance(value, Iterator) else value
    finally:
        tell(arguments, "returned")


def _line(error: BaseException | None, function: Callable[..., Any]) -> int | None:
    """Return the line, counted in the learner's own cell, where `error` passed through last."""
    code = getattr(function, "__code__", None)
    trace, line = error.__traceback__ if error else None, None
    while trace is not None and code is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
