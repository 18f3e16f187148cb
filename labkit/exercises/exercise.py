"""An exercise as data: its rules with their inputs, its hints, its solution."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.exercises.outcome import Outcome

Judge = Callable[[Outcome, tuple[Any, ...]], str]
"""Sees an outcome and the arguments; says what is wrong ("returned 'Hel'."), or ""."""


@dataclass(frozen=True)
class Case:
    """One input: its name ("With …"), a maker of fresh arguments, and the judge of the outcome."""

    given: str
    arguments: Callable[[], tuple[Any, ...]]
    judge: Judge


@dataclass(frozen=True)
class Rule:
    """One thing that a right answer does, as a sentence, with the inputs that prove it."""

    says: str
    cases: tuple[Case, ...]


def rule(says: str, *cases: Case) -> Rule:
    """Return the rule that `says`, proved by `cases`."""
    return Rule(says, cases)


@dataclass(frozen=True)
class Exercise:
    """One exercise. Signature, kind and stub are read from `solution`, which is real code.

    With `virtual_time` an `async def` is checked in an event loop whose clock jumps.
    """

    key: str
    title: str
    solution: Callable[..., Any]
    rules: tuple[Rule, ...]
    hints: tuple[str, str, str]
    virtual_time: bool = False

    @property
    def notebook(self) -> str:
        """Return the two digits of the notebook, "01"."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the name of the function that the learner writes."""
        return self.key.partition(".")[2]

    @property
    def is_async(self) -> bool:
        """Tell whether the learner writes an `async def`."""
        return inspect.iscoroutinefunction(self.solution) or inspect.isasyncgenfunction(
            self.solution
        )

    @property
    def yields(self) -> bool:
        """Tell whether the learner writes a generator; the list of what it yields is judged."""
        return inspect.isgeneratorfunction(self.solution) or inspect.isasyncgenfunction(
            self.solution
        )

    @property
    def signature(self) -> str:
        """Return the signature without annotations, "text_of(chunks)"."""
        parameters = str(bare_signature(self.solution)).replace("'", '"')  # as ruff formats a cell
        return f"{self.name}{parameters}"

    @property
    def label(self) -> str:
        """Return what a box calls it: its signature, as code."""
        return f"`{self.signature}`"

    @property
    def source(self) -> str:
        """Return the solution's code; without annotations, so that it runs where it is pasted."""
        return self._cell(from_statement=0)

    @property
    def stub(self) -> str:
        """Return the code of the exercise cell: signature, docstring, and a body of `...`."""
        lines, function = self._parsed()
        docstring = lines[function.body[0].lineno - 1 : function.body[0].end_lineno]
        return "\n".join([self._header(), *docstring, "    ..."])

    def _cell(self, from_statement: int) -> str:
        lines, function = self._parsed()
        return "\n".join(
            [self._header(), *lines[function.body[from_statement].lineno - 1 :]]
        ).rstrip()

    def _header(self) -> str:
        return f"{'async ' if self.is_async else ''}def {self.signature}:"

    def _parsed(self) -> tuple[list[str], ast.FunctionDef | ast.AsyncFunctionDef]:
        source = textwrap.dedent(inspect.getsource(self.solution))
        function = ast.parse(source).body[0]
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            raise TypeError(
                f"The solution of {self.key} must be a function, not {type(function).__name__}."
            )
        return _without_inner_annotations(source.splitlines(), function), function


def _without_inner_annotations(
    lines: list[str], function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[str]:
    """Return `lines` with bare headers of the functions within `function`: see `source`."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    inner = [node for node in ast.walk(function) if isinstance(node, defined)][1:]
    for each in sorted(inner, key=lambda node: -node.lineno):
        header = (each.lineno - 1, each.body[0].lineno - 1)
        each.returns = None
        for argument in ast.walk(each.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        bare = ast.unparse(each).splitlines()[0]
        lines[slice(*header)] = [" " * each.col_offset + bare]
    return lines


def bare_signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of `function` without its annotations."""
    signature = inspect.signature(function)
    parameters = [
        p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()
    ]
    return inspect.Signature(parameters)
