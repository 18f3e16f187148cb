"""What the page says when an answer is cut, fails, or is refused."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labkit.serving import serve
from tests.browser.service_page.asking import (
    CUT,
    DONE,
    TEXT,
    WAYS,
    answer,
    ask,
    ended,
    opened,
    until,
)
from tests.service.stand_in import StandIn

pytestmark = pytest.mark.browser


def test_a_fetch_that_is_cut_keeps_the_text_and_says_so(
    page: Page, service_url: str, service: StandIn
) -> None:
    service.waits_after = service.breaks_after = 7
    opened(page, service_url)
    ask(page)
    # Shown first: a browser drops what the page has not read yet when the connection breaks.
    expect(page.locator(".answer")).to_have_text("We have two ⛺ tents:\n")
    page.request.post(f"{service_url}go")
    ended(page, CUT)
    expect(page.locator(".log")).to_contain_text("the connection broke: network error")
    assert answer(page) == "We have two ⛺ tents:\n"
    assert len(service.questions) == 1


def test_a_fetch_that_ends_without_a_last_event_is_cut_as_well(
    page: Page, service_url: str, service: StandIn
) -> None:
    del service.events[7:]
    opened(page, service_url)
    ask(page)
    ended(page, CUT)
    assert answer(page) == "We have two ⛺ tents:\n"


def test_a_tool_that_runs_when_the_answer_is_cut_is_marked(
    page: Page, service_url: str, service: StandIn
) -> None:
    del service.events[2:]
    opened(page, service_url)
    ask(page)
    ended(page, CUT)
    expect(page.locator(".steps li.failed")).to_contain_text("not finished")


@pytest.mark.parametrize("after", range(1, 9))
def test_an_event_source_that_is_cut_comes_back_and_shows_each_text_once(
    page: Page, service_url: str, service: StandIn, after: int
) -> None:
    service.waits_after = service.breaks_after = after
    opened(page, service_url, "EventSource")
    ask(page)
    expect(page.locator(".log div")).to_have_count(2 + after)  # the requests, and these events
    page.request.post(f"{service_url}go")
    ended(page, DONE)
    assert answer(page) == TEXT
    assert service.resumed == [f"a.1.{after}"]
    assert page.locator(".steps li").count() == 2


def test_while_an_event_source_is_away_the_page_says_so(
    page: Page, service_url: str, service: StandIn
) -> None:
    service.waits_after = service.breaks_after = 7
    opened(page, service_url, "EventSource")
    page.route("**/stream?*", _first_only())
    ask(page)
    expect(page.locator(".answer")).to_have_text("We have two ⛺ tents:\n")
    page.request.post(f"{service_url}go")
    expect(page.get_by_role("status")).to_have_text("Reconnecting…")
    assert answer(page) == "We have two ⛺ tents:\n"
    page.unroute_all()
    ended(page, DONE)
    assert answer(page) == TEXT


def _first_only() -> Any:
    asked = []

    def handle(route: Any) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.continue_()
        else:
            route.abort("connectionrefused")

    return handle


@WAYS
def test_an_error_event_shows_its_sentence_below_what_had_come(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    sentence = "The model is silent for 30 s. Please ask again."
    service.events[7:] = [("error", {"code": "idle_timeout", "message": sentence})]
    opened(page, service_url, way)
    ask(page)
    ended(page, sentence)
    assert answer(page) == "We have two ⛺ tents:\n"
    assert (len(service.questions), service.resumed) == (1, [])


@WAYS
def test_a_token_is_asked_for_then_typed_and_it_works(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    service.token = "a-token"
    opened(page, service_url, way)
    ask(page)
    ended(page, "A token is needed: send it as `Authorization: Bearer TOKEN`.")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type("a-token")
    page.keyboard.press("Enter")
    ended(page, DONE)
    assert answer(page) == TEXT
    assert "a-token" not in page.locator("main").inner_text() + page.url


def test_a_stop_sends_the_token_as_well(page: Page, service_url: str, service: StandIn) -> None:
    service.token, service.waits_after = "a-token", 6
    opened(page, service_url, "EventSource")
    page.get_by_label("Token").fill("a-token")
    ask(page)
    expect(page.locator(".answer")).to_have_text("We have")
    page.get_by_role("button", name="Stop").click()
    until(page, service_url, lambda: service.deleted == ["a.1"])


def test_leaving_the_page_ends_the_answer(page: Page, service_url: str, service: StandIn) -> None:
    service.waits_after = 6
    opened(page, service_url, "EventSource")
    ask(page)
    expect(page.locator(".answer")).to_have_text("We have")
    page.goto("about:blank")
    until(page, service_url, lambda: service.deleted == ["a.1"])


def test_a_question_that_is_refused_shows_a_sentence(page: Page, service_url: str) -> None:
    opened(page, service_url)
    ask(page, " ")
    ended(page, re.compile(r"^The service cannot read this\. question: .* at least 1 character\.$"))


def test_an_event_source_that_is_refused_says_what_to_do(page: Page, service_url: str) -> None:
    opened(page, service_url, "EventSource")
    ask(page, " ")
    ended(page, "It is refused. EventSource cannot say why: fetch can.")


@WAYS
def test_a_service_that_is_gone_is_told(page: Page, way: str) -> None:
    with serve(StandIn().app) as running:
        opened(page, running.url, way)
    ask(page)
    ended(page, re.compile(r"^The service does not answer \(.*\)\. Does it run\?$"))
