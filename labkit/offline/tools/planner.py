"""Which tools a question calls for, in which order, and which of the calls are still to be made."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.choosing import (
    Tool,
    fill,
    fitness,
    is_general,
    lacks,
    looks_back,
    suits,
    values_to_split,
)
from labkit.offline.tools.history import Answered, History
from labkit.offline.tools.picking import pick

MAX_TURNS = 6


@dataclass(frozen=True)
class PlannedCall:
    """A tool call to make: the tool's name and its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One tool for one part of the question; `waits` for the results of the steps before it."""

    tool: Tool
    text: str
    waits: bool = False


_BREAK = re.compile(
    r"(?<=[.!?;])\s+|\n+|\s*,?\s+(?:and then|and also|as well as|then|and|also|but)\s+|,\s+",
    re.IGNORECASE,
)
# What somebody should write or note down is no request of its own.
_OPAQUE = re.compile(
    r"[\"“«][^\"”»]*[\"”»]|\b(?:saying|that says|remind me to|telling (?:him|her|them))\b.*$"
    r"|\bbetween\s+\S+\s+and\s+\S+",
    re.IGNORECASE | re.DOTALL,
)


def clauses(text: str) -> list[str]:
    """Return the parts of `text` that may each be a request: its sentences, and their parts."""
    masked = _OPAQUE.sub(lambda match: "x" * len(match[0]), text)
    cuts = [match.span() for match in _BREAK.finditer(masked)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    parts = [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [part for part in parts if part][:24]


def plan(question: str, tools: Sequence[Tool], *, known: bool = False) -> list[Step]:
    """Return the steps for `question`; with `known` its first pronoun may mean earlier results."""
    offered = [tool for tool in tools if not tool.is_output]
    steps: list[Step] = []
    lead = ""
    parts = clauses(question)
    for clause in parts:
        linked = looks_back(clause) and (bool(steps) or known)
        tool = best(clause, offered, linked=linked, alone=len(parts) == 1)
        if tool:
            steps = _add(steps, Step(tool, f"{lead} {clause}".strip(), linked and bool(steps)))
            lead = ""
        elif not is_general(clause) and steps:
            steps[-1] = Step(steps[-1].tool, f"{steps[-1].text} and {clause}", steps[-1].waits)
        elif not is_general(clause):
            lead = f"{lead} {clause}".strip()
    if not steps and not is_general(question):
        whole = best(question, offered, linked=known and looks_back(question))
        steps = [Step(whole, question)] if whole else []
    return _chained(steps, question)


def best(
    text: str, tools: Sequence[Tool], *, linked: bool = False, alone: bool = True
) -> Tool | None:
    """Return the tool that suits `text` best, or None if none does."""
    fitting = [tool for tool in tools if suits(tool, text, tools, linked=linked, alone=alone)]
    return max(fitting, key=lambda t: fitness(t, text, tools, linked=linked), default=None)


def _add(steps: list[Step], new: Step) -> list[Step]:
    """Add a step, or join it to the one before where both are parts of one request."""
    last = steps[-1] if steps else None
    if last is None or last.tool is not new.tool or (new.waits and not last.waits):
        return [*steps, new]
    joined = Step(last.tool, f"{last.text} and {new.text}", last.waits)
    return [*steps, new] if _are_two(last, new, joined) else [*steps[:-1], joined]


def _are_two(last: Step, new: Step, joined: Step) -> bool:
    """Tell whether two parts for one tool are two requests: "12 * 7 and 3 + 4"."""
    tool, one, other = new.tool, Asked(last.text), Asked(new.text)
    if lacks(tool, one) or lacks(tool, other) or values_to_split(tool, joined.text)[1]:
        return False
    first, second = fill(tool, one), fill(tool, other)
    gathers = any(isinstance(first.get(name), list) for name in tool.required)
    differ = all(first.get(name) != second.get(name) for name in tool.required)
    return bool(tool.required) and differ and not gathers


def _chained(steps: list[Step], question: str) -> list[Step]:
    """Let a step wait for those before it if its own words lack what it requires."""
    return [
        Step(
            step.tool, step.text, step.waits or (i > 0 and bool(lacks(step.tool, Asked(step.text))))
        )
        for i, step in enumerate(steps)
    ]


def pending(steps: Sequence[Step], history: History) -> list[PlannedCall]:
    """Return the calls that can be made now: none twice, none that needs a missing result."""
    ready: list[PlannedCall] = []
    planned: list[PlannedCall] = []
    for step in steps:
        if step.waits and ready:
            break
        if step.waits and _already(step, history.answered, planned):
            continue
        calls = _calls(step, history)
        planned += calls
        ready += [call for call in calls if not _is_answered(call, history.answered)]
    return list({_key(call.name, call.arguments): call for call in ready}.values())


def _already(step: Step, answered: Sequence[Answered], planned: Sequence[PlannedCall]) -> bool:
    """Tell whether a waiting step has had its call: one of its tool that no other step planned."""
    others = {_key(call.name, call.arguments) for call in planned}
    return any(
        each.name == step.tool.name and _key(each.name, each.arguments) not in others
        for each in answered
    )


def _calls(step: Step, history: History) -> list[PlannedCall]:
    """Return the calls of one step: several where a required parameter has several values."""
    if not step.waits:
        name, values = values_to_split(step.tool, step.text)
        if values:
            return [_one_of(step, name, value, values) for value in values]
    asked = source(step, history)
    return [] if lacks(step.tool, asked) else [PlannedCall(step.tool.name, fill(step.tool, asked))]


def source(step: Step, history: History) -> Asked:
    """Return where a step's arguments come from: its words, the question, then the results."""
    own = Asked(step.text)
    if not step.waits and not lacks(step.tool, own):
        return own
    found = [pick(each.result, history.question) for each in history.answered]
    facts = [fact for fact in found if fact] or list(history.earlier)
    # The question's other parts may name the id that "its" means; its numbers are their own.
    return Asked(step.text, facts=facts, ids_from=history.question)


def _one_of(step: Step, name: str, value: Any, values: Sequence[Any]) -> PlannedCall:
    """Return the call for one of several values, with what is said beside it, or of them all."""
    parts = clauses(step.text)
    beside = [
        part for part in parts if value in Asked(part).offers(name, step.tool.properties[name])
    ]
    own = beside[0] if beside else step.text
    asked = Asked(own, wider=step.text, fixed={name: value})
    return PlannedCall(step.tool.name, fill(step.tool, asked))


def _is_answered(call: PlannedCall, answered: Sequence[Answered]) -> bool:
    key = _key(call.name, call.arguments)
    return any(_key(each.name, each.arguments) == key for each in answered)


def _key(name: str, arguments: dict[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True)
