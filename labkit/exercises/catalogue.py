"""Finds the exercises: one module per notebook, nb01 for notebook 01."""

import importlib
import pkgutil
import re
from pathlib import Path

from labkit.errors import LabError
from labkit.exercises.exercise import Exercise


class UnknownExerciseError(LabError):
    """There is no exercise of this key."""


def notebooks() -> list[str]:
    """Return the numbers of the notebooks that have exercises, ["01", "02", …]."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(m.name[2:] for m in modules if re.fullmatch(r"nb\d\d", m.name))


def exercises(notebook: str) -> tuple[Exercise, ...]:
    """Return the exercises of notebook "01" in their order; the module is imported only now."""
    module = importlib.import_module(f"labkit.exercises.nb{notebook}")
    found: tuple[Exercise, ...] = module.EXERCISES
    return found


def everything() -> list[Exercise]:
    """Return all exercises of the course in their order."""
    return [exercise for notebook in notebooks() for exercise in exercises(notebook)]


def find(key: str) -> Exercise:
    """Return the exercise of `key`, "01.text_of". Raises UnknownExerciseError with what exists."""
    notebook = str(key).partition(".")[0]
    here = exercises(notebook) if notebook in notebooks() else everything()
    for exercise in here:
        if exercise.key == key:
            return exercise
    known = ", ".join(f'"{exercise.key}"' for exercise in here)
    raise UnknownExerciseError(f"There is no exercise {key!r}. These exist: {known}.")
