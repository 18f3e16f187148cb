"""The rubric: points that the checks give, and points that a person gives."""

from collections.abc import Sequence

from labkit.capstone.milestones.milestone import Milestone
from labkit.exercises.task import Result
from labkit.tables import Table

BY_A_PERSON = (
    ("Useful tools: somebody outside this course would use them.", 4),
    ("Words: you understand each line of the page without knowing the code.", 3),
    ("Prose: you find each rule of the specification in the file within ten seconds.", 3),
)
"""What no check can judge, and the points for it."""


def table(results: Sequence[Result]) -> Table:
    """Return the rubric with the points of `results`; the rest is open."""
    rows = [_row(result) for result in results]
    got = sum(points for points, _ in rows)
    total = sum(result.task.points for result in results if isinstance(result.task, Milestone))
    open_points = sum(points for _, points in BY_A_PERSON)
    caption = f"{got} of {total} points by the checks; {open_points} more are a person's to give"
    judged = [("a person", says, f"… of {points}") for says, points in BY_A_PERSON]
    return Table(caption, ("By", "What", "Points"), (*(row for _, row in rows), *judged))


def _row(result: Result) -> tuple[int, tuple[str, str, str]]:
    task = result.task
    assert isinstance(task, Milestone)  # noqa: S101 - only milestones have points
    points = task.points * result.held // result.total if result.state != "untouched" else 0
    return points, (task.label, task.says, f"{points} of {task.points}")
