"""One Chromium and one JupyterLab for all browser tests; skipped, with a reason, where none is."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.lab import Lab, Notebook, launch

HELP = (
    "no Chromium: `apt-get install chromium` (Debian), `python -m playwright install chromium` "
    "elsewhere, or set CHROMIUM to its path"
)


@pytest.fixture(scope="package")  # while Playwright runs, no other event loop can
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except Error:
            if os.environ.get("CI") == "true":
                pytest.fail(HELP)
            pytest.skip(HELP)
        yield started
        started.close()


@pytest.fixture(scope="package")  # while Playwright runs, no other event loop can
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    running = Lab(folder, home, {"LABKIT_PROGRESS": str(home / "progress.json")})
    yield running
    running.stop()


Opened = Callable[..., Notebook]


@pytest.fixture
def open_cells(lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Open a notebook with the given cells, as Python text."""
    open_books = []

    def opened(*cells: str, dark: bool = False) -> Notebook:
        name = f"{request.node.name[:60].replace('[', '-').replace(']', '')}.ipynb"
        write_notebook(lab.folder / name, cells)
        manager = lab.notebook(browser, name, dark)
        open_books.append(manager)
        return manager.__enter__()

    yield opened
    for manager in open_books:
        manager.__exit__(None, None, None)


def write_notebook(path: Path, cells: tuple[str, ...]) -> None:
    book = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
    )
    nbformat.write(book, path)
