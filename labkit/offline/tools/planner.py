"""Which tools a question calls for, in which order, and which of the calls are still to be made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.choosing import (
    Tool,
    fill,
    fitness,
    gives_required,
    lacks,
    lacks_category,
    says_all,
    suits,
    values_given,
    values_to_split,
)
from labkit.offline.tools.history import Answered, History, entities
from labkit.offline.tools.manner import is_asking, is_general, looks_back
from labkit.offline.tools.mentions import ids
from labkit.offline.tools.picking import how_many, ranked
from labkit.offline.tools.roles import name_words
from labkit.offline.tools.scopes import clauses, scope

MAX_TURNS = 6


@dataclass(frozen=True)
class PlannedCall:
    """A tool call to make: the tool's name and its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One tool for one part of the question.

    It `waits` for the results of the steps before it; `its` text names the ids that it speaks of.
    """

    tool: Tool
    text: str
    waits: bool = False
    its: str = ""


def plan(question: str, tools: Sequence[Tool], *, known: bool = False) -> list[Step]:
    """Return the steps for `question`; with `known` its first pronoun may mean earlier results."""
    offered = [tool for tool in tools if not tool.is_output]
    if known and looks_back(question):  # "Which of them is the lightest?" names nothing to look up
        offered = [tool for tool in offered if not lacks_category(tool, Asked(question))]
    steps: list[Step] = []
    lead = ""
    parts = clauses(question)
    for clause in parts:
        linked = looks_back(clause) and (bool(steps) or known)
        tool = best(clause, offered, linked=linked, alone=len(parts) == 1 or is_asking(clause))
        if not tool and (tool := _elliptic(clause, steps, offered)):
            linked = True
        if tool and not _goes_on(clause, tool, steps, linked=linked):
            waits = linked and bool(steps) and not gives_required(tool, Asked(clause))
            steps = _add(steps, Step(tool, f"{lead} {clause}".strip(), waits))
            lead = ""
            if then := _then(clause, tool, offered):
                steps.append(Step(then, clause, waits=True))
        elif not is_general(clause) and steps:
            steps[-1] = replace(steps[-1], text=f"{steps[-1].text} and {clause}")
        elif not is_general(clause):
            lead = f"{lead} {clause}".strip()
    if not steps and not is_general(question):
        whole = best(question, offered, linked=known and looks_back(question))
        whole = whole or _nearly(question, offered)
        steps = [Step(whole, question)] if whole else []
    return _chained(steps)


def _nearly(question: str, tools: Sequence[Tool]) -> Tool | None:
    """Return the tool for a question that lacks only what it is about: "Where is my parcel?"."""
    tool = best(question, tools, linked=True, alone=False)
    return tool if tool and lacks(tool, Asked(question)) and says_all(tool, question) else None


def _elliptic(clause: str, steps: Sequence[Step], tools: Sequence[Tool]) -> Tool | None:
    """Return the tool for a part that does not say for what: "and how much with 10 % off?"."""
    used = {step.tool.name for step in steps}
    fresh = [tool for tool in tools if tool.name not in used]
    tool = best(clause, fresh, linked=True, alone=False) if steps else None
    told = bool(steps) and bool(ids(steps[-1].text))
    return tool if tool and (told or values_given(tool, Asked(clause))) else None


def _goes_on(clause: str, tool: Tool, steps: Sequence[Step], *, linked: bool) -> bool:
    """Tell whether a part only says more of a step before it: "Show me tents and compare them"."""
    used = any(step.tool is tool for step in steps)
    silent = linked and bool(steps) and not gives_required(tool, Asked(clause))
    return silent and (used or lacks_category(tool, Asked(clause)))


def _then(clause: str, tool: Tool, tools: Sequence[Tool]) -> Tool | None:
    """Return the tool to call with what `tool` finds: "the details of the cheapest tent"."""
    if not looks_back(clause) or lacks(tool, Asked(clause)):
        return None
    others = [other for other in tools if other is not tool and lacks(other, Asked(clause))]
    return best(clause, others, linked=True, alone=False)


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


def _chained(steps: Sequence[Step]) -> list[Step]:
    """Let a step wait for those before it if what it requires is said in no step."""
    chained: list[Step] = []
    for step in steps:
        waits = step.waits or (bool(chained) and bool(lacks(step.tool, Asked(step.text))))
        its = _ids_meant(step, chained) if waits else ""
        its = "" if lacks(step.tool, Asked(step.text, ids_from=its)) else its
        chained.append(replace(step, waits=waits and not its, its=its))
    return chained


def _ids_meant(step: Step, before: Sequence[Step]) -> str:
    """Return the text whose ids a step speaks of ("its price"), "" if a tool must find them."""
    texts = [each.its or each.text for each in before]
    named = [bool(ids(text)) and not each.waits for text, each in zip(texts, before, strict=True)]
    if ids(step.text) or not named or not named[-1]:
        return ""
    return " ".join(texts) if all(named) else texts[-1]


def pending(steps: Sequence[Step], history: History) -> list[PlannedCall]:
    """Return the calls that can be made now: none that is answered, none that lacks a result.

    A call that failed in passing is made once more, and one whose arguments were no JSON as often
    as it takes: that is nobody's fault but ours. After MAX_TURNS turns no call is made but
    those that a tool asked for itself, by saying that it is not ready.
    """
    ready: dict[str, PlannedCall] = {}
    planned: set[str] = set()
    first: Step | None = None
    for step in steps:
        if step.waits and ready and (first is None or not _same_need(first, step)):
            continue
        calls = _calls(step, history)
        tries = [_tries(call, history.answered) for call in calls]
        if step.waits:
            tries = [_tries_of(step, history.answered, planned)] * len(calls)
        planned |= {_key(call.name, call.arguments) for call in calls}
        for call, made in zip(calls, tries, strict=True):
            if not _is_settled(made) and (history.turns < MAX_TURNS or _wanted_again(made)):
                ready[_key(call.name, call.arguments)] = call
                first = first or step
    return list(ready.values())


def missing(steps: Sequence[Step], history: History) -> dict[str, list[str]]:
    """Return what nobody has said that a step needs: parameters, by the name of their tool."""
    return {
        step.tool.name: lacking
        for step in steps
        if not step.waits and (lacking := lacks(step.tool, source(step, history)))
    }


def _same_need(one: Step, other: Step) -> bool:
    """Tell whether two waiting steps wait for the same: both for a product's id."""
    needs = [_needs(step) for step in (one, other)]
    return one.waits and bool(needs[0]) and needs[0] == needs[1]


def _needs(step: Step) -> set[tuple[str, ...]]:
    return {name_words(name) for name in lacks(step.tool, Asked(step.text))}


def _tries(call: PlannedCall, answered: Sequence[Answered]) -> list[Answered]:
    key = _key(call.name, call.arguments)
    mine = (each for each in answered if each.name == call.name)
    # Nobody knows which call it was whose arguments were broken; a client may have mended them.
    return [
        each
        for each in mine
        if each.garbled or each.broken or _key(each.name, each.arguments) == key
    ]


def _tries_of(step: Step, answered: Sequence[Answered], planned: set[str]) -> list[Answered]:
    """Return what a waiting step was told: by its tool, in calls that no other step planned."""
    mine = (each for each in answered if each.name == step.tool.name)
    return [each for each in mine if _key(each.name, each.arguments) not in planned]


def _is_settled(tries: Sequence[Answered]) -> bool:
    """Tell whether a call needs no other try: it was answered, or failed in passing twice.

    Tries whose arguments were no JSON do not count: the tool never saw them.
    """
    if _wanted_again(tries):
        return False
    failed = {each.turn for each in tries if each.passing and not each.garbled}
    return len(failed) > 1 or any(not each.passing for each in tries)


def _wanted_again(tries: Sequence[Answered]) -> bool:
    return bool(tries) and tries[-1].asks_again


def _calls(step: Step, history: History) -> list[PlannedCall]:
    """Return the calls of one step: several where a required parameter has several values."""
    if not step.waits:
        name, values = values_to_split(step.tool, f"{step.text} {step.its}".strip())
        if values:
            return [_one_of(step, name, value) for value in values]
    asked = source(step, history)
    return [] if lacks(step.tool, asked) else [PlannedCall(step.tool.name, fill(step.tool, asked))]


def source(step: Step, history: History) -> Asked:
    """Return where a step's arguments come from: its words, the question, then the results."""
    own = Asked(step.text, ids_from=step.its)
    if not step.waits and not lacks(step.tool, own):
        return own
    # The question's other parts may name the id that "its" means; its numbers are their own.
    return Asked(step.text, facts=_facts(step, history), ids_from=history.question)


def _facts(step: Step, history: History) -> list[dict[str, Any]]:
    """Return the things that a step speaks of: of each result the best, or as many as it says."""
    if not step.waits:  # then "it" is something of the turn before
        return list(history.earlier)[: how_many(step.text, results=0)]
    count = how_many(step.text, results=len(history.answered))
    found = [
        ranked(entities(each.value), scope(history.question, each)) for each in history.answered
    ]
    return [thing for things in found for thing in things[:count]]


def _one_of(step: Step, name: str, value: Any) -> PlannedCall:
    """Return the call for one of several values, with what is said beside it, or of them all."""
    parts = clauses(step.text)
    beside = [
        part for part in parts if value in Asked(part).offers(name, step.tool.properties[name])
    ]
    own = beside[0] if beside else step.text
    asked = Asked(own, wider=step.text, fixed={name: value})
    return PlannedCall(step.tool.name, fill(step.tool, asked))


def _key(name: str, arguments: dict[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True)
