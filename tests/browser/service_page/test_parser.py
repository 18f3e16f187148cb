"""The page's own reader of SSE events."""

import pytest
from playwright.sync_api import Page

from labkit.sse import ServerSentEvent
from tests.sse.hard import CUT_OFF, EVENTS, WIRE, seen

pytestmark = pytest.mark.browser


DECODE = """async ([bytes, size]) => {
    const { Decoder } = await import("./page_sse.js");
    const decoder = new Decoder(), rows = [];
    for (let at = 0; at < bytes.length; at += size) {
        const events = decoder.feed(new Uint8Array(bytes.slice(at, at + size)));
        for (const { name, data, id } of events) rows.push([name, data, id]);
    }
    return rows;
}"""


def decoded(page: Page, wire: bytes, size: int) -> list[list[str]]:
    rows: list[list[str]] = page.evaluate(DECODE, [list(wire), size])
    return rows


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1009, 2**20])
def test_the_parser_reads_bytes_that_are_cut_anywhere(
    page: Page, service_url: str, size: int
) -> None:
    page.goto(service_url)
    assert decoded(page, WIRE + CUT_OFF, size) == seen(EVENTS)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_the_parser_keeps_to_the_standard(
    page: Page, service_url: str, end: bytes, size: int
) -> None:
    lines = """\ufeff: a comment|data: ☂|data|data:  two|:|other: x|data:x:y||event: none|id: 7||
        |id: a\0b|data||event: |data: last|event: e||data: cut""".replace("\n        ", "")
    wire = end.join(lines.encode().split(b"|"))
    page.goto(service_url)
    events = [
        ServerSentEvent("☂\n\n two\nx:y"),
        ServerSentEvent("", id="7"),
        ServerSentEvent("last", "e"),
    ]
    assert decoded(page, wire, size) == seen(events)
