"""Every notebook keeps the form that the course promises."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.exercises.catalogue import everything, find_task
from tests.notebooks.save import FOLDER, WIDGET_VIEW, normalised

NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def book(request: pytest.FixtureRequest) -> Any:
    return nbformat.read(request.param, as_version=4)


def code(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def lines(cell: Any) -> int:
    return len(cell.source.splitlines())


def prose(book: Any) -> str:
    return "\n\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")


def test_it_opens_with_its_title_its_goals_and_its_minutes(book: Any) -> None:
    opening = book.cells[0].source
    assert re.match(r"# \d\d · ", opening)
    assert "you can…" in opening
    assert opening.count("\n- ") == 3
    assert re.search(r"\*About \d+ minutes", opening)
    assert "labkit.connect()" in code(book)[0].source


def test_it_closes_with_a_recap_a_quiz_and_the_quiet_cell(book: Any) -> None:
    text = prose(book)
    assert "## Knowledge check" in text
    assert "## Recap" in text
    assert "Next" in text.split("## Recap")[1]
    assert code(book)[-1].source.endswith("labkit.all_quiet()")
    assert any(cell.source.startswith("labkit.quiz(") for cell in code(book))


def test_its_cells_are_short_and_narrow(book: Any) -> None:
    cells = code(book)
    assert max(lines(cell) for cell in cells) <= 20
    ours = [lines(cell) for cell in cells if "exercise" not in cell.metadata.get("tags", ())]
    assert sum(length <= 10 for length in ours) >= 0.9 * len(ours)
    assert all(len(line) <= 76 for cell in code(book) for line in cell.source.splitlines())


def test_there_are_never_more_than_three_code_cells_without_prose(book: Any) -> None:
    kinds = "".join(cell.cell_type[0] for cell in book.cells)
    assert "cccc" not in kinds


def test_its_paragraphs_are_short(book: Any) -> None:
    plain = [part for part in prose(book).split("\n\n") if re.match(r"[\w*`]", part)]
    assert [part for part in plain if len(part.split()) > 60] == []


def test_it_has_a_diagram(book: Any) -> None:
    assert "```mermaid" in prose(book)


def test_its_saved_form_is_clean(book: Any) -> None:
    assert "widgets" not in book.metadata
    ids = [cell.id for cell in book.cells]
    assert len(set(ids)) == len(ids)
    for output in (output for cell in code(book) for output in cell.outputs):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        assert WIDGET_VIEW not in output.get("data", {})
        assert not re.search(r"/home/|/root/|/tmp/|site-packages|C:\\", str(output))
        assert normalised(output.copy()) == output


def test_each_live_cell_has_a_static_picture(book: Any) -> None:
    live = [cell for cell in code(book) if re.search(r"labkit\.watch(_agent)?\(", cell.source)]
    assert live
    for cell in live:
        pictures = [o.data for o in cell.outputs if "text/html" in o.get("data", {})]
        assert pictures
        assert re.search("TTFT|no text", pictures[0]["text/html"])


def test_every_exercise_has_its_cell_and_its_check() -> None:
    sources = [cell.source for path in NOTEBOOKS for cell in nbformat.read(path, 4).cells]
    for exercise in everything():
        assert exercise.stub in sources
        assert f'labkit.check("{exercise.key}", {exercise.name})' in sources


def test_every_key_in_a_notebook_is_an_exercise_of_that_notebook() -> None:
    for path in NOTEBOOKS:
        keys = re.findall(r'labkit\.(?:check|hint|solution)\(\\?"(\d\d\.\w+)', path.read_text())
        assert path.name.startswith("00") or all(key[:2] == path.name[:2] for key in keys)
        assert all(find_task(key) for key in keys)


def test_every_link_between_notebooks_leads_somewhere(book: Any) -> None:
    links = re.findall(r"\]\(([^)#]+\.ipynb)\)", prose(book))
    assert all(Path(FOLDER, link).exists() for link in links)
