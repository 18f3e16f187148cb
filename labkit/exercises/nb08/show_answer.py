"""The exercise of notebook 08 on showing an answer, and never a cut one as whole."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import ended
from labkit.exercises.outcome import Outcome, shown, told
from labkit.exercises.streams import (
    azure_chunk,
    error_event,
    finish_chunk,
    lost_connection,
    role_chunk,
    text_chunk,
    usage_chunk,
)
from labkit.exercises.timed_streams import CANCEL, Step, TimedStream, told_steps
from labkit.policies import show_answer


class Screen:
    """Is the `show` of the exercise: keeps what was shown, and after how many seconds."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.times_s: list[float] = []
        self._began_s = 0.0

    def called(self) -> None:
        """Note when the function is called."""
        self._began_s = asyncio.get_running_loop().time()

    def __call__(self, text: str, state: str) -> None:
        """Keep what is shown."""
        self.shown.append((text, state))
        self.times_s.append(asyncio.get_running_loop().time() - self._began_s)


def _writes(*texts: str) -> Judge:
    """Want exactly these texts shown as writing."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        found = [text for text, state in arguments[1].shown if state == "writing"]
        return "" if found == list(texts) else f"showed {shown(found)} as writing."

    return judge


def _ends(text: str, state: str, error: type[BaseException] | None = None) -> Judge:
    """Want `text` shown in `state` once, at the end, and then an error of this kind if any."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = arguments[1].shown
        others = {one for _, one in found[:-1]}
        right = found[-1:] == [(text, state)] and not others - {"writing"}
        return ended(outcome, error) or ("" if right else f"showed {shown(found)}.")

    return judge


def _returns(text: str, complete: bool) -> Judge:
    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value = outcome.value
        alike = isinstance(value, tuple) and value == (text, complete)
        return "" if alike and isinstance(value[1], bool) else told(outcome)

    return judge


def _shows_at(*times_s: float) -> Judge:
    """Want something shown at these seconds after the call."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned:
            return told(outcome)
        found = [round(time_s, 2) for time_s in arguments[1].times_s]
        if found == list(times_s):
            return ""
        return f"showed something after {', '.join(f'{s:g} s' for s in found) or 'no time at all'}."

    return judge


def _given(judge: Judge, *steps: Step) -> Case:
    return Case(
        f"the stream ({told_steps(*steps)})", lambda: (TimedStream(*steps), Screen()), judge
    )


def _generated(judge: Judge, *steps: Step) -> Case:
    return Case(
        f"a generator that gives the chunks ({told_steps(*steps)})",
        lambda: (_chunks(TimedStream(*steps)), Screen()),
        judge,
    )


async def _chunks(stream: TimedStream) -> AsyncIterator[Any]:
    async for chunk in stream:
        yield chunk


_WHOLE = (role_chunk(), "Hel", "lo", finish_chunk())

SHOW_ANSWER = Exercise(
    key="08.show_answer",
    title="Show and tell the truth",
    solution=show_answer,
    virtual_time=True,
    rules=(
        rule(
            "After each text, show all text so far as writing; chunks without text show nothing.",
            _given(_writes("Hel", "Hello"), *_WHOLE),
            _given(_writes("Hel", "Hello"), azure_chunk(), *_WHOLE, usage_chunk()),
            _generated(_writes("Hel", "Hello"), *_WHOLE),
        ),
        rule(
            "Show it at once, while the rest is still to come.",
            _given(_shows_at(1, 3, 4), 1.0, "Hel", 2.0, "lo", 1.0, finish_chunk()),
        ),
        rule(
            "The finish reason `stop` came: it is complete. A later None does not erase that.",
            _given(_ends("Hello", "complete"), *_WHOLE, usage_chunk()),
            _given(_ends("Hello", "complete"), *_WHOLE, text_chunk("")),
            _given(_ends("", "complete"), role_chunk(), finish_chunk()),
        ),
        rule(
            "No finish reason, no complete answer, even if no error was raised.",
            _given(_ends("Hel", "incomplete"), role_chunk(), "Hel"),
            _given(_ends("", "incomplete")),
        ),
        rule(
            "After an openai.APIError or a TimeoutError it is incomplete, and that is no bug.",
            _given(_ends("Hel", "incomplete"), role_chunk(), "Hel", error_event()),
            _given(_ends("Hel", "incomplete"), role_chunk(), "Hel", lost_connection()),
            _given(_ends("Hel", "incomplete"), role_chunk(), "Hel", TimeoutError("idle")),
            _given(_ends("Hello", "incomplete"), *_WHOLE, lost_connection()),
        ),
        rule(
            "Return the text, and whether it is complete, True or False.",
            _given(_returns("Hello", True), *_WHOLE),
            _given(_returns("Hel", False), role_chunk(), "Hel"),
            _given(_returns("Hel", False), role_chunk(), "Hel", error_event()),
        ),
        rule(
            "Any other error comes out, and what came is shown as incomplete before.",
            _given(
                _ends("Hel", "incomplete", ZeroDivisionError), "Hel", ZeroDivisionError("a bug")
            ),
        ),
        rule(
            "A cancellation comes out, too: people see that the answer is incomplete.",
            _given(_ends("Hel", "incomplete", asyncio.CancelledError), "Hel", CANCEL),
            _given(_ends("", "incomplete", asyncio.CancelledError), role_chunk(), CANCEL),
        ),
        rule(
            "Any other finish reason means that the answer is not whole: its limit cut it off.",
            _given(_ends("Hel", "incomplete"), role_chunk(), "Hel", finish_chunk("length")),
            _given(_ends("Hel", "incomplete"), "Hel", finish_chunk("content_filter")),
        ),
    ),
    hints=(
        "Begin with “not complete”. Only one way leads to “complete”: the loop has ended by "
        "itself, and the finish reason is `stop`.",
        "`finally` runs at a clean end, after an error and after a cancellation. That is the "
        "place of the last `show`, and there it stands once.",
        '`try:` the loop, and after it `complete = finish_reason == "stop"`; `except '
        "(openai.APIError, TimeoutError):` for the ends that we expect; `finally:` the last "
        "`show`. CancelledError is no `Exception`, and no `except` of ours names it.",
    ),
)
