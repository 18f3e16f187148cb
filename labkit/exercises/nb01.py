"""The exercises of notebook 01: read the bytes, loop over the chunks, leave early and close."""

import json
from collections.abc import Iterable
from typing import Any

from openai import Stream
from openai.types.chat import ChatCompletionChunk

from labkit.exercises.cases import stream as given
from labkit.exercises.cases import values
from labkit.exercises.exercise import Exercise, rule
from labkit.exercises.judges import closes, returns, takes
from labkit.exercises.streams import (
    azure_chunk,
    empty_chunk,
    finish_chunk,
    reply,
    role_chunk,
    text_chunk,
    usage_chunk,
)


def data_lines(raw: bytes) -> list[dict[str, Any]]:
    """Return the parsed JSON of each chunk in `raw`, without `[DONE]`.

    `raw` is bytes. Only lines that start with `data:` count; a space may
    follow the colon or not.

    Example: the lines `data: {"n": 1}` and `data: [DONE]` give [{"n": 1}].
    """
    lines = [line for line in raw.splitlines() if line.startswith(b"data:")]
    payloads = [line.removeprefix(b"data:").strip() for line in lines]
    return [json.loads(payload) for payload in payloads if payload != b"[DONE]"]


def first_text(chunks: Iterable[ChatCompletionChunk]) -> str | None:
    """Return the first text that is not empty, or None if there is none.

    Example: the chunks "" (with the role), "Hel", "lo" give "Hel".
    """
    for chunk in chunks:
        for choice in chunk.choices:
            if choice.delta.content:
                return choice.delta.content
    return None


def text_of(chunks: Iterable[ChatCompletionChunk]) -> str:
    """Return the whole text of a stream.

    Example: the chunks "Hel", "lo" and a usage chunk give "Hello".
    """
    text = ""
    for chunk in chunks:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
    return text


def text_until(stream: Stream[ChatCompletionChunk], stop_word: str) -> str:
    """Return the text up to the chunk that completes `stop_word`.

    Leave the stream then, and close it. If the word never comes,
    return all the text.
    Example: "Pack ", "light", "ly." and the stop word "light"
    give "Pack light".
    """
    text = ""
    with stream:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
            if stop_word in text:
                break
    return text


_HELLO = reply("Hel", "lo")
_PACK = reply("Pack ", "light", "ly. ", "Check the weather.")

_DATA_LINES = Exercise(
    key="01.data_lines",
    title="From the bytes to the JSON",
    solution=data_lines,
    rules=(
        rule(
            "Parse the JSON after each `data:`, in order.",
            values(returns([{"n": 1}, {"n": 2}]), b'data: {"n": 1}\n\ndata: {"n": 2}\n\n'),
            values(returns([{"n": 1}]), b'data:{"n": 1}\n\n'),
            values(returns([]), b""),
        ),
        rule(
            "`[DONE]` marks the end and is not JSON. Leave it out.",
            values(returns([{"n": 1}]), b'data: {"n": 1}\n\ndata: [DONE]\n\n'),
            values(returns([{"t": "[DONE]"}]), b'data: {"t": "[DONE]"}\n\ndata: [DONE]\n\n'),
        ),
        rule(
            "Only a line that starts with `data:` carries data. Skip comments and other fields.",
            values(returns([{"n": 1}]), b': keep-alive\n\ndata: {"n": 1}\n\n'),
            values(returns([{"n": 1}]), b'event: ping\ndata: {"n": 1}\n\n'),
            values(returns([{"t": "data: 1"}]), b'data: {"t": "data: 1"}\n\n'),
        ),
        rule(
            "Only CR and LF end a line on the wire. Text may hold other separators, as U+2028.",
            values(returns([{"n": 1}]), b'data: {"n": 1}\r\n\r\n'),
            values(returns([{"t": "a\u2028b"}]), 'data: {"t": "a\u2028b"}\n\n'.encode()),
        ),
    ),
    hints=(
        "Look at the bytes of the cell above: which lines do we want, and how do they begin?",
        "`raw.splitlines()` gives the lines. Bytes have `startswith` and `removeprefix`, as text.",
        "Keep the lines that start with `b'data:'`; remove that and the spaces around; drop the "
        "payload `b'[DONE]'`; give the others to `json.loads`, which takes bytes.",
    ),
)

_FIRST_TEXT = Exercise(
    key="01.first_text",
    title="The first text",
    solution=first_text,
    rules=(
        rule(
            "Return the first text that is not empty. The chunk with the role comes before it.",
            given(returns("Hel"), *_HELLO),
            given(returns("Hi"), role_chunk(None), text_chunk("Hi")),
        ),
        rule(
            "Skip a chunk whose `choices` is empty.",
            given(returns("Hel"), azure_chunk(), *_HELLO),
        ),
        rule(
            "Without any text the answer is None.",
            given(returns(None), role_chunk(), finish_chunk()),
            given(returns(None)),
        ),
        rule(
            "Return as soon as the text is there. Reading on is waiting.",
            given(takes(2), *_HELLO),
        ),
    ),
    hints=(
        "An empty string and None are both false: one `if` covers both.",
        "`chunk.choices` is a list, and it may be empty. A loop over it does nothing then.",
        "Two loops and an `if`: over the chunks, over `chunk.choices`, and on "
        "`choice.delta.content`. A `return` inside a loop ends it.",
    ),
)

_TEXT_OF = Exercise(
    key="01.text_of",
    title="The whole text",
    solution=text_of,
    rules=(
        rule(
            "Join the texts of all chunks in order, with nothing between.",
            given(returns("Hello"), text_chunk("Hel"), text_chunk("lo")),
            given(returns("a b\n"), *map(text_chunk, ("a", " ", "b", "\n"))),
        ),
        rule(
            "A `content` of None adds nothing.",
            given(returns("Hello"), *_HELLO),
            given(returns("Hello"), *reply("Hel", None, "lo")),
        ),
        rule(
            "Skip a chunk whose `choices` is empty.",
            given(returns("Hello"), *_HELLO, usage_chunk()),
            given(returns("Hello"), azure_chunk(), *_HELLO),
            given(returns("Hello"), text_chunk("Hel"), empty_chunk(), text_chunk("lo")),
        ),
        rule(
            "Without any text the answer is the empty string.",
            given(returns(""), *reply()),
            given(returns("")),
        ),
    ),
    hints=(
        "Start with an empty text, and add to it in the loop.",
        "Two things may be missing: `choices` may be an empty list, and `content` may be None.",
        'Test `chunk.choices` before you use its first element. `content or ""` is always a text.',
    ),
)

_TEXT_UNTIL = Exercise(
    key="01.text_until",
    title="Leave early, and close",
    solution=text_until,
    rules=(
        rule(
            "Return the text up to the chunk with the stop word, that chunk included.",
            given(returns("Pack light"), *_PACK, more=("light",)),
            given(returns("Pack light"), azure_chunk(), *_PACK, more=("light",)),
        ),
        rule(
            "A word may arrive in two chunks: look for it in all the text so far.",
            given(returns("Pack lightly. "), *_PACK, more=("lightly",)),
        ),
        rule(
            "If the word never comes, return all the text.",
            given(returns("Hello"), *_HELLO, usage_chunk(), more=("tent",)),
        ),
        rule(
            "Leave as soon as the word is there. Reading on is paid for.",
            given(takes(3), *_PACK, more=("light",)),
        ),
        rule(
            "Close the stream. Leaving the loop does not: the connection stays open.",
            given(closes(), *_PACK, more=("light",)),
        ),
    ),
    hints=(
        "`break` leaves the loop. What happens to the connection then?",
        "A stream is a context manager: `with stream:` closes it at the end, however we leave.",
        "Inside `with stream:`, loop over the chunks, add each text to all the text so far, "
        "and `break` when `stop_word` is in it. Return after the `with`.",
    ),
)

EXERCISES = (_DATA_LINES, _FIRST_TEXT, _TEXT_OF, _TEXT_UNTIL)
