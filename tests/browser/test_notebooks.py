"""Each notebook in real JupyterLab: Run All, no error, everything drawn, in both themes."""

import shutil

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import Lab, Notebook
from tests.notebooks.save import FOLDER

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in FOLDER.glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_draws_everything_without_an_error(lab: Lab, browser: Browser, name: str) -> None:
    shutil.copy(FOLDER / name, lab.folder / name)
    with lab.notebook(browser, name) as book:
        book.run_all()
        assert book.errors() == []
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            book.theme(theme)
            check_drawn(book)


def check_drawn(book: Notebook) -> None:
    """Every stream, quiz and diagram is there, and the page has raised nothing."""
    book.page.wait_for_function("() => !document.querySelector('[data-state=streaming]')")
    assert book.page.locator(".labkit-stream, .labkit-agent").count() >= 1
    for stream in book.page.locator(".labkit-stream").all():
        # A turn that only calls tools has no text, and says so.
        text = stream.locator(".labkit-text").inner_text()
        assert text.strip() or "tool_calls" in stream.inner_text()
    assert book.page.locator(".labkit-quiz fieldset").count() >= 3
    assert book.page.locator(".jp-RenderedMermaid img, .jp-RenderedMermaid svg").count() >= 1
    problems = book.page.locator(".labkit-problem").all_inner_texts()
    assert "".join(problems) == ""  # the control panel has an empty place for one
    assert book.problems == []
