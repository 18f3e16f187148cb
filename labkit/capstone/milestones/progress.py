"""Milestone 4: the reader learns what the agent does, while it does it."""

import json
from typing import Any

from labkit.capstone.heard import BrokenRuleError, Event, Heard
from labkit.capstone.milestones.answer import check_done
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.milestones.page import mentions
from labkit.capstone.milestones.sentence import check_sentence
from labkit.capstone.upstream import PLAIN, TEXT, Turn
from labkit.capstone.visit import TOOL_PATIENCE_S, Visit

_SILENT = Turn("stall_after=0")
_FIELDS: dict[str, dict[str, Any]] = {
    "tool_started": {"call": int, "name": str, "arguments": dict},
    "tool_finished": {"call": int, "name": str, "seconds": int | float, "summary": str},
    "tool_failed": {"call": int, "name": str, "reason": str},
}
_LONG_S = 0.2


async def _tells(visit: Visit) -> None:
    heard = await visit.hear_example()
    _check_pairs(heard)
    check_done(heard)


def _check_pairs(heard: Heard) -> None:
    """Raise BrokenRuleError unless each tool starts once, then ends once."""
    running: dict[tuple[int, str], Event] = {}
    for event in heard.events:
        if event.name in _FIELDS:
            _check_fields(event)
            which = (event.data["call"], event.data["name"])
            if (event.name == "tool_started") == (which in running):
                raise BrokenRuleError(f"sends {heard.in_short}: each tool starts once, then ends.")
            if event.name == "tool_started":
                running[which] = event
            else:
                _check_pace(running.pop(which), event)
    if running or "tool_finished" not in heard.names:
        raise BrokenRuleError(
            f"sends {heard.in_short}; expected `tool_started`, then `tool_finished`, for each tool."
        )


def _check_fields(event: Event) -> None:
    for name, kind in _FIELDS[event.name].items():
        if not isinstance(event.data.get(name), kind):
            raise BrokenRuleError(
                f"sends `{event.name}` with {name} = {event.data.get(name)!r}; it has "
                f"{', '.join(_FIELDS[event.name])}."
            )


def _check_pace(started: Event, ended: Event) -> None:
    """Raise BrokenRuleError if a tool that takes its time was told of too late."""
    seconds = ended.data.get("seconds", 0)
    if seconds > _LONG_S and ended.at_s - started.at_s < seconds / 2:
        raise BrokenRuleError(
            f"sends `tool_started` when {ended.data['name']} is nearly over: it took "
            f"{seconds:.1f} s, and its start was told {ended.at_s - started.at_s:.1f} s before "
            "its end."
        )


async def _tells_at_once(visit: Visit) -> None:
    heard = await visit.hear_example(PLAIN, _SILENT, pause_s=1)
    if not {"tool_started", "tool_finished"} <= set(heard.names):
        raise BrokenRuleError(
            f"has sent {heard.in_short} while the model thinks about the results; by then the "
            "reader has to know that the tools are done."
        )


async def _survives(visit: Visit, name: str, arguments: str) -> None:
    calls = Turn(calls=((name, arguments),))
    heard = await visit.hear("Please try.", calls, TEXT, patience_s=TOOL_PATIENCE_S)
    failed = [event for event in heard.events if event.name == "tool_failed"]
    if not failed:
        raise BrokenRuleError(
            f"sends {heard.in_short} when the model calls {name}({arguments}); expected "
            "`tool_failed`."
        )
    _check_fields(failed[0])
    check_sentence(str(failed[0].data["reason"]), "tool_failed")
    check_done(heard)


async def _survives_bad_arguments(visit: Visit) -> None:
    tool = (await visit.about())["tools"][0]["name"]
    await _survives(visit, tool, '{"oops')


async def _survives_unknown_tools(visit: Visit) -> None:
    await _survives(visit, "no_such_tool", "{}")


async def _keeps_errors(visit: Visit) -> None:
    """No tool knows such an argument, so that Python raises; where one does, nothing fails."""
    for tool in (await visit.about())["tools"]:
        call = Turn(calls=((tool["name"], '{"no_such_argument": 1}'),))
        heard = await visit.hear("Please try.", call, TEXT, patience_s=TOOL_PATIENCE_S)
        for event in heard.events:
            if event.name == "tool_failed":
                check_sentence(json.dumps(event.data, ensure_ascii=False), "tool_failed")


async def _shows(visit: Visit) -> None:
    await mentions(visit, *_FIELDS)


PROGRESS = Milestone(
    number=4,
    name="progress",
    says="The reader learns what the agent does, while it does it.",
    points=15,
    rules=(
        Rule("Send `tool_started` when a tool starts, and `tool_finished` when it ends.", _tells),
        Rule("Send both at once, and not with the answer.", _tells_at_once),
        Rule(
            "Arguments that are no JSON give `tool_failed`, and the agent goes on.",
            _survives_bad_arguments,
        ),
        Rule("A tool that does not exist gives `tool_failed`, too.", _survives_unknown_tools),
        Rule(
            "What a tool raises is nothing for the reader: `reason` is a sentence.", _keeps_errors
        ),
        Rule("The page has a line for each of the three.", _shows),
    ),
    hints=(
        "It is exercise 1 of notebook 06 once more, with an SSE event in place of a line.",
        "`ToolStarted`, `ToolFinished` and `ToolFailed` have all the fields that the specification "
        "names; only the `reason` may hold what your tool raised, so send a sentence of your own.",
        'For `ToolStarted`: `return frame("tool_started", call=event.call, name=event.name, '
        "arguments=event.arguments)`. In the page, `on.tool_started` appends an `li` to `steps`.",
    ),
)
