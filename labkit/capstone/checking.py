"""Checks the learner's file against the rules of a milestone, from outside, over HTTP."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from labkit.capstone.app_file import STARTER, section
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.process import StartError
from labkit.capstone.trial import BrokenRuleError, Trial, trial_of
from labkit.exercises.task import Result, count

RULE_LIMIT_S = 30.0

Value = TypeVar("Value")


def evaluate(milestone: Milestone, path: Path) -> Result:
    """Return what a check of the file at `path` finds, without showing or recording it.

    It has time limits for the start and for each rule, and leaves no process behind. Whatever the
    file does is part of the result.
    """
    [result] = evaluate_all([milestone], path)
    return result


def evaluate_all(milestones: Sequence[Milestone], path: Path) -> list[Result]:
    """Return what a check of the file finds for each of `milestones`.

    A file that does not start is tried once, as it may take its time to fail.
    """
    results: list[Result] = []
    try:
        for milestone in milestones:
            results.append(_evaluate(milestone, path))  # noqa: PERF401 - those before an error count
    except StartError as error:
        results += [Result(each, "not yet", str(error)) for each in milestones[len(results) :]]
    return results


def _evaluate(milestone: Milestone, path: Path) -> Result:
    if not path.exists():
        text = f"There is no {path.name} yet: `capstone.start()` writes it."
        return Result(milestone, "untouched", text)
    text = path.read_text(encoding="utf-8", errors="replace")
    if text == STARTER.read_text(encoding="utf-8"):
        return Result(milestone, "untouched", _to_do(milestone, path))
    complaints = _aside(lambda: asyncio.run(_complaints(milestone, path)))
    return _judged(milestone, complaints, path, untouched=section(text, milestone.name))


def _to_do(milestone: Milestone, path: Path) -> str:
    return (
        f"Write section {milestone.number} of {path.name}, save it, then run this cell again.\n"
        f"Goal: {milestone.says}"
    )


def _judged(
    milestone: Milestone, complaints: list[str], path: Path, untouched: str | None
) -> Result:
    broken = [complaint for complaint in complaints if complaint]
    held = len(complaints) - len(broken)
    if not broken:
        return Result(milestone, "right", count(held, len(complaints)), held)
    if untouched == milestone.stub:
        return Result(milestone, "untouched", _to_do(milestone, path), held)
    text = f"{broken[0]}\n{count(held, len(complaints))}"
    return Result(milestone, "not yet", text, held)


async def _complaints(milestone: Milestone, path: Path) -> list[str]:
    async with trial_of(path, milestone.environment) as trial:
        return [await _complaint(rule, trial) for rule in milestone.rules]


async def _complaint(rule: Rule, trial: Trial) -> str:
    try:
        async with asyncio.timeout(RULE_LIMIT_S):
            await rule.check(trial)
    except BrokenRuleError as error:
        return f"Your app {error}\nRule: {rule.says}"
    except TimeoutError:
        return f"Your app took more than {RULE_LIMIT_S:.0f} s.\nRule: {rule.says}"
    except Exception as error:  # data of a shape that nobody has thought of
        kind = type(error).__name__
        return f"Your app sends what the check cannot read ({kind}: {error}).\nRule: {rule.says}"
    return ""


def _aside(call: Callable[[], Value]) -> Value:
    """Return `call()`, run in a thread of its own: a notebook's own has an event loop already."""
    outcome: list[Value] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # raised again below
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]
