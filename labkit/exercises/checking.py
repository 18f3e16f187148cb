"""Checks a learner's function against the rules of an exercise."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

from labkit.exercises.catalogue import find
from labkit.exercises.exercise import Case, Exercise, Result, Rule, bare_signature
from labkit.exercises.outcome import Outcome, shown
from labkit.exercises.running import TimeUpError, run
from labkit.exercises.stub import is_untouched

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
        return Result(exercise, "right", _count(held, len(complaints)), held)
    return Result(exercise, "not yet", f"{broken[0]}\n{_count(held, len(complaints))}", held)


def _count(held: int, total: int) -> str:
    if held == total:
        return f"All {total} rules hold."
    return f"{held} of {total} rules {'holds' if held == 1 else 'hold'}."


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
        kept: list[Any] = []
        outcome = run(
            lambda: asyncio.run(_awaited(function, arguments, limit_s, kept)),
            limit_s + 0.5,
            aside=True,
        )
        if kept and outcome.error:  # what was yielded before the error counts too
            outcome = replace(outcome, value=kept)
    else:
        outcome = run(lambda: _called(exercise, function, arguments), limit_s)
    return replace(outcome, line=_line(outcome.error, inspect.unwrap(function)))


def _called(exercise: Exercise, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    value = function(*arguments)
    return list(value) if exercise.yields and isinstance(value, Iterator) else value


async def _awaited(
    function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float, kept: list[Any]
) -> Any:
    """Return what `function` returns, or the list `kept` of what it yields."""
    # What goes wrong is told by the check, not by a traceback when the garbage is collected.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    try:
        async with asyncio.timeout(limit_s) as scope:
            value = function(*arguments)
            if isinstance(value, AsyncIterator):
                async for item in value:
                    kept.append(item)
                    if _tell(arguments, "taken"):
                        await value.aclose()  # type: ignore[attr-defined]
                        break
                return kept
            return await value
    except TimeoutError:
        if scope.expired():
            raise TimeUpError from None
        raise
    finally:
        _tell(arguments, "returned")


def _tell(arguments: tuple[Any, ...], what: str) -> bool:
    """Call the method `what` of the arguments that have one: they take part in the check.

    `taken`: an item that was yielded has been read; if one returns True, the reader leaves.
    `returned`: the function has come back; what is not tidied up by now, the event loop does.
    """
    return any([getattr(each, what, _nothing)() for each in arguments])


def _nothing() -> None:
    pass


def _line(error: BaseException | None, function: Callable[..., Any]) -> int | None:
    """Return the line, counted in the learner's own cell, where `error` passed through last."""
    code = getattr(function, "__code__", None)
    trace, line = error.__traceback__ if error else None, None
    while trace is not None and code is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
