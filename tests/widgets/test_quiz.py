"""The knowledge check of a notebook."""

import re
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from labkit.errors import LabError
from labkit.widgets import quiz as module
from labkit.widgets.quiz import Quiz, page, plain, questions_of, quiz

NOTEBOOKS = sorted(path.stem for path in (Path(module.__file__).parent / "quizzes").glob("*.toml"))
EVERY = pytest.mark.parametrize("notebook", NOTEBOOKS)
RUDE: list[dict[str, Any]] = [
    {
        "question": "Is `<b>` safe?",
        "options": [
            {"text": "<i>", "right": True, "feedback": "<script>"},
            {"text": "no", "right": False, "feedback": "`a & b`"},
        ],
    }
]


@EVERY
def test_each_question_has_three_or_four_options_and_one_is_right(notebook: str) -> None:
    questions = questions_of(notebook)
    assert 3 <= len(questions) <= 4
    for question in questions:
        options = question["options"]
        assert 3 <= len(options) <= 4
        assert [option["right"] for option in options].count(True) == 1
        assert len({option["text"] for option in options}) == len(options)
        assert all(option["feedback"].endswith(".") for option in options)


@EVERY
def test_the_right_options_are_not_all_at_the_same_place(notebook: str) -> None:
    places = {[o["right"] for o in q["options"]].index(True) for q in questions_of(notebook)}
    assert len(places) > 1


@EVERY
def test_every_backtick_has_its_partner(notebook: str) -> None:
    for question in questions_of(notebook):
        for text in [question["question"], *(o[k] for o in question["options"] for k in o)]:
            assert str(text).count("`") % 2 == 0


@pytest.mark.parametrize("name", ["01", "1", "01-basic-streaming", 1])
def test_a_quiz_is_found_by_number_or_name(name: Any) -> None:
    assert questions_of(name) == questions_of("01")


@pytest.mark.parametrize("name", ["99", "", "../01", "basic"])
def test_an_unknown_quiz_lists_what_exists(name: str) -> None:
    with pytest.raises(LabError, match="These exist: 00, 01, 02"):
        quiz(name)


@pytest.mark.parametrize("right", [0, 2])
def test_a_question_needs_one_right_option(
    right: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = '[[questions.options]]\ntext = "a"\nfeedback = "b"\nright = '
    options = "\n".join(option + str(i < right).lower() for i in range(3))
    (tmp_path / "05.toml").write_text(f'[[questions]]\nquestion = "Why?"\n{options}')
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    with pytest.raises(LabError, match=r"Quiz 05: expected one right option in 'Why\?'"):
        questions_of("5")


def test_nothing_is_chosen_at_first() -> None:
    widget = quiz("01")
    assert widget.chosen == [-1] * len(widget.questions)


def test_a_choice_that_comes_from_the_browser_is_kept() -> None:
    widget = Quiz(RUDE)
    widget.set_state({"chosen": [1]})
    assert widget.get_state("chosen") == {"chosen": [1]}
    with pytest.raises(TraitError):
        widget.set_state({"chosen": ["one"]})


def test_the_static_page_is_escaped_and_has_feedback_for_every_option() -> None:
    html = page(RUDE)
    assert "<script>" not in html
    assert "<i>" not in html
    assert "<code>&lt;b&gt;</code>" in html
    assert "✓ Right. &lt;script&gt;" in html
    assert "✗ Not quite. <code>a &amp; b</code>" in html
    assert html.count("<details>") == 2


def test_the_plain_text_does_not_tell_the_answer() -> None:
    assert plain(RUDE) == "1. Is `<b>` safe?\n   a) <i>\n   b) no"


def test_the_bundle_has_a_live_view_and_two_static_ones() -> None:
    widget = quiz("02")
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["text/plain"] == plain(widget.questions)
    assert data["text/html"] == page(widget.questions)


def test_the_script_builds_elements_and_never_parses_markup() -> None:
    script = str(Quiz._esm)
    assert "export default" in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|https?://[a-z]", script)
