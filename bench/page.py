"""One run of one method: a fresh server, kernel and page, and what was measured in them."""

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frames import split, streamed_text
from methods import MARKER, OURS, Method, letters, sample, write
from playwright.sync_api import Page, Playwright, TimeoutError, WebSocket

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.lab import Lab, Notebook, launch

_NAME = "bench.ipynb"
_PROBE = Path(__file__).with_name("probe.js").read_text()
_READ = "() => ({ ...window.probe, text: window.probe.text() })"
_READ_LIMIT_S = 10


@dataclass
class Measured:
    """What one run gave; None where the page never got there.

    `size` in bytes and `messages` came over the kernel's websocket while the cell ran; `late_s` is
    from the last delta to its being in the page; `longest_s` is the longest main-thread task (0 if
    none was over 50 ms); `loop_s` is how long the loop took in the kernel.
    """

    text_bytes: int
    size: int
    messages: int
    kinds: dict[str, int]
    gave_up: bool
    complete: bool
    late_s: float | None
    longest_s: float | None
    loop_s: float | None

    @property
    def per_byte(self) -> float:
        """Bytes on the websocket per byte of text."""
        return self.size / self.text_bytes


def chromium_version(playwright: Playwright) -> str:
    """Return the version of the Chromium that the runs use."""
    browser = launch(playwright)
    try:
        return browser.version
    finally:
        browser.close()


@dataclass
class _Socket:
    """Listens to the kernel's websocket of a page; keeps the messages only if told to."""

    keep: bool
    size: int = 0
    messages: list[bytes] = field(default_factory=list)
    count: int = 0

    def listen(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", self._take)

    def restart(self) -> None:
        self.size = self.count = 0
        self.messages.clear()

    def _take(self, payload: str | bytes) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        self.size += len(data)
        self.count += 1
        if self.keep:
            self.messages.append(data)


def measure(
    playwright: Playwright, method: Method, deltas: int, rate: int, limit_s: float
) -> Measured:
    """Stream `deltas` with `method`, `rate` a second (0: no wait), and give up after `limit_s`."""
    text = sample(deltas)
    socket = _Socket(keep=method is OURS)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _lab(folder) as lab:
        write(lab.folder / _NAME, method, text, rate)
        with _page(playwright, lab, socket) as page:
            page.evaluate(_PROBE, [method.selector, MARKER])
            gave_up = not _waited(page, limit_s)
            seen = _read(page)
        result = lab.folder / "result.json"
        kernel = json.loads(result.read_text()) if result.exists() else {}
    return _measured(text, socket, seen, kernel, gave_up)


@contextlib.contextmanager
def _lab(folder: str) -> Iterator[Lab]:
    """Serve an empty folder of notebooks; the server takes its kernels with it when it stops."""
    notebooks = Path(folder) / "notebooks"
    notebooks.mkdir()
    lab = Lab(notebooks, Path(folder), {})
    try:
        yield lab
    finally:
        lab.stop()


@contextlib.contextmanager
def _page(playwright: Playwright, lab: Lab, socket: _Socket) -> Iterator[Page]:
    """Open the notebook in a browser of its own, with its first cell run."""
    browser = launch(playwright)
    try:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("websocket", socket.listen)
        book = Notebook(page)
        page.goto(f"{lab.url}/lab/tree/{_NAME}")
        book.ready()
        book.command("notebook:run-cell-and-select-next")
        page.wait_for_timeout(500)  # until what the first cell still sends has passed
        socket.restart()
        yield page
    finally:
        browser.close()


def _waited(page: Page, limit_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        settled = "() => window.probe.settled()"
        page.wait_for_function(settled, timeout=limit_s * 1000, polling=100)
        return True
    return False


def _read(page: Page) -> dict[str, Any]:
    """Return what the probe has seen; {} from a page that no longer answers."""
    with contextlib.suppress(TimeoutError):
        seen = page.wait_for_function(_READ, timeout=_READ_LIMIT_S * 1000).json_value()
        return dict(seen)
    return {}


def _measured(
    text: str, socket: _Socket, seen: dict[str, Any], kernel: dict[str, Any], gave_up: bool
) -> Measured:
    whole = letters(seen.get("text", "")) == letters(text)
    if socket.keep:  # our frames can be compared to the letter, spaces and all
        whole = whole and streamed_text(socket.messages) == text
    seen_ms, last_s = seen.get("seenMs"), kernel.get("last_s")
    return Measured(
        text_bytes=len(text.encode()),
        size=socket.size,
        messages=socket.count,
        kinds=split(socket.messages),
        gave_up=gave_up,
        complete=whole,
        late_s=seen_ms / 1000 - last_s if seen_ms and last_s else None,
        longest_s=seen["longestMs"] / 1000 if seen else None,
        loop_s=kernel.get("loop_s"),
    )
