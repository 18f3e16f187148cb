"""The exercise of notebook 08 on waiting: a limit for the first text, another for each gap."""

import asyncio
from typing import Any

from openai import APIStatusError, RateLimitError

from labkit.chunks import delta_of
from labkit.exercises.asking import PreparedAsk, refusal
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import closes, ended
from labkit.exercises.outcome import Outcome, shown, told
from labkit.exercises.streams import (
    empty_chunk,
    finish_chunk,
    lost_connection,
    role_chunk,
    usage_chunk,
)
from labkit.exercises.timed_streams import SILENCE, Step, told_steps
from labkit.policies import in_time


def _texts(outcome: Outcome) -> list[str]:
    return [delta_of(chunk).text for chunk in outcome.value or []]


def _yields(*steps: Step) -> Judge:
    """Want all chunks of `steps` yielded, and no error."""
    wanted = [
        step if isinstance(step, str) else delta_of(step).text
        for step in steps
        if not isinstance(step, float | int)
    ]

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if isinstance(outcome.error, asyncio.CancelledError):
            return "cancelled its own reader: a time limit must not be running at a `yield`."
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        texts = _texts(outcome)
        return "" if texts == wanted else f"yielded chunks with the texts {shown(texts)}."

    return judge


def _too_late(word: str, at_s: float, *texts: str) -> Judge:
    """Want chunks with these texts, then a TimeoutError with `word`, `at_s` from the beginning."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out:
            return "waited for ever."
        if not isinstance(outcome.error, TimeoutError):
            return told(outcome) if outcome.error else "ended without a TimeoutError."
        if _texts(outcome) != list(texts):
            return f"yielded chunks with the texts {shown(_texts(outcome))}, then TimeoutError."
        took_s = arguments[0].took_s
        if abs(took_s - at_s) > 0.1:
            return f"raised TimeoutError after {took_s:g} s."
        said = str(outcome.error).lower()
        right = word in said and not ({"first", "idle"} - {word}).intersection(said.split())
        return "" if right else f"raised TimeoutError with the message {shown(str(outcome.error))}."

    return judge


def _breaks(error: type[BaseException], *texts: str) -> Judge:
    """Want chunks with these texts, then this error, which is none of ours."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = _texts(outcome)
        wrong = "" if found == list(texts) else f"yielded chunks with the texts {shown(found)}."
        return ended(outcome, error) or wrong

    return judge


def _asks_no_more() -> Judge:
    """Want the asking ended, too, when the function ends."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        asking = "came back, and was still asking." if arguments[0].left_asking else ""
        return ended(outcome, TimeoutError) or asking

    return judge


def _given(
    judge: Judge, *steps: Step, after_s: float = 0.0, leaves: int = 0, pause_s: float = 0.0
) -> Case:
    given = f"first_s 10, idle_s 2 and the stream ({told_steps(*steps)})"
    given += f", which is there after {after_s:g} s" if after_s else ""
    given += f", whose reader takes {pause_s:g} s for each chunk" if pause_s else ""
    given += f", whose reader leaves after {leaves} chunk" if leaves else ""

    def arguments() -> tuple[Any, ...]:
        return PreparedAsk.of(steps, after_s=after_s, leaves=leaves, pause_s=pause_s), 10, 2

    return Case(given, arguments, judge)


def _refused(kind: type[APIStatusError]) -> Case:
    return Case(
        f"first_s 10, idle_s 2, and asking raises {kind.__name__}",
        lambda: (PreparedAsk(refusal(kind)), 10, 2),
        _breaks(kind),
    )


_WHOLE = (role_chunk(), 1.0, "Hel", 1.0, "lo", finish_chunk(), usage_chunk())
_LONG = tuple(step for word in "one two three four five six".split() for step in (1.5, word))
_LATE = (8.0, "Hel", 1.5, "lo", finish_chunk())

IN_TIME = Exercise(
    key="08.in_time",
    title="Two limits",
    solution=in_time,
    virtual_time=True,
    rules=(
        rule("Yield every chunk that comes in time.", _given(_yields(*_WHOLE), *_WHOLE)),
        rule(
            "The first text may take first_s, even if that is longer than idle_s.",
            _given(_yields(*_LATE), *_LATE),
            _given(_too_late("first", 10), 12.0, "Hel"),
        ),
        rule(
            "Only text counts as the first text, and the time runs from the beginning.",
            _given(_too_late("first", 10, ""), role_chunk(), SILENCE),
            _given(_too_late("first", 10, "", ""), role_chunk(), 6.0, role_chunk(), 6.0, "Hel"),
            _given(_too_late("first", 10, ""), 6.0, empty_chunk(), 6.0, "Hel"),
            _given(_yields(role_chunk(), "Hel"), role_chunk(), 5.0, "Hel"),
        ),
        rule(
            "After the first text, no chunk may take longer than idle_s.",
            _given(_too_late("idle", 3, "Hel"), 1.0, "Hel", SILENCE),
            _given(_too_late("idle", 4.5, "Hel", "lo"), 1.0, "Hel", 1.5, "lo", 3.0, "!"),
        ),
        rule(
            "Every chunk ends a wait, one without text, too.",
            _given(_yields("Hel", empty_chunk(), "lo"), "Hel", 1.5, empty_chunk(), 1.5, "lo"),
        ),
        rule("The whole may take as long as it likes.", _given(_yields(*_LONG * 2), *_LONG * 2)),
        rule(
            "Only the waits are measured: what our reader does meanwhile does not count.",
            _given(_yields("Hel", "lo", "!"), "Hel", 1.0, "lo", 1.0, "!", pause_s=5.0),
        ),
        rule(
            "After a TimeoutError, and when the reader leaves, the stream is closed.",
            _given(closes(TimeoutError), "Hel", SILENCE),
            _given(closes(), "Hel", "lo", leaves=1),
        ),
        rule(
            "Asking takes time, too: it counts.",
            _given(_too_late("first", 10), "Hel", after_s=12.0),
            _given(_too_late("first", 10), 6.0, "Hel", after_s=6.0),
            _given(_yields("Hel", "lo"), 3.0, "Hel", 1.0, "lo", after_s=6.0),
        ),
        rule(
            "Who gives up waiting for an answer cancels the asking.",
            _given(_asks_no_more(), "Hel", after_s=12.0),
        ),
        rule(
            "An error of asking or of the stream comes out: a cut answer is not to look whole.",
            # Whatever its kind: one that reads in a task may notice only that nothing more comes.
            _given(_breaks(Exception, "Hel"), "Hel", lost_connection()),
            _refused(RateLimitError),
        ),
    ),
    hints=(
        "One limit around each wait, not one around the loop: `async with asyncio.timeout(…)` "
        "around `await anext(stream)`, which gives the next chunk. At the end of the stream it "
        "raises StopAsyncIteration.",
        "`asyncio.timeout_at(due_s)` takes a time of the loop's own clock, "
        "`asyncio.get_running_loop().time()`. Until the first text, `due_s` stays the same; after "
        "it, each wait has a new one.",
        "Ask within the first limit. Then `async with aclosing(stream):`, and in it `while True:` "
        "wait for a chunk within a limit, `yield` it outside of the limit, and only after that "
        "set the next `due_s`. Around all: TimeoutError is raised again with the word, "
        "StopAsyncIteration returns.",
    ),
)
