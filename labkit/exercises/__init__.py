"""Exercises that check themselves, with hints, solutions, progress and a way back."""

from labkit.exercises.checking import evaluate
from labkit.exercises.notebook import check, hint, progress, reset, solution

__all__ = ["check", "evaluate", "hint", "progress", "reset", "solution"]
