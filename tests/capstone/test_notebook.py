"""What the notebook calls, and what it draws; a check records what it found."""

from pathlib import Path

import pytest

import labkit
from labkit import capstone
from labkit.capstone.notebook import _running
from labkit.exercises import notebook, record


@pytest.fixture(autouse=True)
def fresh(my_agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_hints_shown", {})


def test_start_writes_the_file_once_and_says_how_to_begin_anew(
    my_agent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capstone.start()
    capstone.start()
    capstone.start(anew=True)
    said = capsys.readouterr().out.split("`my_agent.py` is ")
    assert ["written" in said[1], "there already" in said[2], "kept as" in said[3]] == [True] * 3
    assert "anew=True" in said[2]


def test_hints_and_the_solution_of_a_milestone_are_shown_like_an_exercises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labkit.hint("10.tools")
    labkit.solution("10.tools")
    said = capsys.readouterr().out
    assert said.startswith("→ Hint 1 of 3: milestone 1, tools\n")
    assert "→ One solution: milestone 1, tools\n# --- 1 · Tools" in said
    assert "# --- 2" not in said


@pytest.mark.parametrize("which", [1, "1", "tools", "10.tools"])
def test_a_milestone_is_found_by_its_number_and_its_names(
    which: int | str, capsys: pytest.CaptureFixture[str]
) -> None:
    labkit.milestone(which)
    assert capsys.readouterr().out.startswith("○ Untouched: milestone 1, tools\n")


def test_an_unknown_milestone_is_a_box_that_lists_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labkit.milestone(7)
    labkit.hint("10.none")
    said = capsys.readouterr().out
    assert 'There is no milestone 7. These exist: 1 or "tools", 2 or "answer"' in said
    assert "There is no exercise '10.none'. These exist: \"10.tools\"" in said


def test_a_reached_milestone_is_recorded_and_listed(
    my_agent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    my_agent.write_text(capstone.REFERENCE.read_text())
    labkit.milestone("page")
    labkit.progress()
    assert record.read(record.record_path())["10.page"].state == "right"
    assert "10        page              ✓ Right" in capsys.readouterr().out


def test_the_rubric_of_no_file_gives_no_points(capsys: pytest.CaptureFixture[str]) -> None:
    labkit.rubric()
    said = capsys.readouterr().out
    assert said.startswith("0 of 90 points by the checks; 10 more are a person's to give\n")
    assert "… of 4" in said


def test_the_page_of_a_file_that_is_not_there_is_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capstone.page()
    assert "my_agent.py cannot be read" in capsys.readouterr().out


def test_a_page_that_is_run_again_shows_the_same_app(my_agent: Path) -> None:
    my_agent.write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    capstone.page()
    first, _ = _running[my_agent]
    capstone.page()
    again, _ = _running.pop(my_agent)
    again.stop()
    assert again is first


def test_an_edited_file_takes_over_at_the_same_address(my_agent: Path) -> None:
    my_agent.write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    capstone.page()
    first, _ = _running[my_agent]
    my_agent.write_text("from fastapi import FastAPI\napp = FastAPI(title='new')\n")
    capstone.page()
    again, _ = _running.pop(my_agent)
    again.stop()
    assert (first.running, again.url) == (False, first.url)
