"""Checks the learner's file against the rules of a milestone, from outside, over HTTP."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from labkit.capstone.app_file import STARTER, section
from labkit.capstone.heard import BrokenRuleError
from labkit.capstone.limits import LIMITS, Limits
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.process import StartError
from labkit.capstone.visit import Visit, visit_of
from labkit.exercises.task import Result, count

Value = TypeVar("Value")


def evaluate(milestone: Milestone, path: Path, limits: Limits = LIMITS) -> Result:
    """Return what a check of the file at `path` finds, without showing or recording it.

    It has time limits for the start and for each rule, and leaves no process behind. Whatever the
    file does is part of the result.
    """
    [result] = evaluate_all([milestone], path, limits)
    return result


def evaluate_all(
    milestones: Sequence[Milestone], path: Path, limits: Limits = LIMITS
) -> list[Result]:
    """Return what a check of the file finds for each of `milestones`.

    A file that does not start is tried once, as it may take its time to fail.
    """
    results: list[Result] = []
    for milestone in milestones:
        try:
            results.append(_evaluate(milestone, path, limits))
        except StartError as error:
            rest = milestones[len(results) :]
            return results + [Result(each, "not yet", str(error)) for each in rest]
    return results


def _evaluate(milestone: Milestone, path: Path, limits: Limits) -> Result:
    if not path.exists():
        text = f"There is no {path.name} yet: `capstone.start()` writes it."
        return Result(milestone, "untouched", text)
    text = path.read_text(encoding="utf-8", errors="replace")
    if text == STARTER.read_text(encoding="utf-8"):
        return Result(milestone, "untouched", _to_do(milestone, path))
    complaints = _aside(lambda: _complaints(milestone, path, limits))
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


async def _complaints(milestone: Milestone, path: Path, limits: Limits) -> list[str]:
    async with visit_of(path, milestone.environment, limits) as visit:
        return [await _complaint(rule, visit, limits.rule_s) for rule in milestone.rules]


async def _complaint(rule: Rule, visit: Visit, limit_s: float) -> str:
    try:
        async with asyncio.timeout(limit_s):
            await rule.check(visit)
    except BrokenRuleError as error:
        return f"Your app {error}\nRule: {rule.says}"
    except TimeoutError:
        return f"Your app took more than {limit_s:g} s.\nRule: {rule.says}"
    except Exception as error:  # data of a shape that nobody has thought of
        kind = type(error).__name__
        return f"Your app sends what the check cannot read ({kind}: {error}).\nRule: {rule.says}"
    return ""


def _aside(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    """Return what `work` returns, from a thread: a notebook's own has an event loop already.

    An interrupt cancels it, and gets through when everything is cleaned up.
    """
    begun: Future[Callable[[], object]] = Future()

    async def cancellable() -> Value:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task  # noqa: S101 - we run in one
        begun.set_result(lambda: loop.call_soon_threadsafe(task.cancel))
        return await work()

    with ThreadPoolExecutor(1) as pool:  # it waits for its thread
        running = pool.submit(lambda: asyncio.run(cancellable()))
        try:
            return running.result()
        except KeyboardInterrupt:
            begun.result()()
            raise
