"""What the tests of `watch` share: the widgets that it draws."""

import signal
import threading
from collections.abc import Iterator

import pytest

from labkit import background
from labkit.offline import local
from labkit.offline.faults import NONE
from labkit.widgets import screen
from labkit.widgets import watch as module
from labkit.widgets.token_stream import TokenStream
from tests.widgets.panels import panel_of


@pytest.fixture
def widgets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TokenStream]]:
    """Draw as in a notebook, note the widgets; leave no thread and no handler behind."""
    drawn: list[TokenStream] = []

    def open_screen(widget: TokenStream) -> screen.Screen:
        drawn.append(widget)
        return screen.NotebookScreen(widget)

    monkeypatch.setattr(module, "open_screen", open_screen)
    before = set(threading.enumerate()), signal.getsignal(signal.SIGINT)
    yield drawn
    assert set(threading.enumerate()) <= before[0]
    assert signal.getsignal(signal.SIGINT) == before[1]


@pytest.fixture
def nothing_stays_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask at pace 0; leave no thread, fault or pace behind."""
    monkeypatch.setenv("LABKIT_PACE", "0")
    local.start()
    # The tests of others, in the same process, may have let apps fail.
    failed_before, background._failures[:] = list(background._failures), []
    before = set(threading.enumerate())
    yield
    panel_of()  # it resets what the test's panel has set
    assert (local.model().fault, local.model().pace) == (NONE, None)
    assert set(threading.enumerate()) <= before
    assert background._failures == []
    background._failures[:] = failed_before
