"""The knowledge check of a notebook: questions with feedback for every answer."""

import html
import re
import tomllib
from pathlib import Path
from typing import Any

import traitlets

from labkit.errors import LabError
from labkit.widgets import assets
from labkit.widgets.pictured import PicturedWidget

_FOLDER = Path(__file__).parent / "quizzes"
_CODE = re.compile(r"`([^`\n]+)`")
_UNANSWERED = -1


class Quiz(PicturedWidget):
    """Draws questions with one right option each; `chosen` has an index for each, or -1."""

    _esm = assets.script("quiz")
    _css = assets.style("quiz")

    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    """`{"question": text, "options": [{"text", "right", "feedback"}, …]}`; `code` in backticks."""
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, questions: list[dict[str, Any]]) -> None:
        super().__init__(questions=questions, chosen=[_UNANSWERED] * len(questions))

    def picture(self) -> tuple[str, str]:
        """Return the questions with their options; as HTML, each option opens to its feedback."""
        return plain(self.questions), page(self.questions)


def quiz(notebook: str) -> Quiz:
    """Return the knowledge check of `notebook` ("01", "1" or "01-basic-streaming") as a widget."""
    return Quiz(questions_of(notebook))


def questions_of(notebook: str) -> list[dict[str, Any]]:
    """Return the checked questions of `notebook`; raises LabError if there are none."""
    known = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    name = str(notebook).partition("-")[0]
    number = name.zfill(2)
    if not name or number not in known:
        raise LabError(f"There is no quiz {notebook!r}. These exist: {', '.join(known)}.")
    content = tomllib.loads((_FOLDER / f"{number}.toml").read_text(encoding="utf-8"))
    return [_checked(number, question) for question in content["questions"]]


def _checked(number: str, question: dict[str, Any]) -> dict[str, Any]:
    options = question["options"]
    if [option["right"] for option in options].count(True) != 1:
        raise LabError(f"Quiz {number}: expected one right option in {question['question']!r}.")
    return {
        "question": question["question"],
        "options": [
            {key: option[key] for key in ("text", "right", "feedback")} for option in options
        ],
    }


def plain(questions: list[dict[str, Any]]) -> str:
    """Return the questions and their lettered options as text, without the answers."""
    return "\n\n".join(
        "\n".join([f"{number}. {question['question']}", *_lettered(question["options"])])
        for number, question in enumerate(questions, start=1)
    )


def _lettered(options: list[dict[str, Any]]) -> list[str]:
    return [f"   {chr(97 + i)}) {option['text']}" for i, option in enumerate(options)]


def page(questions: list[dict[str, Any]]) -> str:
    """Return the questions as HTML; each option opens to its feedback."""
    blocks = (
        f"<p><strong>{number}. {_marked(question['question'])}</strong></p>"
        + "".join(map(_details, question["options"]))
        for number, question in enumerate(questions, start=1)
    )
    return f"<div>{''.join(blocks)}</div>"


def _details(option: dict[str, Any]) -> str:
    word = "✓ Right." if option["right"] else "✗ Not quite."
    return (
        f"<details><summary>{_marked(option['text'])}</summary>"
        f"<p>{word} {_marked(option['feedback'])}</p></details>"
    )


def _marked(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(text))
