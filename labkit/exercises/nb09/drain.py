"""The exercise of notebook 09 on leaving: wait a while, cancel the rest, and tell its readers."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.nb09.running_answers import Answer, Notes, RunningAnswers, told_answer
from labkit.exercises.outcome import Outcome, told
from labkit.exercises.timed_streams import CANCEL


async def drain(
    tasks: Collection[asyncio.Task[Any]],
    limit_s: float,
    tell: Callable[[asyncio.Task[Any]], Awaitable[None]],
) -> set[asyncio.Task[Any]]:
    """Wait for the running answers; cancel and tell those too late.

    `tasks` are asyncio tasks, a set or a list, maybe empty. Wait until
    all are done, for `limit_s` seconds at most for all of them
    together; return as soon as they are. Cancel those that are not done
    then, each once, and wait for their end: they may have to clean up.
    When one has ended, and only then, `await tell(task)`, once: nothing
    may come after the last event that its reader gets. A task that
    fails, or was cancelled by others, is done; its error does not come
    out and stops nobody. A `tell` that fails (its reader is gone) keeps
    no other reader from being told. Return the set of the tasks that
    you cancelled, however they ended then.
    Example: with limit_s 10, tasks that end after 3 s and 8 s and one
    that never does: at 10 s the third is cancelled, then told, and
    returned in a set.
    """
    if not tasks:
        return set()
    _, late = await asyncio.wait(tasks, timeout=limit_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


_LIMIT_S = 10
_EARLY_S, _LATE_S = 0.001, 0.25  # who looks every 0.1 s is in time
_NEVER = Answer()
_FAILS = Answer(2, LookupError("model"))
_LEFT = Answer(3, CANCEL)


def _returns(names: str, after_s: float) -> Judge:
    """Want the set of these tasks returned at this second."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value, answers = outcome.value, arguments[2]
        if not outcome.returned or not isinstance(value, Collection) or isinstance(value, str):
            return told(outcome)
        found = sorted(map(answers.name, value))
        if not isinstance(value, set) or found != list(names):
            return f"returned a {type(value).__name__} of {_listed(found, 'no tasks')}."
        took_s = answers.notes.took_s
        return "" if _at(took_s, after_s) else f"came back after {took_s:g} s."

    return judge


def _noted(wrong: Callable[[Notes], str]) -> Judge:
    """Want the function to return, and nothing `wrong` in the notes."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        return wrong(arguments[2].notes) if outcome.returned else told(outcome)

    return judge


def _cancels(names: str) -> Judge:
    """Want these tasks cancelled when the limit is over, and no other."""

    def wrong(notes: Notes) -> str:
        if sorted(notes.cancelled_s) != list(names):
            return f"cancelled {_listed(sorted(notes.cancelled_s))}."
        late = [(name, at_s) for name, at_s in notes.cancelled_s.items() if not _at(at_s, _LIMIT_S)]
        return f"cancelled {late[0][0]} after {late[0][1]:g} s." if late else ""

    return _noted(wrong)


def _tidies() -> Judge:
    """Want every task at its end, and its clean-up too."""

    def wrong(notes: Notes) -> str:
        if notes.interrupted:
            return f"cancelled {notes.interrupted[0]} again, while it cleaned up."
        return f"came back before {_listed(notes.running)} had ended." if notes.running else ""

    return _noted(wrong)


def _tells(names: str) -> Judge:
    """Want these readers told, each once and to the end."""

    def wrong(notes: Notes) -> str:
        if sorted(notes.told) == list(names):
            return ""
        said = f"told {_listed(sorted(notes.told))}"
        lost = notes.asked - len(notes.told)
        return f"{said}; {lost} `tell(task)` did not come to the end." if lost else f"{said}."

    return _noted(wrong)


def _tells_ended() -> Judge:
    """Want no reader told before the task has ended."""

    def wrong(notes: Notes) -> str:
        return f"told {_listed(notes.early)} before the end of the task." if notes.early else ""

    return _noted(wrong)


def _at(found_s: float, wanted_s: float) -> bool:
    return wanted_s - _EARLY_S < found_s < wanted_s + _LATE_S


def _listed(names: Iterable[str], none: str = "nobody") -> str:
    return ", ".join(names) or none


def _given(judge: Judge, *answers: Answer, kind: type[set[Any] | list[Any]] = set) -> Case:
    each = "; ".join(f"{n}: {told_answer(a)}" for n, a in zip("abcdef", answers, strict=False))
    given = f"limit_s {_LIMIT_S} and {f'the tasks ({each})' if answers else 'no tasks'}"
    given += ", in a list" if kind is list else ""

    def arguments() -> tuple[Any, ...]:
        tell = RunningAnswers(kind(), *answers)
        return tell.tasks, _LIMIT_S, tell

    return Case(given, arguments, judge)


DRAIN = Exercise(
    key="09.drain",
    title="Leave nobody in the dark",
    solution=drain,
    virtual_time=True,
    rules=(
        rule(
            "Wait until all are done, and return as soon as they are: you cancelled nobody.",
            _given(_returns("", 8.2), Answer(3), Answer(8.2)),
            _given(_returns("", 8.2), Answer(8.2), Answer(3), kind=list),
            _given(_cancels(""), Answer(3), Answer(8.2)),
        ),
        rule(
            "Without tasks there is nothing to wait for: an empty set, at once.",
            _given(_returns("", 0)),
            _given(_returns("", 0), kind=list),
        ),
        rule(
            "`limit_s` is for all of them together: then cancel those that are not done.",
            _given(_cancels("c"), Answer(3), Answer(8), _NEVER, kind=list),
            _given(_cancels("bc"), Answer(6), _NEVER, Answer(14)),
        ),
        rule(
            "Wait for the end of what you cancel, and cancel it once: it may have to clean up.",
            _given(_tidies(), Answer(3), _NEVER, Answer(cleans_up_s=2)),
            _given(_tidies(), Answer(cleans_up_s=15), Answer(cleans_up_s=2), kind=list),
        ),
        rule(
            "A task that fails, or that others cancel, is done: no error, and the rest goes on.",
            _given(_returns("", 8), _FAILS, Answer(8)),
            _given(_returns("", 8), _LEFT, Answer(8)),
            _given(_returns("", 8), Answer(2, TimeoutError("model")), Answer(8)),
            _given(_cancels("d"), _FAILS, _LEFT, Answer(8), _NEVER, kind=list),
            _given(_tidies(), Answer(at_cancel=OSError("disk")), Answer(cleans_up_s=2)),
        ),
        rule(
            "Tell each one that you cancelled, once and to the end, and nobody else.",
            _given(_tells("cd"), Answer(3), _FAILS, _NEVER, _NEVER),
            _given(_tells("ac"), Answer(tell_s=2), _LEFT, _NEVER, kind=list),
            _given(_tells("ab"), Answer(at_cancel="bye"), Answer(at_cancel=OSError("disk"))),
            _given(_tells(""), Answer(3), _FAILS, _LEFT),
        ),
        rule(
            "Tell only when the task has ended: nothing comes after the last event.",
            _given(_tells_ended(), Answer(3), _NEVER),
            _given(_tells_ended(), Answer(cleans_up_s=2), Answer(cleans_up_s=4), kind=list),
        ),
        rule(
            "A `tell` that fails keeps no other reader from being told.",
            _given(_tells("ab"), *[Answer(gone=ConnectionResetError("gone"))] * 2),
            _given(
                _tells("abc"),
                Answer(gone=RuntimeError("closed")),
                Answer(tell_s=2),
                Answer(cleans_up_s=2, gone=ConnectionResetError("gone")),
                kind=list,
            ),
        ),
        rule(
            "Return the set of the tasks that you cancelled, however they ended then.",
            _given(_returns("c", 10), Answer(3), Answer(8), _NEVER),
            _given(_returns("bc", 12), _FAILS, _NEVER, Answer(cleans_up_s=2), kind=list),
            _given(_returns("ac", 10), Answer(at_cancel="bye"), _LEFT, _NEVER),
            _given(_returns("b", 10), Answer(3), Answer(at_cancel=OSError("disk"))),
        ),
    ),
    hints=(
        "Three steps, one after the other, each for all tasks: wait with a limit, cancel and wait "
        "for the end, tell. A time limit around `gather` does the first two at once, and you no "
        "longer know whom it has cancelled.",
        "`done, late = await asyncio.wait(tasks, timeout=limit_s)` waits and cancels nothing; it "
        "wants at least one task. `await asyncio.gather(*late, return_exceptions=True)` waits for "
        "an end, and takes errors as values.",
        "If there are no tasks, return `set()`. Then `asyncio.wait`; `task.cancel()` for each late "
        "one; `gather` them with `return_exceptions=True`; a second such `gather` of `tell(task)` "
        "for each; and return the late ones, which are a set already.",
    ),
)
