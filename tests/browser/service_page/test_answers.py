"""An answer in Chromium, read with `fetch` and with `EventSource`: shown, stopped, asked again."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hostile import TEXTS
from tests.browser.service_page.asking import DONE, TEXT, WAYS, answer, ask, ended, opened, until
from tests.service.stand_in import StandIn, said
from tests.sse.hard import TEXTS as HARD

pytestmark = pytest.mark.browser


@WAYS
def test_the_whole_answer_its_steps_and_its_figures_are_shown(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    opened(page, service_url, way)
    ask(page)
    ended(page, DONE)
    assert answer(page) == TEXT
    assert page.locator(".steps li").all_text_contents() == [
        'search_products(category: "tents", max_price: 200)✓ 0.12 s',
        "calculate_total()✗ failed after 1.00 s",
    ]
    asked = "Which tents do you have under $200, and what do two of the cheapest cost?"
    assert service.questions == [asked]  # once, and EventSource does not come back


@WAYS
def test_while_it_answers_the_text_is_there_and_stop_ends_it(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    service.waits_after = 7
    opened(page, service_url, way)
    ask(page, "a&b=c#d?e%20+f ⛺")
    expect(page.get_by_role("status")).to_have_text("Answering…")
    expect(page.locator(".answer")).to_have_text("We have two ⛺ tents:\n")
    page.get_by_role("button", name="Stop").click()
    ended(page, "Stopped.")
    until(page, service_url, service.left.is_set)
    if way == "EventSource":
        until(page, service_url, lambda: service.deleted)
    assert service.deleted == (["a.1"] if way == "EventSource" else [])
    assert answer(page) == "We have two ⛺ tents:\n"
    assert service.questions == ["a&b=c#d?e%20+f ⛺"]


@WAYS
def test_asking_again_ends_the_answer_before(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    service.waits_after = 6
    opened(page, service_url, way)
    ask(page)
    expect(page.locator(".answer")).to_have_text("We have")
    service.waits_after = None
    ask(page)
    ended(page, DONE)
    until(page, service_url, service.left.is_set)
    assert answer(page) == TEXT


@WAYS
def test_hostile_text_stays_text_wherever_it_stands(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    text = "\n".join(TEXTS)
    named = {"call": "c", "name": TEXTS[15], "arguments": {TEXTS[16]: TEXTS[17]}}
    message = {"code": "model_error", "message": text}
    service.events = [*said(text)[:-1], ("tool_started", named), ("error", message)]
    opened(page, service_url, way)
    page.get_by_text("What came over the wire").click()
    ask(page)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert page.get_by_role("status").text_content() == text
    assert answer(page) == f"{text}\n\n"
    assert page.locator(".answer *, .status *, li code > :not(b), .log div *").count() == 0
    assert page.evaluate("window.pwned") is None


@WAYS
def test_texts_that_are_hard_to_carry_arrive_to_the_letter(
    page: Page, service_url: str, service: StandIn, way: str
) -> None:
    service.events = said(*HARD.values())
    opened(page, service_url, way)
    ask(page)
    ended(page, DONE)
    assert answer(page) == "".join(HARD.values())


def test_the_log_keeps_the_last_200_lines(page: Page, service_url: str, service: StandIn) -> None:
    service.events = said(*(f"{n} " for n in range(1000)))
    opened(page, service_url)
    ask(page)
    ended(page, DONE)
    assert page.locator(".log div").count() == 200
    assert (page.locator(".log div").last.text_content() or "").startswith("done a.1.1006 {")
    expect(page.locator("summary")).to_contain_text("(the last 200 of 1007 lines)")
    assert answer(page) == "".join(f"{n} " for n in range(1000))
