"""Each notebook runs to its end with every exercise solved, and with every exercise wrong.

Untouched is the third state; nbval runs the notebooks in it, as they are saved.
"""

from typing import Any

import nbformat
import pytest

from labkit.exercises.catalogue import exercises, notebooks
from labkit.exercises.exercise import Exercise
from tests.notebooks.save import FOLDER, run

pytestmark = pytest.mark.notebook


def filled(number: str, body: Any) -> Any:
    """Return the notebook with each exercise cell replaced by what `body` makes of it."""
    [path] = FOLDER.glob(f"{number}-*.ipynb")
    book = nbformat.read(path, as_version=4)
    for exercise in exercises(number):
        [cell] = [cell for cell in book.cells if cell.source == exercise.stub]
        cell.source = body(exercise)
    return book


def verdicts(book: Any) -> list[str]:
    """Return what the checks said, as text."""
    checks = [cell for cell in book.cells if cell.source.startswith("labkit.check(")]
    return ["".join(o.data["text/plain"] for o in cell.outputs) for cell in checks]


def wrong(exercise: Exercise) -> str:
    return f"def {exercise.signature}:\n    return 0"


@pytest.mark.parametrize("number", notebooks())
def test_solved_every_check_says_right(number: str) -> None:
    said = verdicts(run(filled(number, lambda exercise: exercise.source)))
    assert len(said) == len(exercises(number))
    assert all("Right" in text for text in said), said


@pytest.mark.parametrize("number", notebooks())
def test_wrong_every_check_says_not_yet_and_later_cells_survive(number: str) -> None:
    said = verdicts(run(filled(number, wrong)))
    assert all("Not yet" in text for text in said), said
