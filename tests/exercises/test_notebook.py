"""What a learner sees: the boxes of check, hint, solution, progress and reset."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.exercises import check, hint, notebook, progress, reset, solution
from labkit.exercises.boxes import Box
from labkit.exercises.nb01 import text_of
from labkit.exercises.record import Entry, read
from labkit.tables import Table

Drawn = list[Any]


def untouched(chunks: Any) -> Any: ...


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    drawings: Drawn = []
    monkeypatch.setattr(notebook, "show", drawings.append)
    return drawings


def test_outside_a_notebook_the_text_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    check("01.text_of", text_of)
    assert capsys.readouterr().out == "✓ Right: `text_of(chunks)`\nAll 4 rules hold.\n"


@pytest.mark.parametrize(
    ("function", "look", "word"),
    [
        (untouched, "info", "○ Untouched"),
        (lambda chunks: "<b>", "warning", "✗ Not yet"),
        (text_of, "success", "✓ Right"),
    ],
)
def test_a_check_draws_a_colour_a_sign_and_a_word(
    function: Callable[..., Any], look: str, word: str, drawn: Drawn
) -> None:
    assert check("01.text_of", function) is None  # type: ignore[func-returns-value]
    page = drawn[0]._repr_html_()
    assert f'class="alert alert-{look}"' in page
    assert f"<strong>{word}: <code>text_of(chunks)</code></strong>" in page
    assert repr(drawn[0]).startswith(word)


def test_what_a_learner_returns_is_escaped(drawn: Drawn) -> None:
    check("01.text_of", lambda chunks: "<script>`x`</script>")
    assert "<script>" not in drawn[0]._repr_html_()


def test_an_unknown_key_is_a_box_too(drawn: Drawn) -> None:
    for call in (hint, solution, lambda key: check(key, text_of)):
        call("01.none")
    assert ["There is no exercise '01.none'" in box.text for box in drawn] == [True] * 3


def test_a_check_is_recorded(drawn: Drawn, progress_file: Path) -> None:
    check("01.text_of", untouched)
    assert read(progress_file)["01.text_of"] == Entry()
    check("01.text_of", lambda chunks: "")
    check("01.text_of", text_of)
    check("01.text_of", lambda chunks: "")
    entry = read(progress_file)["01.text_of"]
    assert (entry.state, entry.attempts) == ("right", 2)


def test_a_check_goes_on_when_progress_cannot_be_saved(drawn: Drawn, progress_file: Path) -> None:
    progress_file.parent.write_text("a file where the folder should be")
    check("01.text_of", text_of)
    assert drawn[0].look == "success"
    assert "Your progress could not be saved" in drawn[0].text


def test_each_call_shows_the_next_hint_and_then_all(drawn: Drawn, progress_file: Path) -> None:
    for _ in range(4):
        hint("01.text_of")
    assert [box.title.partition(":")[0] for box in drawn] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "All 3 hints",
    ]
    assert all(box.text.splitlines()[0] in drawn[3].text for box in drawn[:3])
    assert 'labkit.solution("01.text_of")' in drawn[2].text
    assert read(progress_file)["01.text_of"].hints == 3


def test_the_solution_is_shown_as_code(drawn: Drawn) -> None:
    solution("01.text_of")
    assert drawn[0].code.startswith("def text_of(chunks):\n")
    assert "<pre><code>def text_of(chunks):" in drawn[0]._repr_html_()


def test_progress_lists_exercises_that_were_never_tried(drawn: Drawn) -> None:
    check("01.text_of", text_of)
    progress()
    table = drawn[1]
    assert isinstance(table, Table)
    assert table.caption.startswith("1 of ")
    states = {row[:2]: row[2] for row in table.rows}
    assert states["01", "text_of"] == "✓ Right"
    assert states["02", "collect"] == "○ Untouched"
    assert ">State</th>" in table._repr_html_()
    assert "text_of" in repr(table)


def test_reset_says_what_to_do_next(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "start.py").touch()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "venv" / "pristine").mkdir(parents=True)
    (tmp_path / "venv" / "pristine" / "01-a.ipynb").write_text("{}")
    (tmp_path / "notebooks" / "01-a.ipynb").write_text("mine")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path / "notebooks")
    reset("01")
    reset("9")
    assert "Reload Notebook from Disk" in drawn[0].text
    assert "01-a.mine-" in drawn[0].text
    assert (tmp_path / "notebooks" / "01-a.ipynb").read_text() == "{}"
    assert isinstance(drawn[1], Box)
    assert "These exist: 01-a." in drawn[1].text
