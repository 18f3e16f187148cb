"""The exercise of notebook 08 on several models at once: who speaks first is heard."""

import asyncio
from typing import Any

from openai import APIError, AuthenticationError, RateLimitError

from labkit.exercises.asking import Prepared, no_connection, refusal
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import ended, yields, yields_at
from labkit.exercises.nb08.contest import Contest, told_contest
from labkit.exercises.outcome import Outcome
from labkit.exercises.streams import azure_chunk, finish_chunk, lost_connection, role_chunk
from labkit.exercises.timed_streams import CANCEL, SILENCE
from labkit.policies import first_to_speak


def _tidy(before_s: float = SILENCE, error: type[BaseException] | None = None) -> Judge:
    """Want all closed and no task left; the losers already `before_s` from the beginning."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        contest: Contest = arguments[0]
        return ended(outcome, error) or contest.left_over(before_s)

    return judge


def _given(judge: Judge, *asked: Prepared, leaves: int = 0, after_s: float = 0.0) -> Case:
    given = told_contest(asked, after_s)
    given += f", whose reader leaves after {leaves} text" if leaves else ""
    return Case(given, lambda: (Contest(*asked, leaves=leaves, after_s=after_s),), judge)


_SLOW: Prepared = (3.0, "Hi", 1.0, finish_chunk())
_FAST: Prepared = (1.0, "Hel", 4.0, "lo", finish_chunk())
_THINKING: Prepared = (role_chunk(), azure_chunk(), 3.0, "Hi", finish_chunk())
_LATE_ERROR: Prepared = (4.0, lost_connection())

FIRST_TO_SPEAK = Exercise(
    key="08.first_to_speak",
    title="The first to speak",
    solution=first_to_speak,
    virtual_time=True,
    rules=(
        rule(
            "Yield all texts of the stream whose first text comes first.",
            _given(yields("Hel", "lo"), _SLOW, _FAST),
            _given(yields("Hel", "lo"), _FAST, _SLOW),
            _given(yields("Hel", "lo"), _FAST),
        ),
        rule(
            "Ask all at once, and yield each text as it comes.",
            _given(yields_at(1, 5), _SLOW, _FAST),
            _given(yields_at(3, 7), _SLOW, _FAST, after_s=2.0),
        ),
        rule(
            "Only text counts: a role, or empty `choices`, is not speaking.",
            _given(yields("Hel", "lo"), _THINKING, _FAST),
        ),
        rule(
            "The others are closed at once, before the second text of the first.",
            _given(_tidy(before_s=5), _SLOW, _FAST),
            _given(_tidy(before_s=5), _FAST, (role_chunk(), SILENCE), (SILENCE,)),
        ),
        rule(
            "One that fails or ends before its first text is out. The others go on.",
            _given(yields("Hel", "lo"), refusal(RateLimitError), _FAST),
            _given(yields("Hi"), (role_chunk(), 1.0, lost_connection()), _SLOW),
            _given(yields("Hi"), (role_chunk(), finish_chunk()), _SLOW),
        ),
        rule(
            "If all fail, the last error comes out.",
            _given(
                yields(error=AuthenticationError),
                (1.0, lost_connection()),
                (2.0, refusal(AuthenticationError)),
            ),
            _given(yields(error=type(no_connection())), _LATE_ERROR, refusal(RateLimitError)),
        ),
        rule(
            "An error after the first text comes out: that stream was chosen.",
            _given(yields("Hel", error=APIError), ("Hel", 1.0, lost_connection()), _SLOW),
        ),
        rule(
            "However it ends, nothing stays open, and no task is left.",
            _given(_tidy(), _FAST, _FAST),
            _given(_tidy(), _SLOW, _FAST, leaves=1),
            _given(_tidy(error=asyncio.CancelledError), _SLOW, (role_chunk(), 1.0, CANCEL)),
            _given(_tidy(error=APIError), _SLOW, ("Hel", 1.0, lost_connection())),
        ),
    ),
    hints=(
        "First write a generator of the texts of one `ask`, with `async with aclosing(await "
        "ask())`. Its first text is `anext(texts(ask))`, and cancelling that closes its stream.",
        'A task for the first text of each: `asyncio.ensure_future(anext(…, ""))`, and '
        "`asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)` until one has a text. "
        "`task.result()` raises the error of one that failed. Keep which generator belongs to "
        "which task.",
        "To close some of them: cancel all their tasks, then wait for all, `await "
        "asyncio.gather(*tasks, return_exceptions=True)`, then `aclose()` each generator, for two "
        "may speak at the same time. Close all but the winner's before you yield its first text, "
        "and all of them in a `finally`.",
    ),
)
