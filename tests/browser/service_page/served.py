"""The real service before an offline model, and a relay between it and the browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.browser.service_page.relay import Relay
from tests.service.running import Running, running

RETRY_MS = 20  # after which an EventSource comes back


@dataclass
class Served:
    """A service that runs, and the relay through which the page reaches it."""

    service: Running
    relay: Relay

    @property
    def url(self) -> str:
        """The page's address."""
        return self.relay.url

    def questions(self) -> list[str]:
        """Return what the model was asked, without its further turns after a tool."""
        last = [body["messages"][-1] for body in self.service.heard.bodies]
        return [message["content"] for message in last if message["role"] == "user"]

    def cancelled(self) -> int:
        """Return how many of the model's streams were broken off."""
        return self.service.streams()["cancelled"]

    def reset(self) -> None:
        """Undo what a test has set."""
        self.service.meets("")
        self.service.heard.bodies.clear()
        self.relay.passes, self.relay.refuses = None, False
        self.relay.cut()


@contextmanager
def served(behind: ASGIApp | None = None, **settings: Any) -> Iterator[Served]:
    """Yield a service with these settings; answers wait for their readers longer than any test.

    Its model is an offline one, or the app `behind`.
    """
    given = {"resume_window": 600, **settings}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labkit.service.events.RETRY_MS", RETRY_MS)
        with running(behind, **given) as service, Relay(service.url) as relay:
            yield Served(service, relay)
