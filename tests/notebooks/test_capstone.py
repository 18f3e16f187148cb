"""Notebook 10 runs to its end whatever my_agent.py is; nbval runs it with the untouched one."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.capstone import REFERENCE
from tests.notebooks.save import FOLDER, run

pytestmark = pytest.mark.notebook


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


# The rubric checks them all; one cell is enough to see what such a cell says.
MOST_MILESTONES = r"labkit\.milestone\([2-6]\)"


def test_with_the_reference_every_milestone_is_right_and_the_page_is_shown(my_agent: Path) -> None:
    my_agent.write_text(REFERENCE.read_text())
    said = outputs(without=MOST_MILESTONES)
    assert said["labkit.milestone(1)"].startswith("✓ Right: milestone 1, tools\n")
    assert "90 of 90 points" in said["labkit.rubric()"]
    assert "IFrame" in said["capstone.page()"]
    assert "is there already" in said["capstone.start()"]
    assert said["labkit.all_quiet()"] == "Nothing failed in the background.\n"


def test_with_a_broken_file_every_cell_says_what_is_wrong(my_agent: Path) -> None:
    my_agent.write_text("raise ValueError('not today')\n")
    told = "ValueError: not today (line 1)."
    said = outputs(without=MOST_MILESTONES)
    assert told in said["labkit.milestone(1)"]
    assert told in said["capstone.page()"]
    assert "0 of 90 points" in said["labkit.rubric()"]
