"""Events that are hard to carry, and the wire that other parsers read them from."""

import json
from pathlib import Path

from labkit.sse import ServerSentEvent, comment, encode

HERE = Path(__file__).parent

TEXTS = {
    "empty": "",
    "a space": " ",
    "leading spaces": "   three spaces",
    "trailing spaces": "two at the end  ",
    "tabs": "\ta\tb\t",
    "lines": "one\ntwo\nthree",
    "empty lines": "one\n\n\nfour",
    "newlines around": "\n\nmiddle\n\n",
    "a newline alone": "\n",
    "emoji": "🏕️ ⛺ 👩🏽‍🚀 🇩🇰",
    "astral": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U0010ffff",
    "accents": "café e\u0301 naïve 20 °C – ‘so’",
    "looks like data": "data: not a field\ndata:\n data: neither",
    "looks like an event": "event: done\nid: 9\nretry: 1",
    "looks like a comment": ": no comment\n:",
    "looks like the end": "[DONE]",
    "other line separators": "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg",
    "a BOM inside": "\ufeffat the front and \ufeffinside",
    "NUL and controls": "nul \x00 bell \x07 escape \x1b[0m",
    "noncharacters": "\ufffe \uffff \ufffd",
    "markup": "<script>alert(1)</script> &amp; \\n %0A",
    "a long line": "0123456789" * 10_000,
    "many lines": "line\n" * 2_000,
}
TEXTS["JSON"] = json.dumps(TEXTS, ensure_ascii=False)
TEXTS["indented JSON"] = json.dumps({"texts": list(TEXTS.values())[:20]}, indent=2)

EVENTS = [
    *map(ServerSentEvent, TEXTS.values()),
    ServerSentEvent("named", "token"),
    ServerSentEvent("a name with signs", "tool: started, ✓"),
    ServerSentEvent("a name with spaces", "  padded  "),
    ServerSentEvent("an error of ours", "error"),
    ServerSentEvent("", "done"),
    ServerSentEvent("with an id", id="7"),
    ServerSentEvent("keeps that id"),
    ServerSentEvent("an id with signs", id=" ☂: 8 "),
    ServerSentEvent("waits", retry_ms=1_000),
    ServerSentEvent("everything:\n everything", "token", "9-é", 60_000),
    ServerSentEvent("forgets the id", id=""),
    ServerSentEvent("last"),
]
NAMES = sorted({event.event for event in EVENTS})

WIRE = comment("a stream of labkit") + comment().join(map(encode, EVENTS)) + comment("two\nlines")
CUT_OFF = b"event: token\ndata: an event that its empty line never ended\n"


def pieces(size: int, wire: bytes = WIRE) -> list[bytes]:
    """Cut `wire` every `size` bytes: through characters, names and line ends."""
    return [wire[start : start + size] for start in range(0, len(wire), size)]


def seen(events: list[ServerSentEvent]) -> list[list[str]]:
    """Return what a browser shows of each event: its type, its data, its lastEventId."""
    rows, last = [], ""
    for event in events:
        last = last if event.id is None else event.id
        rows.append([event.event, event.data, last])
    return rows
