"""Milestone 1: the agent has tools of its own, and the model uses them."""

import re
from typing import Any

import fastjsonschema

from labkit.capstone.heard import BrokenRuleError
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.upstream import TEXT, Turn
from labkit.capstone.visit import TOOL_PATIENCE_S, Visit
from labkit.outdoor import TOOL_FUNCTIONS

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


async def _tells(visit: Visit) -> None:
    await visit.about()


async def _are_own(visit: Visit) -> None:
    names = [tool["name"] for tool in (await visit.about())["tools"]]
    own = [name for name in names if name not in TOOL_FUNCTIONS]
    if len(own) < 2:
        raise BrokenRuleError(
            f"has {', '.join(names)}: the shop's tools do not count. Write two of your own."
        )


async def _are_sent(visit: Visit) -> None:
    listed = {tool["name"] for tool in (await visit.about())["tools"]}
    await visit.hear_example()
    sent = {_checked(tool) for tool in _first_request(visit).get("tools") or []}
    if sent != listed:
        raise BrokenRuleError(
            f"sends the model {_listed(sent)}, but `GET /about` tells of {_listed(listed)}."
        )


async def _are_used(visit: Visit) -> None:
    await visit.hear_example()
    _first_request(visit)
    if len(visit.upstream.asked) < 2:
        raise BrokenRuleError(
            "asks the model once about its example, and no tool runs. Use words of the tool's name "
            "and description in the question, and try again."
        )
    results = [m for m in visit.upstream.asked[1]["messages"] if m.get("role") == "tool"]
    if not results:
        raise BrokenRuleError("asks the model again without a message of the role `tool`.")
    errors = [each for each in map(_content, results) if each.startswith('{"error"')]
    if errors:
        raise BrokenRuleError(f"gives the model an error as result: {errors[0][:160]}")


def _content(message: Any) -> str:
    return str(message.get("content", ""))


async def _have_functions(visit: Visit) -> None:
    for tool in (await visit.about())["tools"]:
        call = Turn(calls=((tool["name"], "{}"),))
        await visit.hear("Please try.", call, TEXT, patience_s=TOOL_PATIENCE_S)
        if "There is no tool" in "".join(map(_content, visit.upstream.asked[-1]["messages"])):
            raise BrokenRuleError(f"has no function for the tool {tool['name']!r} that it lists.")


def _first_request(visit: Visit) -> dict[str, Any]:
    if not visit.upstream.asked:
        raise BrokenRuleError("does not ask the model, where its example is the question.")
    return visit.upstream.asked[0]


def _checked(tool: Any) -> str:
    """Return the name of a tool whose schema is in order. Raises BrokenRuleError."""
    try:
        function = tool["function"]
        name, parameters = function["name"], function["parameters"]
        fastjsonschema.compile(parameters)
        missing = set(parameters.get("required", ())) - set(parameters["properties"])
    except (TypeError, KeyError, AttributeError) as error:
        raise BrokenRuleError(f"sends a tool without {error}: {str(tool)[:120]}.") from None
    except fastjsonschema.JsonSchemaDefinitionException as error:
        raise BrokenRuleError(f"sends a schema that is none: {error}.") from None
    if not _NAME.fullmatch(name) or not function.get("description") or missing:
        raise BrokenRuleError(
            f"sends the tool {name!r} whose schema has a bad name, no description, or requires "
            "what is not in its properties."
        )
    return str(name)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "no tools"


TOOLS = Milestone(
    number=1,
    name="tools",
    says="The agent has at least two tools of its own, and its example question uses one.",
    points=15,
    rules=(
        Rule("`GET /about` tells the name, an example question, and at least two tools.", _tells),
        Rule("At least two tools are your own, and not the shop's.", _are_own),
        Rule("The model is sent every tool, with a schema that is in order.", _are_sent),
        Rule("The example makes a tool run, and its result goes back to the model.", _are_used),
        Rule("Each tool has its function.", _have_functions),
    ),
    hints=(
        "Begin with a plain function of one text parameter that returns a dict, as in the section "
        "“A tool of your own” of notebook 06. The schema follows from it.",
        "The offline model finds a tool by the words of its name and description. A question that "
        "uses these words, and names a value for the parameter, makes it call the tool.",
        "`TOOLS` is the list of schemas, and `FUNCTIONS` has the function of each name. `EXAMPLE` "
        'is a question such as "How is the Ridge trail?", for a tool `trail_report(trail)`.',
    ),
)
