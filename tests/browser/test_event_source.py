"""Chromium's own EventSource reads our wire from a real server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette

from labkit.serving import serve
from labkit.sse import Decoder, encode
from tests.sse.app import again_events, create_app
from tests.sse.hard import EVENTS, NAMES, seen

pytestmark = pytest.mark.browser

COLLECT = """async ([url, names, connections]) =>
    (await import("/collect.mjs")).collect(EventSource, url, names, connections)"""


@pytest.fixture
def app() -> Starlette:
    return create_app()


@pytest.fixture
def page(app: Starlette, browser: Browser) -> Iterator[Page]:
    with serve(app) as streams:
        page = browser.new_page(base_url=streams.url)
        page.goto("/")
        yield page
        page.close()


def read(page: Page, url: str, connections: int = 1) -> list[list[str]]:
    rows: list[list[str]] = page.evaluate(COLLECT, [url, NAMES, connections])
    return rows


@pytest.mark.parametrize("size", [1009, 65_536])
def test_it_reads_the_events_that_we_encode(page: Page, size: int) -> None:
    assert read(page, f"/hard/{size}") == seen(EVENTS)


@pytest.mark.parametrize("id", ["7", "7: a", "7-☂"])
def test_it_connects_again_with_the_last_event_id(page: Page, app: Starlette, id: str) -> None:
    assert read(page, f"/again?id={id}", connections=10) == seen(again_events(id))
    assert app.state.last_event_ids == [None, id, id, None]


def test_a_decoder_that_is_given_the_id_keeps_it_as_the_browser_does(page: Page) -> None:
    rows, decoder = [], Decoder()
    for event in again_events("7"):  # each comes over another connection
        decoder = Decoder(last_event_id=decoder.last_event_id)
        [arrived] = decoder.feed(encode(event))
        rows.append([arrived.event, arrived.data, decoder.last_event_id])
    assert read(page, "/again?id=7", connections=10) == rows
