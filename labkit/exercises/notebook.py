"""What a notebook calls. Each function displays something and returns nothing."""

from datetime import datetime
from typing import Any

from labkit.exercises import record
from labkit.exercises.boxes import Box, Look, show
from labkit.exercises.catalogue import UnknownExerciseError, find_task, tasks
from labkit.exercises.checking import evaluate
from labkit.exercises.course import course_folder
from labkit.exercises.pristine import ResetError, Restored, restore
from labkit.exercises.task import Result, State, Task
from labkit.tables import Table

_LOOKS: dict[State, tuple[Look, str, str]] = {
    "untouched": ("info", "○", "Untouched"),
    "not yet": ("warning", "✗", "Not yet"),
    "right": ("success", "✓", "Right"),
}
# In memory: a fresh kernel starts at the first hint, so a notebook always runs the same way.
_hints_shown: dict[str, int] = {}


def check(key: str, function: Any) -> None:
    """Check `function` against the rules of exercise `key`, show the result, and record it.

    It never raises; only a real interrupt of the kernel gets through.
    """
    try:
        result = evaluate(key, function)
    except UnknownExerciseError as error:
        return show(problem(error))
    return show(recorded(result))


def recorded(result: Result) -> Box:
    """Record what a check has found, and return the box that tells it."""
    look, sign, word = _LOOKS[result.state]
    unsaved = _save(result.task.key, lambda entry: entry.after(result.state, now()))
    text = "\n".join(part for part in (result.message, unsaved) if part)
    return Box(look, sign, f"{word}: {result.task.label}", text)


def hint(key: str) -> None:
    """Show the next of the three hints of exercise `key`; after the last, all of them."""
    try:
        task = find_task(key)
    except UnknownExerciseError as error:
        return show(problem(error))
    number = _hints_shown[key] = _hints_shown.get(key, 0) + 1
    unsaved = _save(key, lambda entry: entry.hinted(min(number, len(task.hints))))
    return show(_hint_box(task, number, unsaved))


def _hint_box(task: Task, number: int, unsaved: str) -> Box:
    total = len(task.hints)
    if number <= total:
        title, lines = f"Hint {number} of {total}", [task.hints[number - 1]]
    else:
        title, lines = f"All {total} hints", list(task.hints)
    if number >= total:
        lines.append(f'The solution: `labkit.solution("{task.key}")`.')
    text = "\n".join([*lines, unsaved] if unsaved else lines)
    return Box("info", "→", f"{title}: {task.label}", text)


def solution(key: str) -> None:
    """Show the code of our own answer to exercise `key`."""
    try:
        task = find_task(key)
    except UnknownExerciseError as error:
        return show(problem(error))
    return show(Box("info", "→", f"One solution: {task.label}", code=task.source))


def progress() -> None:
    """Show a table of all exercises and milestones: state, attempts, hints, when solved."""
    try:
        entries = record.read(record.record_path())
    except OSError as error:
        return show(problem(error))
    rows = [_row(task, entries.get(task.key, record.Entry())) for task in tasks()]
    solved = sum(row[2].startswith(_LOOKS["right"][1]) for row in rows)
    head = ("Notebook", "Exercise", "State", "Attempts", "Hints", "Solved")
    return show(
        Table(f"{solved} of {len(rows)} exercises and milestones are right", head, tuple(rows))
    )


def _row(task: Task, entry: record.Entry) -> tuple[str, ...]:
    _, sign, word = _LOOKS[entry.state]
    solved = (entry.solved or "").replace("T", " ")[:16]
    counts = (str(entry.attempts), str(entry.hints))
    return (task.notebook, task.name, f"{sign} {word}", *counts, solved)


def reset(notebook: str) -> None:
    """Put `notebook` ("1", "01", "01-basic-streaming") back as delivered; keep yours."""
    try:
        restored = restore(notebook, course_folder(), now())
    except (ResetError, OSError) as error:
        return show(problem(error))
    return show(_reset_box(restored))


def _reset_box(restored: Restored) -> Box:
    name = restored.notebook.name
    lines = [f"Yours is kept as `{restored.kept.name}`."] if restored.kept else []
    lines.append(
        f"If {name} is open, its tab still shows the old version: do not save it. "
        "Choose File > Reload Notebook from Disk, or close the tab without saving."
    )
    return Box("success", "✓", f"`{name}` is as it was delivered", "\n".join(lines))


def _save(key: str, step: Any) -> str:
    """Record one step; return "" or, because a check never raises, what went wrong."""
    try:
        record.change(record.record_path(), key, step)
    except OSError as error:
        return f"Your progress could not be saved: {error}."
    return ""


def problem(error: Exception) -> Box:
    """Return the box for a call that cannot do what it should."""
    return Box("warning", "✗", "That did not work", str(error))


def now() -> datetime:
    """Return the time of day, with its zone."""
    return datetime.now().astimezone()
