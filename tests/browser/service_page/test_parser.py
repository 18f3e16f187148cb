"""The page's own reader of SSE events."""

import base64
import json

import pytest
from playwright.sync_api import Page

from labkit.sse import ServerSentEvent
from tests.browser.service_page.served import Served
from tests.sse.hard import CUT_OFF, EVENTS, WIRE, seen

pytestmark = pytest.mark.browser

SIZES = [1, 2, 3, 5, 7, 100, 1009, 2**20]
# As text in both directions: Playwright would carry a list of bytes number by number.
DECODE = """async ([text, sizes]) => {
    const { Decoder } = await import("./page/sse.js");
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    return sizes.map((size) => {
        const decoder = new Decoder(), rows = [];
        for (let at = 0; at < bytes.length; at += size) {
            const events = decoder.feed(bytes.subarray(at, at + size));
            for (const { name, data, id } of events) rows.push([name, data, id]);
        }
        return JSON.stringify(rows);
    });
}"""
LINES = """\ufeff: a comment|data: ☂|data|data:  two|:|other: x|data:x:y||event: none|id: 7||
    |id: a\0b|data||event: |data: last|event: e||data: cut""".replace("\n    ", "")


def decoded(page: Page, wire: bytes) -> dict[int, list[list[str]]]:
    """Return the events of `wire` for each size of the pieces that it comes in."""
    found = page.evaluate(DECODE, [base64.b64encode(wire).decode(), SIZES])
    return {size: json.loads(rows) for size, rows in zip(SIZES, found, strict=True)}


def test_the_parser_reads_bytes_that_are_cut_anywhere(page: Page, place: Served) -> None:
    page.goto(place.url)
    assert decoded(page, WIRE + CUT_OFF) == dict.fromkeys(SIZES, seen(EVENTS))


def test_the_parser_keeps_to_the_standard(page: Page, place: Served) -> None:
    page.goto(place.url)
    events = [
        ServerSentEvent("☂\n\n two\nx:y"),
        ServerSentEvent("", id="7"),
        ServerSentEvent("last", "e"),
    ]
    for end in (b"\n", b"\r", b"\r\n"):
        wire = end.join(LINES.encode().split(b"|"))
        assert decoded(page, wire) == dict.fromkeys(SIZES, seen(events)), end
