"""How a reader uses the page of the streaming service."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from labkit.service.events import Event, frame

WAYS = pytest.mark.parametrize("way", ["fetch", "EventSource"])
ASKED = "Which of your tents under $200 is the cheapest?"
DONE = re.compile(
    r"^Done \(stop\): TTFT (\d+\.\d\d) s, all after (\d+\.\d\d) s"
    r"(, \d+ tokens \(\d+ prompt, \d+ completion\))?\.$"
)
CUT = "The answer was cut: this is not all of it."


def opened(page: Page, url: str, way: str = "fetch") -> None:
    page.goto(url)
    page.get_by_role("radio", name=way).check()


def ask(page: Page, question: str | None = None) -> None:
    if question is not None:
        page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask").click()


def ended(page: Page, status: str | re.Pattern[str]) -> None:
    """Wait for this last word; then there is nothing to stop."""
    expect(page.get_by_role("status")).to_have_text(status)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def answer(page: Page) -> str:
    return page.locator(".answer").text_content() or ""


def log(page: Page) -> list[str]:
    return page.locator(".log div").all_text_contents()


def says(page: Page, *events: Event) -> None:
    """Answer each question with `events`, in place of the service."""
    frames = b"".join(frame(event, "a", number) for number, event in enumerate(events, 1))

    def fulfil(route: Route) -> None:
        route.fulfill(body=frames, content_type="text/event-stream")

    page.route(re.compile(r"/v1/chat$|/stream\?"), fulfil)
