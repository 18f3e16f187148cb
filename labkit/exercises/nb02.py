"""The exercises of notebook 02: show and keep, and notice how a stream ended."""

from collections.abc import Iterable

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from labkit.exercises.cases import stream as given
from labkit.exercises.cases import values
from labkit.exercises.exercise import Exercise, Judge, rule
from labkit.exercises.judges import prints, raises, returns, returns_near, returns_part
from labkit.exercises.streams import (
    azure_chunk,
    cut,
    empty_chunk,
    error_event,
    finish_chunk,
    lost_connection,
    reply,
    text_chunk,
    usage_chunk,
    usage_of,
)


def collect(
    stream: Iterable[ChatCompletionChunk],
) -> tuple[str, str | None, CompletionUsage | None]:
    """Print each text as it arrives; return (text, finish_reason, usage).

    Print nothing between the texts. Without any text, the text is "";
    a finish reason or a usage that did not come is None.
    Example: the texts "Hel" and "lo", then the finish reason "stop"
    and a usage, give ("Hello", "stop", usage).
    """
    text, finish_reason, usage = "", None, None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
            text += choice.delta.content or ""
            finish_reason = choice.finish_reason or finish_reason
    return text, finish_reason, usage


def verdict(finish_reason: str | None) -> str:
    """Return in a word how a stream ended.

    "complete" for stop, "too long" for length, "tools" for tool_calls,
    "filtered" for content_filter, "cut" for no finish reason at all
    (None), and "unknown" for any other.
    Example: verdict("length") is "too long".
    """
    endings = {
        "stop": "complete",
        "length": "too long",
        "tool_calls": "tools",
        "content_filter": "filtered",
        None: "cut",
    }
    return endings.get(finish_reason, "unknown")


def gaps(times: list[float]) -> list[float]:
    """Return the seconds between deltas, from the times they arrived.

    Fewer than two times give [].

    Example: gaps([0.5, 0.75, 1.5]) is [0.25, 0.75].
    """
    return [times[i] - times[i - 1] for i in range(1, len(times))]


def collect_safely(stream: Iterable[ChatCompletionChunk]) -> tuple[str, bool]:
    """Return (text, complete), whatever openai raises while we read.

    `complete` is True only if a finish reason came and nothing broke.
    Example: the chunks "Hel", "lo", then an openai.APIError, give
    ("Hello", False).
    """
    text, finish_reason = "", None
    try:
        for chunk in stream:
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish_reason = choice.finish_reason or finish_reason
    except openai.APIError:
        return text, False
    return text, finish_reason is not None


def _text(expected: str) -> Judge:
    return returns_part(0, 3, "text", expected)


def _reason(expected: str | None) -> Judge:
    return returns_part(1, 3, "finish reason", expected)


def _usage(expected: CompletionUsage | None) -> Judge:
    return returns_part(2, 3, "usage", expected)


_HELLO = reply("Hel", "lo")
_USAGE = usage_of(7, 3)

_COLLECT = Exercise(
    key="02.collect",
    title="Show and keep",
    solution=collect,
    rules=(
        rule(
            "Return a tuple of three; the first is the whole text.",
            given(_text("Hello"), *_HELLO),
            given(_text(""), *reply()),
        ),
        rule(
            "Some chunks have empty `choices`. There is no text in them.",
            given(_text("Hello"), *_HELLO, usage_chunk()),
            given(_text("Hello"), azure_chunk(), *_HELLO),
        ),
        rule(
            "Keep the last finish reason that is not None. A later None does not erase it.",
            given(_reason("stop"), *_HELLO),
            given(_reason("length"), *reply("Hel", finish="length")),
            given(_reason("stop"), *_HELLO, text_chunk("")),
            given(_reason(None), *cut("Hel")),
        ),
        rule(
            "Keep the usage. It comes in a chunk with empty `choices`; others may follow it.",
            given(_usage(_USAGE), *_HELLO, usage_chunk(_USAGE)),
            given(_usage(_USAGE), *_HELLO, usage_chunk(_USAGE), empty_chunk()),
            given(_usage(None), *_HELLO),
        ),
        rule(
            "Print each text when it comes, with nothing between: an error may follow.",
            given(prints("Hello"), *_HELLO),
            given(prints("Hello"), *cut("Hel", "lo"), error=lost_connection()),
        ),
    ),
    hints=(
        "Three variables before the loop: the text, the finish reason, the usage. "
        "Each chunk may change any of them.",
        "`new or old` keeps the old value when the new one is None. `chunk.usage` stands beside "
        "`chunk.choices`: read it outside the loop over `chunk.choices`.",
        'For each choice: print the text with `end=""`, add it to the text, and keep '
        "`choice.finish_reason` unless it is None. Return all three after the loop.",
    ),
)

_VERDICT = Exercise(
    key="02.verdict",
    title="How did it end?",
    solution=verdict,
    rules=(
        rule(
            "Four finish reasons, four words; the docstring lists them.",
            values(returns("complete"), "stop"),
            values(returns("too long"), "length"),
            values(returns("tools"), "tool_calls"),
            values(returns("filtered"), "content_filter"),
        ),
        rule(
            "No finish reason means that the stream was cut, even if no error was raised.",
            values(returns("cut"), None),
        ),
        rule(
            "A server may send a reason that we have never seen. That is no error of ours.",
            values(returns("unknown"), "function_call"),
            values(returns("unknown"), "pause_turn"),
            values(returns("unknown"), ""),
        ),
    ),
    hints=(
        "A dictionary from the finish reason to the word is shorter than five times `if`.",
        "None may be a key of a dictionary.",
        "`d[key]` raises KeyError for what it does not know. `d.get(key, default)` does not.",
    ),
)

_GAPS = Exercise(
    key="02.gaps",
    title="The gaps",
    solution=gaps,
    rules=(
        rule(
            "Each gap is a time minus the time just before it, in a list.",
            values(returns_near(0.25, 0.75), [0.5, 0.75, 1.5]),
            values(returns_near(0.1, 0.3, 0.1), [10.0, 10.1, 10.4, 10.5]),
            values(returns_near(0.0), [1.0, 1.0]),
        ),
        rule(
            "There is one gap less than there are times. Without times there is none.",
            values(returns_near(), [0.5]),
            values(returns_near(), []),
        ),
    ),
    hints=(
        "Write down the gaps of three times by hand. Which pairs did you subtract?",
        "The gap before `times[i]` needs `times[i - 1]`. So the first `i` is 1, not 0.",
        "`range(1, len(times))` gives every `i` that has a time before it, and none if there "
        "are fewer than two. One subtraction for each, in a list.",
    ),
)

_COLLECT_SAFELY = Exercise(
    key="02.collect_safely",
    title="Keep what came",
    solution=collect_safely,
    rules=(
        rule(
            "A stream with a finish reason is complete: the text, and True.",
            given(returns(("Hello", True)), *_HELLO),
            given(returns(("Hello", True)), *_HELLO, usage_chunk()),
            given(returns(("Hi", True)), text_chunk("Hi"), finish_chunk(), text_chunk("")),
        ),
        rule(
            "An error event raises `openai.APIError`. Keep the text before it, and say False.",
            given(returns(("Hello", False)), *cut("Hel", "lo"), error=error_event()),
            given(returns(("", False)), error=error_event()),
        ),
        rule(
            "A lost connection raises `openai.APIConnectionError`. Keep the text, say False.",
            given(returns(("Hello", False)), *cut("Hel", "lo"), error=lost_connection()),
        ),
        rule(
            "A stream can be cut without any error. No finish reason means False.",
            given(returns(("Hel", False)), *cut("Hel")),
        ),
        rule(
            "Catch only what openai raises. Any other error is a bug, and we want to see it.",
            given(raises(ZeroDivisionError), *cut("Hel"), error=ZeroDivisionError("a bug")),
        ),
    ),
    hints=(
        "The text must be known when the error comes: its variable begins before the `try`.",
        "APIConnectionError is a kind of `openai.APIError`: one `except` is enough for both.",
        "Put the loop of `collect` into `try`. After the `except`, the text so far and False go "
        "back; after a clean end, the text and whether a finish reason came.",
    ),
)

EXERCISES = (_COLLECT, _VERDICT, _COLLECT_SAFELY, _GAPS)
