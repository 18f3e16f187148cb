"""The exercise of notebook 08 on asking again: which errors, how often, and the waits between."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import openai
from openai import AuthenticationError, BadRequestError, InternalServerError, RateLimitError

from labkit.chunks import delta_of
from labkit.exercises.asking import (
    Prepared,
    PreparedAsk,
    no_answer,
    no_connection,
    refusal,
    told_outcomes,
)
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import closes, ended, yields_at
from labkit.exercises.outcome import Outcome, shown, told
from labkit.exercises.streams import error_event, finish_chunk, lost_connection, role_chunk
from labkit.exercises.timed_streams import SILENCE, Step
from labkit.policies import ask_again

_HELLO = (role_chunk(), "Hel", "lo", finish_chunk())
Outcomes = Callable[[], tuple[Prepared, ...]]

_JITTER = 1.25
_TOLERANCE_S = 0.001


def _asks(times: int, *texts: str, error: type[BaseException] | None = None) -> Judge:
    """Want `ask` called so often, these texts yielded, and then an error of this kind if any."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        asked = len(arguments[0].times_s)
        if asked > times:
            return f"asked {asked} times."
        if wrong := ended(outcome, error):
            return wrong
        found = [delta_of(chunk).text for chunk in outcome.value or [] if delta_of(chunk).text]
        if found != list(texts):
            return f"yielded chunks with the texts {shown(found)}."
        return "" if asked == times else f"asked {asked} times."

    return judge


def _yields_all() -> Judge:
    """Want every chunk of the one stream, those without text too."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        found = len(outcome.value or [])
        return "" if found == len(_HELLO) else f"yielded {found} of {len(_HELLO)} chunks."

    return judge


def _waits(*waits_s: float, error: type[BaseException] | None = None) -> Judge:
    """Want these waits between the calls of `ask`, each up to a quarter longer, and no other."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        ask = arguments[0]
        texts = () if error else ("Hel", "lo")
        wrong = _asks(len(waits_s) + 1, *texts, error=error)(outcome, arguments)
        if wrong:
            return wrong
        times_s = [*ask.times_s, ask.ended_s]
        found = [later - earlier for earlier, later in pairwise(times_s)]
        for number, (wait_s, wanted) in enumerate(zip(found, [*waits_s, 0.0], strict=True), 1):
            if not wanted - _TOLERANCE_S <= wait_s <= wanted * _JITTER + _TOLERANCE_S:
                return f"waited {wait_s:.3g} s after try {number}."
        return ""

    return judge


def _given(judge: Judge, tries: int, outcomes: Outcomes, leaves: int = 0) -> Case:
    given = f"tries {tries} and the outcomes: {told_outcomes(*outcomes())}"
    given += f"; its reader leaves after {leaves} chunks" if leaves else ""
    return Case(given, lambda: (PreparedAsk.of(*outcomes(), leaves=leaves), tries), judge)


def _often(times: int, make: Callable[[], Exception], *then: Prepared) -> Outcomes:
    return lambda: (*(make() for _ in range(times)), *then)


def _then_hello(*steps: Step) -> Outcomes:
    """Return the outcomes of a stream of `steps`, and of a whole one after it."""
    return lambda: (steps, _HELLO)


def _limited(retry_after: str = "") -> openai.APIStatusError:
    return refusal(RateLimitError, retry_after)


def _broken(retry_after: str = "") -> openai.APIStatusError:
    return refusal(InternalServerError, retry_after)


ASK_AGAIN = Exercise(
    key="08.ask_again",
    title="Ask again",
    solution=ask_again,
    virtual_time=True,
    rules=(
        rule(
            "If the first stream is a good one, yield all of its chunks as they come.",
            _given(_yields_all(), 3, lambda: (_HELLO,)),
            _given(yields_at(1, 3), 3, lambda: ((1.0, "Hel", 2.0, "lo"),)),
        ),
        rule(
            "Ask again after RateLimitError, InternalServerError and APIConnectionError; "
            "APITimeoutError is one of the last kind.",
            _given(_asks(2, "Hel", "lo"), 3, _often(1, _limited, _HELLO)),
            _given(_asks(2, "Hel", "lo"), 3, _often(1, _broken, _HELLO)),
            _given(_asks(2, "Hel", "lo"), 3, _often(1, no_connection, _HELLO)),
            _given(_asks(2, "Hel", "lo"), 3, _often(1, no_answer, _HELLO)),
        ),
        rule(
            "An answer without text that has not broken is an answer: do not ask again.",
            _given(_asks(1), 3, lambda: ((role_chunk(), finish_chunk()), _HELLO)),
        ),
        rule(
            "Ask again, too, if the stream breaks before its first text: nobody saw any of it.",
            _given(_asks(2, "Hel", "lo"), 3, _then_hello(lost_connection())),
            _given(_asks(2, "Hel", "lo"), 3, _then_hello(role_chunk(), lost_connection())),
            _given(_asks(2, "Hel", "lo"), 3, _then_hello(role_chunk(), TimeoutError("first"))),
        ),
        rule(
            "After the first text the error comes out: a second answer would be another one.",
            _given(
                _asks(1, "Hel", error=openai.APIConnectionError),
                3,
                _then_hello("Hel", lost_connection()),
            ),
            _given(
                _asks(1, "Hel", error=TimeoutError), 3, _then_hello("Hel", TimeoutError("idle"))
            ),
        ),
        rule(
            "Any other error comes out at once: asking again cannot mend it.",
            _given(
                _waits(error=AuthenticationError), 3, lambda: (refusal(AuthenticationError), _HELLO)
            ),
            _given(_waits(error=BadRequestError), 3, lambda: (refusal(BadRequestError), _HELLO)),
            _given(_waits(error=openai.APIError), 3, _then_hello(error_event())),
            _given(
                _waits(error=ZeroDivisionError), 3, lambda: (ZeroDivisionError("a bug"), _HELLO)
            ),
        ),
        rule(
            "Ask at most `tries` times. The error of the last try comes out.",
            _given(_asks(3, error=InternalServerError), 3, _often(4, _broken)),
            _given(
                _asks(3, error=openai.APIConnectionError),
                3,
                lambda: (_limited(), _broken(), no_connection(), _HELLO),
            ),
            _given(_asks(1, error=RateLimitError), 1, lambda: (_limited(), _HELLO)),
        ),
        rule(
            "Wait 0.5 s, then 1, then 2: each time twice as long, or up to a quarter more.",
            _given(_waits(0.5), 2, _often(1, no_connection, _HELLO)),
            _given(_waits(0.5, 1, 2, 4), 6, _often(4, _broken, _HELLO)),
        ),
        rule(
            "The header retry-after knows better how long to wait.",
            _given(_waits(7), 3, lambda: (_limited("7"), _HELLO)),
            _given(_waits(20), 3, lambda: (_broken("20"), _HELLO)),
            _given(_waits(0.2), 3, lambda: (_limited("0.2"), _HELLO)),
        ),
        rule(
            "After the last try nobody asks again, so do not wait.",
            _given(_waits(0.5, error=openai.APIConnectionError), 2, _often(2, no_connection)),
            _given(_waits(error=RateLimitError), 1, lambda: (_limited("7"),)),
        ),
        rule(
            "If your reader leaves, close the stream that you are reading.",
            _given(closes(), 3, lambda: ((role_chunk(), "Hel", SILENCE),), leaves=2),
        ),
    ),
    hints=(
        "A `for` over the tries; in it `try:` ask, and yield the chunks. Remember whether one of "
        "them had a text. After the last chunk, `return`.",
        '`error.response.headers.get("retry-after")` is a text such as "7", or None. '
        "APIConnectionError and TimeoutError have no `response`: there was no answer at all.",
        "`async with aclosing(await ask()) as stream:` closes it however we end, be it a stream of "
        "the SDK or a generator such as your own `in_time`. In the `except`: "
        "`raise` if a text was yielded, or if this was the last try; else wait, `await "
        "asyncio.sleep(…)`, and let the loop go round.",
    ),
)
