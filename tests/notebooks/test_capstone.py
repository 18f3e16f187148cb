"""Notebook 10 runs to its end whatever my_agent.py is; nbval runs it with the untouched one."""

import re
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.capstone import REFERENCE
from tests.notebooks.save import FOLDER, run

pytestmark = pytest.mark.notebook

RAISES = "raise ValueError('not today')\n"
BROKEN = {
    "syntax error": ("def agent(:\n", "SyntaxError: invalid syntax (line 1)."),
    "raises": (RAISES, "ValueError: not today (line 1)."),
    "hangs": ("import time\ntime.sleep(600)\n", "it hangs in line 2"),
}


@pytest.fixture
def my_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "my_agent.py"
    monkeypatch.setenv("LABKIT_CAPSTONE", str(path))
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return path


def outputs(without: str = "") -> dict[str, str]:
    """Run the notebook, and return the text of the outputs of each code cell, by its source.

    Cells that match `without` are left out.
    """
    [path] = FOLDER.glob("10-*.ipynb")
    book = nbformat.read(path, as_version=4)
    book.cells = [c for c in book.cells if not (without and re.match(without, c.source))]
    book = run(book)
    return {c.source: "".join(map(_text, c.outputs)) for c in book.cells if c.cell_type == "code"}


def _text(output: Any) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


def milestones(said: dict[str, str]) -> list[str]:
    return [text for source, text in said.items() if source.startswith("labkit.milestone(")]


def test_with_the_reference_every_milestone_is_right_and_the_page_is_shown(my_agent: Path) -> None:
    my_agent.write_text(REFERENCE.read_text())
    said = outputs()
    assert [text.split(":")[0] for text in milestones(said)] == ["✓ Right"] * 6
    assert "90 of 90 points" in said["labkit.rubric()"]
    assert "IFrame" in said["capstone.page()"]
    assert "is there already" in said["capstone.start()"]
    assert said["labkit.all_quiet()"] == "Nothing failed in the background.\n"


@pytest.mark.parametrize("name", BROKEN)
def test_with_a_broken_file_every_cell_says_what_is_wrong(name: str, my_agent: Path) -> None:
    text, told = BROKEN[name]
    my_agent.write_text(text)
    began = time.monotonic()
    # Each milestone waits for a file that hangs, so one of them is enough.
    said = outputs(without=r"labkit\.milestone\([2-6]\)" if name == "hangs" else "")
    assert all("Not yet" in text and told in text for text in milestones(said)), said
    assert told in said["capstone.page()"]
    assert "0 of 90 points" in said["labkit.rubric()"]
    assert time.monotonic() - began < 180
