"""What the page says when an answer is cut or fails, and how an EventSource comes back."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from labkit.offline.faults import parse_fault
from labkit.service.events import Started, Token
from tests.browser.service_page.asking import (
    ASKED,
    CUT,
    DONE,
    WAYS,
    answer,
    ask,
    ended,
    log,
    opened,
    says,
)
from tests.browser.service_page.served import Served, served
from tests.service.command import command
from tests.service.running import PLAIN, data, text_of

pytestmark = pytest.mark.browser

PLACES = 9  # an answer begins with a tool, at events 2 and 3; then comes its text


def shown(page: Page, number: int) -> None:
    """Wait until the event of this number is shown, and no other one after it."""
    expect(page.locator(".log div").last).to_contain_text(f".{number} {{")


def test_a_fetch_that_is_cut_keeps_the_text_and_says_so(page: Page, place: Served) -> None:
    place.relay.passes = 6
    opened(page, place.url)
    ask(page)
    # Shown first: a browser drops what the page has not read yet when the connection breaks.
    shown(page, 6)
    said = answer(page)
    place.relay.cut()
    ended(page, CUT)
    expect(page.locator(".log")).to_contain_text("the connection broke: network error")
    assert answer(page) == said == "I found 2"
    assert place.questions() == [ASKED]


def test_a_fetch_whose_answer_is_stopped_elsewhere_is_told(page: Page, place: Served) -> None:
    place.service.meets("stall_after=5")
    opened(page, place.url)
    ask(page, PLAIN)
    shown(page, 6)
    answer_id = log(page)[-1].split()[1].rpartition(".")[0]
    said = answer(page)
    place.service.http.delete(f"/v1/answers/{answer_id}")  # as its reader may from elsewhere
    ended(page, "The answer was stopped.")
    assert answer(page) == said


def test_a_fetch_that_ends_without_a_last_event_is_cut_as_well(page: Page, place: Served) -> None:
    says(page, Started(answer="a", model="m"), Token(text="Hel"))  # the service always has one
    opened(page, place.url)
    ask(page, PLAIN)
    ended(page, CUT)
    assert answer(page) == "Hel"
    assert "the connection broke" not in "".join(log(page))


def test_a_tool_that_runs_when_the_answer_is_cut_is_marked(page: Page, place: Served) -> None:
    place.relay.passes = 2
    opened(page, place.url)
    ask(page)
    expect(page.get_by_role("status")).to_have_text("Running search_products…")
    place.relay.cut()
    ended(page, CUT)
    expect(page.locator(".steps li.failed")).to_contain_text("not finished")


def test_an_event_source_that_is_cut_again_and_again_shows_each_event_once(
    page: Page, place: Served
) -> None:
    place.relay.passes = 1  # of each of its connections
    opened(page, place.url, "EventSource")
    ask(page)
    for number in range(1, PLACES + 1):
        shown(page, number)
        place.relay.passes = 1 if number < PLACES else None
        place.relay.cut()
    ended(page, DONE)
    assert place.questions() == [ASKED]
    events = place.service.ask(ASKED)
    assert answer(page) == text_of(events)
    assert page.locator(".steps li").count() == 1
    numbers = [int(line.split()[1].rpartition(".")[2]) for line in log(page)[2:]]
    assert numbers == list(range(1, len(events) + 1))


def test_while_an_event_source_is_away_the_page_says_so(page: Page, place: Served) -> None:
    place.relay.passes = 6
    opened(page, place.url, "EventSource")
    ask(page)
    shown(page, 6)
    place.relay.refuses = True
    place.relay.cut()
    expect(page.get_by_role("status")).to_have_text("Reconnecting…")
    assert answer(page) == "I found 2"
    place.relay.passes, place.relay.refuses = None, False
    ended(page, DONE)
    assert answer(page) == text_of(place.service.ask(ASKED))


def test_an_event_source_whose_answer_is_gone_when_it_comes_back_is_told(page: Page) -> None:
    with served(resume_window=0) as place:
        place.relay.passes = 6
        opened(page, place.url, "EventSource")
        ask(page)
        shown(page, 6)
        place.relay.cut()
        ended(page, CUT)
        assert place.questions() == [ASKED]
    assert answer(page) == "I found 2"


@WAYS
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("error_after=5", "The model broke off. Please ask again."),
        ("truncate_after=5", CUT),
        ("status=401", "The service cannot use its model. Please tell its operator."),
    ],
)
def test_an_error_event_shows_its_sentence_below_what_had_come(
    page: Page, place: Served, way: str, fault: str, sentence: str
) -> None:
    place.service.meets(fault)
    told = place.service.ask(PLAIN)
    place.service.heard.bodies.clear()
    opened(page, place.url, way)
    ask(page, PLAIN)
    ended(page, sentence)
    assert data(told[-1])["message"] == sentence
    assert answer(page) == text_of(told)
    assert set(place.questions()) == {PLAIN}


def test_an_answer_that_a_restart_ends_says_so_both_ways(browser: Browser, page: Page) -> None:
    sentence = "The service is restarting, and the answer ends here. Please ask again."
    other = browser.new_page()
    with command(SERVICE_DRAIN_TIMEOUT="0.1") as service:
        service.model.fault = parse_fault("stall_after=5")
        for tab, way in ((page, "fetch"), (other, "EventSource")):
            opened(tab, service.url, way)
            ask(tab, PLAIN)
            shown(tab, 6)
        service.process.terminate()  # SIGTERM, as a cluster sends it
        for tab in (page, other):
            ended(tab, sentence)
        service.end()
    other.close()


@WAYS
def test_a_service_that_is_gone_is_told(page: Page, place: Served, way: str) -> None:
    opened(page, place.url, way)
    place.relay.refuses = True
    ask(page)
    ended(page, re.compile(r"^The service does not answer \(.*\)\. Does it run\?$"))


def test_leaving_the_page_cancels_the_model(page: Page, place: Served) -> None:
    cancelled = place.cancelled()
    place.service.meets("stall_after=5")
    opened(page, place.url, "EventSource")
    ask(page, PLAIN)
    shown(page, 6)
    page.goto("about:blank")
    place.service.settled(cancelled=cancelled + 1)
