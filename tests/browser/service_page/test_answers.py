"""An answer in Chromium, read with `fetch` and with `EventSource`: shown, stopped, asked again."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from labkit.service.events import Failed, Started, Token, ToolStarted
from tests.browser.hostile import TEXTS
from tests.browser.service_page.asking import (
    ASKED,
    DONE,
    WAYS,
    answer,
    ask,
    ended,
    log,
    opened,
    says,
)
from tests.browser.service_page.served import Served
from tests.replay import Replay, calling, spoken
from tests.service.running import PLAIN, text_of
from tests.sse.hard import TEXTS as HARD

pytestmark = pytest.mark.browser

# One that is left open would ask again, and only the service's 204 would end that.
COUNT_CLOSED = """() => {
window.closedSources = 0;
window.EventSource = class extends EventSource {
    close() { window.closedSources += 1; super.close(); }
};
}"""


@WAYS
def test_the_whole_answer_its_steps_and_its_figures_are_shown(
    page: Page, place: Served, way: str
) -> None:
    opened(page, place.url, way)
    page.evaluate(COUNT_CLOSED)
    ask(page)
    ended(page, DONE)
    assert page.evaluate("window.closedSources") == (1 if way == "EventSource" else 0)
    figures = DONE.match(page.get_by_role("status").text_content() or "")
    assert figures
    assert float(figures[1]) <= float(figures[2])
    assert figures[3]  # the tokens
    (step,) = page.locator(".steps li").all_text_contents()
    assert re.fullmatch(r'search_products\(category: "tents", max_price: 200\)✓ \d\.\d\d s', step)
    assert place.questions() == [ASKED]
    assert answer(page) == text_of(place.service.ask(ASKED))


def test_a_tool_that_fails_is_marked(page: Page, place: Served) -> None:
    opened(page, place.url)
    ask(page, "What are the details on product P999?")
    ended(page, DONE)
    expect(page.locator(".steps li.failed")).to_have_text(
        re.compile(r'^get_product_details\(product_id: "P999"\)✗ failed after \d\.\d\d s$')
    )


@WAYS
def test_while_it_answers_the_text_is_there_and_stop_cancels_the_model(
    page: Page, place: Served, way: str
) -> None:
    cancelled = place.cancelled()
    place.service.meets("stall_after=5")
    opened(page, place.url, way)
    ask(page, f"{PLAIN} a&b=c#d?e%20+f ⛺")
    expect(page.get_by_role("status")).to_have_text("Answering…")
    expect(page.locator(".log")).to_contain_text(".6 {")
    said = answer(page)
    assert said
    page.get_by_role("button", name="Stop").click()
    ended(page, "Stopped.")
    place.service.settled(cancelled=cancelled + 1)
    assert answer(page) == said
    assert place.questions() == [f"{PLAIN} a&b=c#d?e%20+f ⛺"]


@WAYS
def test_asking_again_ends_the_answer_before(page: Page, place: Served, way: str) -> None:
    cancelled = place.cancelled()
    place.service.meets("stall_after=5")
    opened(page, place.url, way)
    ask(page, PLAIN)
    expect(page.locator(".log")).to_contain_text(".6 {")
    place.service.meets("")
    ask(page, ASKED)
    ended(page, DONE)
    place.service.settled(cancelled=cancelled + 1)
    assert answer(page) == text_of(place.service.ask(ASKED))


@WAYS
def test_hostile_text_stays_text_in_the_answer_its_steps_and_the_log(
    page: Page, replay: Replay, replayed: Served, way: str
) -> None:
    text = "\n".join(TEXTS)
    call = calling(("shop-search_products", json.dumps({"category": TEXTS[17]})))
    replay.prepare(call, spoken(text))
    opened(page, replayed.url, way)
    page.get_by_text("What came").click()
    ask(page)
    ended(page, DONE)
    assert answer(page) == text
    assert json.dumps(TEXTS[17]) in (page.locator(".steps li").text_content() or "")
    nothing_runs(page)


@WAYS
def test_hostile_names_and_sentences_stay_text(page: Page, place: Served, way: str) -> None:
    """Say what the real service, with names and sentences of its own, cannot be made to say."""
    text = "\n".join(TEXTS)
    named = ToolStarted(call="c", name=TEXTS[15], arguments={TEXTS[16]: TEXTS[17]})
    failed = Failed(code="model_error", message=text)
    says(page, Started(answer="a", model="m"), Token(text="tents"), named, failed)
    opened(page, place.url, way)
    page.get_by_text("What came").click()
    ask(page)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert page.get_by_role("status").text_content() == text
    assert answer(page) == "tents\n\n"
    nothing_runs(page)


def nothing_runs(page: Page) -> None:
    assert page.locator(".answer *, .status *, li code > :not(b), .log div *").count() == 0
    assert page.evaluate("window.pwned") is None


@WAYS
def test_texts_that_are_hard_to_carry_arrive_to_the_letter(
    page: Page, replay: Replay, replayed: Served, way: str
) -> None:
    replay.prepare(spoken(*HARD.values()))
    opened(page, replayed.url, way)
    ask(page)
    ended(page, DONE)
    assert answer(page) == "".join(HARD.values())


def test_the_log_keeps_the_last_200_lines(page: Page, place: Served) -> None:
    events = place.service.ask(PLAIN)
    opened(page, place.url)
    ask(page, PLAIN)
    ended(page, DONE)
    lines = log(page)
    assert len(lines) == 200
    assert re.match(rf"done \S+\.{len(events)} {{", lines[-1])
    expect(page.locator("summary")).to_contain_text(f"(the last 200 of {len(events) + 1} lines)")
    assert answer(page) == text_of(events)
