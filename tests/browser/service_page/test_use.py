"""The page with the keyboard, a screen reader, a narrow window, and in a frame."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from labkit.serving import serve
from tests.browser.service_page.asking import DONE, ask, ended, opened
from tests.service.stand_in import StandIn, said

pytestmark = pytest.mark.browser


def test_all_of_it_works_with_the_keyboard_alone(
    page: Page, service_url: str, service: StandIn
) -> None:
    service.waits_after = 6
    page.goto(service_url)
    press(page, "Tab")
    expect(page.get_by_label("Question")).to_be_focused()
    press(page, "Tab", "Tab", "ArrowDown")
    expect(page.get_by_role("radio", name="EventSource")).to_be_checked()
    press(page, "Tab", "Enter")
    expect(page.locator(".answer")).to_have_text("We have")
    press(page, "Tab", "Enter")
    ended(page, "Stopped.")
    expect(page.get_by_role("button", name="Ask")).to_be_focused()  # Stop, now off, had the focus
    press(page, "Tab", "Enter")
    expect(page.locator(".log")).to_be_visible()
    service.waits_after = None
    page.get_by_label("Question").focus()
    press(page, "Shift+Enter", "Enter")
    ended(page, DONE)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_page_of_this_machine_may_frame_it(page: Page, service_url: str) -> None:
    async def notebook(request: Request) -> HTMLResponse:
        return HTMLResponse(f'<!doctype html><iframe src="{service_url}"></iframe>')

    with serve(Starlette(routes=[Route("/", notebook)])) as jupyter:
        page.goto(jupyter.url.replace("127.0.0.1", "localhost"))
        inside = page.frame_locator("iframe")
        inside.get_by_role("button", name="Ask").click()
        expect(inside.get_by_role("status")).to_have_text(DONE)


def test_only_the_status_line_is_read_out(page: Page, service_url: str) -> None:
    page.goto(service_url)
    live = page.locator("[aria-live], [role=status], [role=log], [role=alert]")
    assert live.count() == 1
    expect(live).to_have_text("Nothing asked yet.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_window_in_both_schemes(
    page: Page, service_url: str, service: StandIn, scheme: Any
) -> None:
    service.events = said("a-word-without-end" * 40)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 640})
    opened(page, service_url)
    ask(page)
    ended(page, DONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
