"""The exercise of notebook 08 on an answer that was cut: let the model go on with it."""

from typing import Any

from labkit.exercises.asking import PreparedAsk
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import closes, keeps, yields, yields_at
from labkit.exercises.outcome import Outcome, shown, told
from labkit.exercises.streams import (
    azure_chunk,
    finish_chunk,
    lost_connection,
    role_chunk,
    usage_chunk,
)
from labkit.exercises.timed_streams import CANCEL, Step, TimedStream, told_steps
from labkit.policies import go_on


def _asks_with(*before: Any, text: str) -> Judge:
    """Want one question: `before`, and with a text its message and the wish to go on."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        asked = arguments[0].asked
        if len(asked) != 1:
            return f"asked {len(asked)} times."
        wrong = _difference(asked[0], list(before), text)
        return wrong or ("" if outcome.returned else told(outcome))

    return judge


def _difference(asked: Any, before: list[Any], text: str) -> str:
    said = {"role": "assistant", "content": text}
    wanted = [*before, said] if text else before
    if not isinstance(asked, list) or asked[: len(wanted)] != wanted:
        return f"asked with {shown(asked)}."
    wish = asked[len(wanted) :]
    if not text or len(wish) != 1:
        wrong = f"asked with {shown(wish)} after that." if wish else ""
        return wrong or ("asked with no user message after the text." if text else "")
    right = isinstance(wish[0], dict) and wish[0].get("role") == "user"
    right = right and str(wish[0].get("content") or "").strip() != ""
    return "" if right else f"asked with {shown(wish[0])} at the end."


def _given(judge: Judge, *steps: Step, text: str = "Tents keep", leaves: int = 0) -> Case:
    given = f"the text {text!r} and the stream ({told_steps(*steps)})"
    given += f", whose reader leaves after {leaves} text" if leaves else ""

    def arguments() -> tuple[Any, ...]:
        return PreparedAsk(TimedStream(*steps, leaves=leaves)), [dict(_QUESTION)], text

    return Case(given, arguments, judge)


_QUESTION = {"role": "user", "content": "Why a tent?"}
_WHOLE = (role_chunk(), " you", " dry.", finish_chunk())

GO_ON = Exercise(
    key="08.go_on",
    title="Go on where it stopped",
    solution=go_on,
    virtual_time=True,
    rules=(
        rule(
            "Yield the texts of the new stream, and nothing for chunks without text.",
            _given(yields(" you", " dry."), *_WHOLE),
            _given(yields(" you", " dry."), azure_chunk(), *_WHOLE, usage_chunk()),
        ),
        rule(
            "Yield each text at once.",
            _given(yields_at(1, 3), 1.0, " you", 2.0, " dry.", 1.0, finish_chunk()),
        ),
        rule(
            "Ask once: the messages, the assistant's text, then a user message that asks to go on.",
            _given(_asks_with(_QUESTION, text="Tents keep"), *_WHOLE),
            _given(_asks_with(_QUESTION, text="Tents "), *_WHOLE, text="Tents "),
        ),
        rule(
            "Without a text there is nothing to continue: ask with the messages alone.",
            _given(_asks_with(_QUESTION, text=""), *_WHOLE, text=""),
        ),
        rule(
            "`messages` stays as it is: it belongs to the caller.",
            _given(keeps("messages", [_QUESTION], position=1), *_WHOLE),
        ),
        rule(
            "An error of this stream, or a cancellation, comes out after the texts before.",
            _given(
                yields(" you", error=type(lost_connection())),
                role_chunk(),
                " you",
                lost_connection(),
            ),
            _given(yields(" you", error=type(CANCEL)), role_chunk(), " you", CANCEL),
        ),
        rule(
            "When the reader leaves, the stream is closed.",
            _given(closes(), *_WHOLE, leaves=1),
        ),
    ),
    hints=(
        "The model knows only what is in the messages. So its own half answer goes in, as a "
        "message of the assistant, and what we want, as a message of the user.",
        "`[*messages, …]` is a new list. `messages.append(…)` and `messages += …` change the one "
        "of the caller.",
        "`async with aclosing(await ask(conversation)) as stream:` closes it however we end. In "
        "it, for each chunk, `delta_of(chunk).text`, if it is not empty.",
    ),
)
