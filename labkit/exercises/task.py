"""What a learner is asked to do, an exercise or a milestone, and what a check found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

State = Literal["untouched", "not yet", "right"]


class Task(Protocol):
    """What boxes, hints, solutions and progress need to know of it."""

    @property
    def key(self) -> str:
        """Return the notebook and the name, "01.text_of"."""

    @property
    def notebook(self) -> str:
        """Return the two digits of the notebook, "01"."""

    @property
    def name(self) -> str:
        """Return its name within the notebook."""

    @property
    def label(self) -> str:
        """Return what a box calls it, with code in `backticks`."""

    @property
    def rules(self) -> Sequence[Any]:
        """Return the rules that a right answer keeps."""

    @property
    def hints(self) -> tuple[str, str, str]:
        """Return the three hints, each more than the one before."""

    @property
    def source(self) -> str:
        """Return the code of our own answer."""


@dataclass(frozen=True)
class Result:
    """What a check found: the state, what to say about it, and how many of the rules hold."""

    task: Task
    state: State
    message: str
    held: int = 0

    @property
    def total(self) -> int:
        """Return the number of rules."""
        return len(self.task.rules)


def count(held: int, total: int) -> str:
    """Return how many rules hold, as a sentence."""
    if held == total:
        return f"All {total} rules hold."
    return f"{held} of {total} rules {'holds' if held == 1 else 'hold'}."
