"""Finds the exercises, one module per notebook (nb01 for 01), and the capstone's milestones."""

import importlib
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from labkit.errors import LabError
from labkit.exercises.exercise import Exercise
from labkit.exercises.task import Task

_CAPSTONE = "10"

Kind = TypeVar("Kind", bound=Task)


class UnknownExerciseError(LabError):
    """There is no exercise of this key."""


def notebooks() -> list[str]:
    """Return the numbers of the notebooks that have exercises, ["01", "02", …]."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    found = {m.name[2:] for m in modules if re.fullmatch(r"nb\d\d", m.name)}
    return sorted(found - {_CAPSTONE})


def exercises(notebook: str) -> tuple[Exercise, ...]:
    """Return the exercises of notebook "01" in their order; the module is imported only now."""
    module = importlib.import_module(f"labkit.exercises.nb{notebook}")
    found: tuple[Exercise, ...] = module.EXERCISES
    return found


def everything() -> list[Exercise]:
    """Return all exercises of the course in their order."""
    return [exercise for notebook in notebooks() for exercise in exercises(notebook)]


def tasks() -> list[Task]:
    """Return all exercises, and then all milestones."""
    return [*everything(), *_milestones()]


def find_task(key: str) -> Task:
    """Return the exercise or the milestone of `key`. Raises UnknownExerciseError."""
    if str(key).partition(".")[0] == _CAPSTONE:
        return _named(key, _milestones())
    return find(key)


def _milestones() -> tuple[Task, ...]:
    """Return the milestones of the capstone, which is imported only now."""
    found: tuple[Task, ...] = importlib.import_module(f"labkit.exercises.nb{_CAPSTONE}").MILESTONES
    return found


def find(key: str) -> Exercise:
    """Return the exercise of `key`, "01.text_of". Raises UnknownExerciseError with what exists."""
    notebook = str(key).partition(".")[0]
    here = exercises(notebook) if notebook in notebooks() else everything()
    return _named(key, here)


def _named(key: str, here: Sequence[Kind]) -> Kind:
    for task in here:
        if task.key == key:
            return task
    known = ", ".join(f'"{task.key}"' for task in here)
    raise UnknownExerciseError(f"There is no exercise {key!r}. These exist: {known}.")
