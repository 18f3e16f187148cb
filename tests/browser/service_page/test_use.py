"""The page with the keyboard, a screen reader, a narrow window, and in a frame."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from labkit.serving import serve
from tests.browser.service_page.asking import DONE, ask, ended, opened
from tests.browser.service_page.relay import PATH
from tests.browser.service_page.served import Served
from tests.replay import Replay, spoken

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_all_of_it_works_with_the_keyboard_alone(page: Page, place: Served) -> None:
    cancelled = place.cancelled()
    place.service.meets("stall_after=5")
    page.goto(place.url)
    press(page, "Tab")
    expect(page.get_by_label("Question")).to_be_focused()
    press(page, "Tab", "Tab", "ArrowDown")
    expect(page.get_by_role("radio", name="EventSource")).to_be_checked()
    press(page, "Tab", "Enter")
    expect(page.locator(".log")).to_contain_text("started")
    press(page, "Tab", "Enter")
    ended(page, "Stopped.")
    place.service.settled(cancelled=cancelled + 1)
    expect(page.get_by_role("button", name="Ask")).to_be_focused()  # Stop, now off, had the focus
    press(page, "Tab", "Enter")
    expect(page.locator(".log")).to_be_visible()
    place.service.meets("")
    page.get_by_label("Question").focus()
    press(page, "Shift+Enter", "Enter")
    ended(page, DONE)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_page_of_its_own_origin_may_frame_it(page: Page, place: Served) -> None:
    lab = place.url.removesuffix(PATH) + "/user/x/lab"  # as JupyterLab before its proxy
    frame = f'<!doctype html><iframe src="{place.url}"></iframe>'
    page.route(lab, lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.goto(lab)
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name="Ask").click()
    expect(inside.get_by_role("status")).to_have_text(DONE)


def test_another_page_may_not_even_one_of_this_machine(page: Page, place: Served) -> None:
    async def other(request: Request) -> HTMLResponse:
        return HTMLResponse(f'<!doctype html><iframe src="{place.url}"></iframe>')

    with serve(Starlette(routes=[Route("/", other)])) as server:
        page.goto(server.url)
        refused = page.frame_locator("iframe").locator("body")
        expect(refused).to_contain_text("Another site made this request")


def test_only_the_status_line_is_read_out(page: Page, place: Served) -> None:
    page.goto(place.url)
    live = page.locator("[aria-live], [role=status], [role=log], [role=alert]")
    assert live.count() == 1
    expect(live).to_have_text("Nothing asked yet.")


def test_it_fits_a_narrow_window_in_both_schemes(
    page: Page, replay: Replay, replayed: Served
) -> None:
    replay.prepare(spoken("a-word-without-end" * 40))
    page.set_viewport_size({"width": 360, "height": 640})
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        opened(page, replayed.url)
        ask(page)
        ended(page, DONE)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
