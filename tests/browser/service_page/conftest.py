"""The page, below a path, and a service that does what a test has planned."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from starlette.applications import Starlette
from starlette.routing import Mount

from labkit.serving import serve
from tests.service.stand_in import StandIn

# What Chromium itself writes about a status or a connection; all else is a problem.
NETWORK = re.compile("Failed to load resource")


@pytest.fixture
def service() -> StandIn:
    return StandIn()


@pytest.fixture
def service_url(service: StandIn) -> Iterator[str]:
    """Serve it below a path, as Jupyter's proxy does."""
    below = Starlette(routes=[Mount("/user/x/proxy/8080", service.app)])
    with serve(below) as running:
        yield f"{running.url}/user/x/proxy/8080/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    problems: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NETWORK.search(message.text):
            problems.append(message.text)

    page.on("console", keep)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []
