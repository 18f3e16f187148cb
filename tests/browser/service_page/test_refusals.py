"""What the page says when the service refuses a question: no token, too many, no question."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from labkit.service.tokens import hash_of
from tests.browser.service_page.asking import ASKED, DONE, WAYS, ask, ended, opened
from tests.browser.service_page.served import Served, served
from tests.service.running import PLAIN

pytestmark = pytest.mark.browser

TOKEN = "lks_a-token"
TOKENS = f"shop:{hash_of(TOKEN)}"
REFUSED = "It is refused. EventSource cannot say why: fetch can."


@pytest.fixture(scope="module")
def _guarded() -> Iterator[Served]:
    with served(api_tokens=TOKENS) as place:
        yield place


@pytest.fixture
def guarded(_guarded: Served) -> Iterator[Served]:
    """A service that asks for a token."""
    yield _guarded
    _guarded.reset()


@WAYS
def test_a_token_is_asked_for_then_typed_and_it_works(
    page: Page, guarded: Served, way: str
) -> None:
    opened(page, guarded.url, way)
    ask(page)
    ended(page, guarded.service.http.post("/v1/tickets").json()["detail"])
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    ended(page, DONE)
    assert guarded.questions() == [ASKED]
    assert TOKEN not in page.locator("main").inner_text() + page.url


def test_a_stop_sends_the_token_as_well(page: Page, guarded: Served) -> None:
    guarded.service.meets("stall_after=5")
    opened(page, guarded.url, "EventSource")
    page.get_by_label("Token").fill(TOKEN)
    ask(page, PLAIN)
    expect(page.locator(".log")).to_contain_text(".6 {")
    page.get_by_role("button", name="Stop").click()
    guarded.service.settled(cancelled=1)


def test_one_question_too_many_is_told_with_the_time_to_wait(page: Page) -> None:
    with served(rate_limit="1/hour") as place:
        opened(page, place.url)
        ask(page)
        ended(page, DONE)
        ask(page)
        ended(page, re.compile(r"^The limit of 1 per 1 hour is reached\. Try again in \d+ s\.$"))
        page.get_by_role("radio", name="EventSource").check()
        ask(page)
        ended(page, REFUSED)
        assert place.questions() == [ASKED]


def test_a_question_that_is_none_shows_a_sentence(page: Page, place: Served) -> None:
    opened(page, place.url)
    ask(page, " ")
    ended(page, re.compile(r"^The service cannot read this\. question: .* at least 1 character\.$"))
    page.get_by_role("radio", name="EventSource").check()
    ask(page, " ")
    ended(page, REFUSED)
    assert place.questions() == []
