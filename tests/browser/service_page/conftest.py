"""The page, below a path, of a service that runs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from tests.browser.service_page.served import Served, served
from tests.replay import Replay

# What Chromium itself writes about a status or a connection; all else is a problem.
NETWORK = re.compile("Failed to load resource")


@pytest.fixture(scope="package")
def _place() -> Iterator[Served]:
    with served() as place:
        yield place


@pytest.fixture
def place(_place: Served) -> Iterator[Served]:
    """The service of these tests, and its relay; afterwards nothing is left of what a test sets."""
    yield _place
    _place.reset()


@pytest.fixture(scope="package")
def replay() -> Replay:
    """A model that says what a test prepares."""
    return Replay()


@pytest.fixture(scope="package")
def replayed(replay: Replay) -> Iterator[Served]:
    """A service before that model."""
    with served(replay.app) as place:
        yield place


@pytest.fixture(scope="package")
def _tab(browser: Browser) -> Iterator[Page]:
    tab = browser.new_page()
    yield tab
    tab.close()


@pytest.fixture
def page(_tab: Page) -> Iterator[Page]:
    """The tab of these tests, empty again; what it complains about fails the test."""
    problems: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NETWORK.search(message.text):
            problems.append(message.text)

    def keep_error(error: Error) -> None:
        problems.append(str(error))

    _tab.on("console", keep)
    _tab.on("pageerror", keep_error)
    yield _tab
    _emptied(_tab)
    _tab.remove_listener("console", keep)
    _tab.remove_listener("pageerror", keep_error)
    assert problems == []


def _emptied(tab: Page) -> None:
    tab.goto("about:blank")
    tab.unroute_all()
    tab.set_viewport_size({"width": 1280, "height": 720})
    tab.emulate_media(color_scheme="null")
