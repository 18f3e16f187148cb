"""A milestone of the capstone as data: its rules with their checks, its hints, its solution."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.capstone.app_file import REFERENCE, STARTER, section
from labkit.capstone.visit import Visit

Check = Callable[[Visit], Awaitable[Any]]
"""Uses the running app; raises BrokenRuleError if a rule is broken."""


@dataclass(frozen=True)
class Rule:
    """One thing that a right app does, as a sentence, and the check that it does."""

    says: str
    check: Check


@dataclass(frozen=True)
class Milestone:
    """One milestone. What is to be written, and our own solution, are read from the two files."""

    number: int
    name: str
    says: str
    points: int
    rules: tuple[Rule, ...]
    hints: tuple[str, str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    notebook: str = "10"

    @property
    def key(self) -> str:
        """Return its key among the exercises, "10.tools"."""
        return f"{self.notebook}.{self.name}"

    @property
    def label(self) -> str:
        """Return what a box calls it."""
        return f"milestone {self.number}, {self.name}"

    @property
    def source(self) -> str:
        """Return its section of our own solution."""
        return section(REFERENCE.read_text(encoding="utf-8"), self.name) or ""

    @property
    def stub(self) -> str:
        """Return its section of the file that the learner begins with."""
        return section(STARTER.read_text(encoding="utf-8"), self.name) or ""
