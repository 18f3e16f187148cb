"""The exercises of notebook 04: write the wire, read it, serve a stream, stop when nobody reads."""

# Learners see the solutions as they stand here, so the variables in them are not annotated.
# mypy: disable-error-code="var-annotated"

from collections.abc import Iterable, Iterator

from labkit.exercises.cases import values
from labkit.exercises.endpoint_judges import reads_as, yields
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.live_endpoint import SERVE_UNTIL_GONE, STREAM_EVENTS
from labkit.exercises.outcome import shown


def encode(data: str, event: str = "message") -> str:
    r"""Return one SSE event as text, as it goes over the wire.

    First `event: …`, unless it is "message"; then `data: …` for each
    line of `data`, the empty ones too; then an empty line.
    Example: encode("a\nb", "token") gives
    "event: token\ndata: a\ndata: b\n\n".
    """
    data = data.replace("\r\n", "\n").replace("\r", "\n")
    lines = [f"data: {line}\n" for line in data.split("\n")]
    if event != "message":
        lines.insert(0, f"event: {event}\n")
    return "".join(lines) + "\n"


def parse(pieces: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    r"""Yield (event, data) for each SSE event, as soon as it is complete.

    `pieces` are bytes, cut anywhere. A line ends with "\n" or "\r\n".
    An empty line ends the event; no `data` line means no event. Only
    the fields `event` ("message" without one) and `data` count.
    Example: b"event: token\nda" and b"ta: a\ndata: b\n\n" give
    ("token", "a\nb").
    """
    rest, event, data = b"", "message", []
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            text = line.decode().removesuffix("\r")
            field, _, value = text.partition(":")
            if field == "data":
                data.append(value.removeprefix(" "))
            elif field == "event":
                event = value.removeprefix(" ") or "message"
            elif not text:
                if data:
                    yield event, "\n".join(data)
                event, data = "message", []


def _event(data: str, event: str = "message") -> Case:
    """Return the case of one event: a reader has to get what was encoded."""
    arguments = (data,) if event == "message" else (data, event)
    read = data.replace("\r\n", "\n").replace("\r", "\n")  # all that the format can carry
    return values(reads_as((event, read)), *arguments)


def _wire(judge: Judge, *pieces: bytes) -> Case:
    given = f"the pieces {', '.join(map(shown, pieces))}"
    return Case(given, lambda: (iter(pieces),), judge)


_ENCODE = Exercise(
    key="04.encode",
    title="Write the wire",
    solution=encode,
    rules=(
        rule(
            "An event is a line `data: …` and an empty line. Without that it never ends.",
            _event("Hi"),
            _event('{"text": "Hi"}'),
        ),
        rule(
            "A name other than `message` stands in a line `event: …`, before the empty line.",
            _event("Hi", "token"),
        ),
        rule(
            "Every line of the data gets its own `data:`, also an empty one.",
            _event("a\nb"),
            _event("a\n\n- b"),
            _event("a\n", "token"),
        ),
        rule(
            "Readers drop one space after the colon. Write one, so that no space of ours is lost.",
            _event(" boots"),
            _event("two\n  spaces "),
        ),
        rule("An empty text is an event too: a `data:` line with nothing in it.", _event("")),
        rule(
            "For a reader a line ends with LF, CR or CRLF, and with nothing else, as U+2028.",
            _event("a\r\nb"),
            _event("a\rb"),
            _event("a\u2028b"),
        ),
    ),
    hints=(
        "Count the lines of the example: how many does a text with one newline make? And which "
        "line tells the reader that the event is complete?",
        '`"".split("\\n")` gives one empty line, and `"a\\n".split("\\n")` two lines: just what we '
        "need. `splitlines()` gives fewer, and it knows ends of lines that the wire does not.",
        "First make every CRLF, then every CR, a newline. Then split; put `data: ` before each "
        "line and a newline after it. The `event: ` line goes before them, an empty one after.",
    ),
)

_PARSE = Exercise(
    key="04.parse",
    title="Read the wire",
    solution=parse,
    rules=(
        rule(
            "Yield the name and the data of each event, as a tuple.",
            _wire(yields(("message", "a"), ("message", "b")), b"data: a\n\ndata: b\n\n"),
            _wire(yields(("token", "a")), b"event: token\ndata: a\n\n"),
        ),
        rule(
            "Several `data` lines are one text, joined by newlines.",
            _wire(yields(("message", "a\n\n- b")), b"data: a\ndata:\ndata: - b\n\n"),
        ),
        rule(
            "A piece may end anywhere: keep what follows the last newline for the next piece.",
            _wire(yields(("token", "Hi")), b"event: to", b"ken\nda", b"ta: H", b"i\n", b"\n"),
            _wire(yields(("message", "a"), ("message", "b")), b"data: a\n\ndata:", b" b\n\n"),
        ),
        rule(
            "A character may be cut in two as well: decode whole lines, not pieces.",
            _wire(yields(("message", "⛺")), b"data: \xe2", b"\x9b\xba\n\n"),
        ),
        rule(
            "One space after the colon is dropped. Every other one belongs to the data.",
            _wire(yields(("message", "  a ")), b"data:   a \n\n"),
            _wire(yields(("message", "a: b")), b"data:a: b\n\n"),
        ),
        rule(
            "Skip comments, which begin with a colon, and fields that you do not know.",
            _wire(yields(("message", "a")), b": keep-alive\n\ndata: a\n\n"),
            _wire(yields(("message", "a")), b"id: 7\ndata: a\ndatum: b\n:data: c\n\n"),
        ),
        rule(
            "A name counts for one event only; the next one is a `message` again.",
            _wire(
                yields(("token", "a"), ("message", "b")), b"event: token\ndata: a\n\ndata: b\n\n"
            ),
            _wire(yields(("message", "a")), b"event: ping\n\ndata: a\n\n"),
        ),
        rule(
            "No `data` line, no event. An empty one is enough.",
            _wire(yields(), b"event: ping\n\n", b"\n"),
            _wire(yields(("message", "")), b"data:\n\n"),
            _wire(yields(("done", "")), b"event: done\ndata\n\n"),
        ),
        rule(
            "A line may end with CRLF. The two may come in different pieces.",
            _wire(yields(("token", "a")), b"event: token\r\ndata: a\r\n\r\n"),
            _wire(yields(("message", "a\nb")), b"data: a\r", b"\ndata: b\r\n\r", b"\n"),
        ),
        rule(
            "An event without its empty line was cut. Drop it.",
            _wire(yields(("message", "a")), b"data: a\n\ndata: b\n"),
            _wire(yields(), b"data: a"),
        ),
    ),
    hints=(
        "Three things to keep while the pieces come: the bytes after the last newline, the name "
        "of the event, and the list of its data lines.",
        '`*lines, rest = (rest + piece).split(b"\\n")` gives the whole lines, and what is left '
        'over. `line.decode().partition(":")` gives the field, the colon and the value.',
        "For each line, without a CR at its end: `data` appends the value to the list, `event` "
        "keeps it as the name. At an empty line, yield if the list has anything in it, and in any "
        "case begin again with the name and the list. After the last piece, do nothing.",
    ),
)


EXERCISES = (_ENCODE, _PARSE, STREAM_EVENTS, SERVE_UNTIL_GONE)
