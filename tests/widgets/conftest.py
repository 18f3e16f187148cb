"""What the tests of `watch` share: the widgets that it draws."""

import signal
import threading
from collections.abc import Iterator

import pytest

from labkit.widgets import screen
from labkit.widgets import watch as module
from labkit.widgets.token_stream import TokenStream


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
