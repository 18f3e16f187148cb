"""Two exercises of notebook 03: run a tool call, and go on with the conversation."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from labkit.exercises.cases import values
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import keeps, returns_json, returns_nested
from labkit.tool_calls import ToolCall

Call = dict[str, str]
"""A tool call as `assemble` returns it: id, name, arguments."""

Message = dict[str, Any]


def run_call(call: Call, functions: Mapping[str, Callable[..., Any]]) -> str:
    """Run one call; return its result as JSON, for the tool message.

    Whatever goes wrong (bad JSON, an unknown name, wrong arguments, a
    tool that raises) gives the JSON of {"error": a sentence} instead,
    with the name or the message in it (the exception's kind, if it has
    no message). No arguments ("") mean {}.
    Example: the call {"id": "c1", "name": "double",
    "arguments": '{"n": 2}'} gives "4".
    """
    if call["name"] not in functions:
        return json.dumps({"error": f"There is no tool {call['name']}."})
    try:
        arguments = json.loads(call["arguments"] or "{}")
        return json.dumps(functions[call["name"]](**arguments))
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


def answered(
    messages: list[Message], text: str | None, calls: list[Call], results: list[str]
) -> list[Message]:
    """Return a new list: the messages, the model's turn, the results.

    The model's turn has the role "assistant", `text` as content, and
    "tool_calls": for each call its "id", "type": "function", and
    "function" with "name" and "arguments". Then comes one message for
    each result: the role "tool", the call's id as "tool_call_id", the
    result as content. The list `messages` itself stays as it is.
    """
    tool_calls = []
    for call in calls:
        function = {"name": call["name"], "arguments": call["arguments"]}
        wish = {"id": call["id"], "type": "function", "function": function}
        tool_calls.append(wish)
    turn = {"role": "assistant", "content": text, "tool_calls": tool_calls}
    told_back = [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return [*messages, turn, *told_back]


def _result(expected: Any) -> Judge:
    return returns_json(lambda value: bool(value == expected))


def _error(*words: str) -> Judge:
    def holds(value: Any) -> bool:
        error = value.get("error") if isinstance(value, dict) else None
        return isinstance(error, str) and bool(error) and all(word in error for word in words)

    return returns_json(holds)


def _double(n: float) -> float:
    return 2 * n


def _count_shelves() -> int:
    return 12


def _reserve(product_id: str) -> None:
    raise RuntimeError("the warehouse does not answer")


def _next_delivery() -> date:
    return date(2026, 12, 1)


def _wait_for_delivery() -> None:
    raise TimeoutError


_TOOLS: dict[str, Callable[..., Any]] = {
    "double": _double,
    "count_shelves": _count_shelves,
    "reserve": _reserve,
    "next_delivery": _next_delivery,
    "wait_for_delivery": _wait_for_delivery,
}


def _run(judge: Judge, name: str, arguments: str) -> Case:
    """Return the case of one call; the tools are not shown, their names are in the call."""
    call = _call(name, arguments)
    return Case(f"the call {name}({arguments})", lambda: (dict(call), dict(_TOOLS)), judge)


def _call(name: str, arguments: str, id: str = "call_1") -> Call:
    return {"id": id, "name": name, "arguments": arguments}


SEARCH = _call("search_products", '{"category": "tents"}', "call_a")
DETAILS = _call("get_product_details", '{"product_id": "P004"}', "call_b")
_ASKED: list[Message] = [{"role": "user", "content": "Tents?"}]


def _turn(text: str | None, *calls: Call) -> Message:
    wishes = [ToolCall(0, c["id"], c["name"], [c["arguments"]]).as_message() for c in calls]
    return {"role": "assistant", "content": text, "tool_calls": wishes}


def _told(call: Call, content: str) -> Message:
    return {"role": "tool", "tool_call_id": call["id"], "content": content}


RUN_CALL = Exercise(
    key="03.run_call",
    title="Run it safely",
    solution=run_call,
    rules=(
        rule(
            "Parse the arguments, call the function with them as keywords, return JSON.",
            _run(_result(4), "double", '{"n": 2}'),
            _run(_result(3.0), "double", '{"n": 1.5}'),
        ),
        rule(
            "No arguments at all mean an empty dictionary.",
            _run(_result(12), "count_shelves", ""),
            _run(_result(12), "count_shelves", "{}"),
        ),
        rule(
            "An unknown tool is named in the error.",
            _run(_error("fly_to_moon"), "fly_to_moon", "{}"),
        ),
        rule(
            "Arguments that are not JSON are an error of the call, not of our program.",
            _run(_error(), "double", '{"n": '),
            _run(_error(), "double", "two"),
        ),
        rule(
            "So are arguments that the function does not take. Name the one that is wrong.",
            _run(_error("colour"), "double", '{"colour": "red"}'),
            _run(_error(), "double", "[2]"),
        ),
        rule(
            "A tool may raise. The model reads the message, or the kind where there is none.",
            _run(_error("the warehouse does not answer"), "reserve", '{"product_id": "P004"}'),
            _run(_error(), "wait_for_delivery", "{}"),
        ),
        rule(
            "A result that JSON does not know, such as a date, raises nothing either.",
            _run(returns_json(lambda value: True), "next_delivery", "{}"),
        ),
    ),
    hints=(
        "Look the name up first, without calling anything. What is left may raise in many ways, "
        "and all of them are treated alike.",
        '`json.loads(call["arguments"] or "{}")` gives the dictionary, and '
        '`functions[call["name"]](**arguments)` calls the tool with it.',
        "Parsing, calling and `json.dumps` of the result stand in one `try`. In `except Exception "
        'as error`, return `json.dumps({"error": …})` with the error in it.',
    ),
)

ANSWERED = Exercise(
    key="03.answered",
    title="The next conversation",
    solution=answered,
    rules=(
        rule(
            "First the messages, then the model's turn with its calls, then the result.",
            values(
                returns_nested([*_ASKED, _turn(None, SEARCH), _told(SEARCH, "[]")]),
                *(_ASKED, None, [SEARCH], ["[]"]),
            ),
        ),
        rule(
            "Text that stood before the calls is the content of the turn.",
            values(
                returns_nested([*_ASKED, _turn("Let me see.", SEARCH), _told(SEARCH, "[]")]),
                *(_ASKED, "Let me see.", [SEARCH], ["[]"]),
            ),
        ),
        rule(
            "Several calls share one turn, and each has a tool message of its own.",
            values(
                returns_nested(
                    [
                        *_ASKED,
                        _turn(None, SEARCH, DETAILS),
                        _told(SEARCH, "[1]"),
                        _told(DETAILS, "{}"),
                    ]
                ),
                *(_ASKED, None, [SEARCH, DETAILS], ["[1]", "{}"]),
            ),
        ),
        rule(
            "The list that we were given stays as it is: others may still need it.",
            values(keeps("messages", _ASKED), _ASKED, None, [SEARCH], ["[]"]),
        ),
    ),
    hints=(
        "Three parts, joined into a new list: `[*messages, turn, *tool_messages]`.",
        'The turn is {"role": "assistant", "content": text, "tool_calls": […]}. A call in it has '
        'the id and the type outside, name and arguments inside "function".',
        "`zip(calls, results)` pairs each call with its result: one tool message for each pair.",
    ),
)
