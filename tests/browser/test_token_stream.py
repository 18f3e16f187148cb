"""The live widget in real JupyterLab: it streams, it stops, it shows hostile text and runs none."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opened
from tests.browser.hostile import TEXTS

pytestmark = pytest.mark.browser

SET_UP = """
import asyncio, itertools, labkit, threading, time
def words(count=None, gap_s=0.02):
    for i in itertools.islice(itertools.count(), count):
        yield f"word{i} "
        time.sleep(gap_s)
async def awords(count=None, gap_s=0.02):
    for i in itertools.islice(itertools.count(), count):
        yield f"word{i} "
        await asyncio.sleep(gap_s)
class Stream:
    # Like the SDK's: an iterator that can be closed.
    closed = False
    def __init__(self, chunks): self.chunks = chunks
    def __iter__(self): return iter(self.chunks)
    def __aiter__(self): return aiter(self.chunks)
    def close(self): self.closed = True
class AStream(Stream):
    async def close(self): self.closed = True
"""
WIDGET = ".labkit-stream"


def visible(page: Page) -> str:
    return page.locator(".labkit-text").last.inner_text()


def wait_text(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => [...document.querySelectorAll('.labkit-text')].at(-1)?.textContent.includes(text)",
        arg=text,
    )


@pytest.mark.parametrize(
    "loop",
    ["for _ in labkit.watch(words()): pass", "async for _ in labkit.watch(awords()): pass"],
    ids=["for", "await"],
)
def test_text_is_visible_while_it_streams(open_cells: Opened, loop: str) -> None:
    book = open_cells(SET_UP, loop)
    book.start_all()
    wait_text(book.page, "word5 ")
    assert not book.page.evaluate("() => window.finished")
    book.page.locator(".labkit-stop").click()
    book.finished()
    assert not book.errors()


STOPS = {
    "waiting": "stream = Stream(words(gap_s=60))\nfor _ in labkit.watch(stream): pass",
    "in the loop's body": (
        "stream, done = Stream(words()), []\nfor word in labkit.watch(stream):\n"
        "    time.sleep(0.2); done.append(word)"
    ),
    "awaiting": "stream = AStream(awords(gap_s=60))\nasync for _ in labkit.watch(stream): pass",
    "in an awaiting body": (
        "stream, done = AStream(awords()), []\nasync for word in labkit.watch(stream):\n"
        "    await asyncio.sleep(0.2); done.append(word)"
    ),
}


@pytest.mark.parametrize("where", STOPS)
def test_stop_ends_the_loop_and_closes_the_stream(open_cells: Opened, where: str) -> None:
    check = "print('after the loop', stream.closed, signal.getsignal(signal.SIGINT))"
    book = open_cells(SET_UP, STOPS[where] + "\nimport signal\n" + check)
    book.start_all()
    wait_text(book.page, "word0 ")
    book.page.locator(".labkit-stop").click()
    book.finished(10)
    assert book.errors() == []
    printed = book.page.locator(".jp-OutputArea").last.inner_text()
    assert "after the loop True" in printed
    assert "Interrupts" not in printed  # the handler of before is back
    assert book.page.locator(WIDGET).get_attribute("data-state") == "stopped"


def test_a_second_interrupt_is_the_ordinary_one(open_cells: Opened) -> None:
    loop = "for word in labkit.watch(words()):\n    try: time.sleep(60)\n    finally: print('left')"
    book = open_cells(SET_UP, loop)
    book.start_all()
    wait_text(book.page, "word0 ")
    book.page.locator(".labkit-stop").click()
    book.page.wait_for_selector("button:has-text('Stopping')")
    book.command("notebook:interrupt-kernel")
    book.finished(10)
    assert any("KeyboardInterrupt" in error for error in book.errors())


def test_a_late_view_and_a_second_view_are_complete(open_cells: Opened) -> None:
    loop = "seen = labkit.watch(words(200, 0.001))\nfor _ in seen: pass"
    book = open_cells(SET_UP, loop)
    book.run_all()
    wait_text(book.page, "word199")
    book.command("notebook:create-output-view")
    book.page.wait_for_function(
        f"() => document.querySelectorAll('{WIDGET} .labkit-text').length >= 2"
    )
    texts = book.page.locator(".labkit-text").all_inner_texts()
    assert all(text.split() == [f"word{i}" for i in range(200)] for text in texts)


def test_a_page_loaded_again_has_the_whole_stream(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "for _ in labkit.watch(words(100, 0.001)): pass")
    book.run_all()
    book.command("docmanager:save")
    book.page.reload()
    book.ready()
    wait_text(book.page, "word99")
    assert visible(book.page).split() == [f"word{i}" for i in range(100)]


def test_deltas_and_wire_can_be_shown_with_the_keyboard(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "for _ in labkit.watch(words(20, 0)): pass")
    book.run_all()
    for name in ("Deltas", "Wire"):
        button = book.page.locator(".labkit-buttons button", has_text=name)
        assert button.get_attribute("aria-pressed") == "false"
        button.focus()
        book.page.keyboard.press("Enter")
        book.page.wait_for_selector(f"button[aria-pressed=true]:has-text('{name}')")
    assert book.page.locator(".labkit-delta").count() == 20
    wire = book.page.locator(".labkit-wire", has_text="word19")
    lines = wire.inner_text().splitlines()
    assert [json.loads(line) for line in lines] == [f"word{i} " for i in range(20)]


def test_the_end_is_announced_and_not_each_delta(open_cells: Opened) -> None:
    book = open_cells(SET_UP, "for _ in labkit.watch(words(30, 0.01)): pass")
    book.run_all()
    status = book.page.locator(f"{WIDGET} [role=status]")
    assert status.inner_text() == "complete"
    assert book.page.locator(f"{WIDGET} [aria-live], {WIDGET} [role=log]").count() == 0


def test_a_failure_is_shown_and_reaches_the_loop(open_cells: Opened) -> None:
    loop = "def broken():\n    yield 'some '\n    raise OSError('the line is dead')\n"
    book = open_cells(SET_UP, loop + "for _ in labkit.watch(broken()): pass")
    book.run_all()
    assert "the line is dead" in book.page.locator(f"{WIDGET} [role=status]").inner_text()
    assert any("OSError" in error for error in book.errors())


def test_a_hundred_hostile_texts_are_shown_and_none_runs(open_cells: Opened) -> None:
    assert len(TEXTS) == 101
    requests: list[str] = []
    cells = [f"for _ in labkit.watch(iter([{text!r}])): pass" for text in TEXTS]
    # An output area shows no more than fifty outputs.
    book = open_cells(SET_UP, *("\n".join(cells[i : i + 40]) for i in range(0, 101, 40)))
    book.page.on("request", lambda request: requests.append(request.url))
    book.page.on("dialog", lambda dialog: dialog.dismiss())
    book.run_all()
    book.page.wait_for_function(f"n => document.querySelectorAll('{WIDGET}').length === n", arg=101)
    assert book.page.evaluate("() => window.pwned") is None
    assert not [url for url in requests if ":9/" in url]
    bad = "script, iframe, object, embed, form, img, svg [onload], style, a:not([href^='http'])"
    assert book.page.locator(f".labkit-text :is({bad})").count() == 0
    for pressed in range(3):  # the raw text with borders is as safe
        book.page.locator(".labkit-buttons button:first-child").nth(pressed).click()
    shown = book.page.locator(".labkit-text").all_inner_texts()
    assert "<script>window.pwned=1</script>" in shown[0]
    assert book.page.evaluate("() => window.pwned") is None
    assert not book.problems
