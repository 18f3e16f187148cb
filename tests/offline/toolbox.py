"""Tools as learners declare them, and a loop that lets the advisor run them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit.offline.advisor import Decision, decide
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}


def tool(name: str, description: str, required: Sequence[str] = (), /, **properties: Any) -> Any:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


Turn = list[tuple[str, dict[str, Any]]]


def ask(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": question}]


def answered(messages: list[Any], decision: Decision, results: Sequence[str]) -> list[Any]:
    """Return the messages with a decision's calls and their results."""
    start = len(messages)
    calls = [
        {
            "id": f"call_{start}_{i}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for i, call in enumerate(decision.calls)
    ]
    turn = {"role": "assistant", "content": decision.text or None, "tool_calls": calls}
    told = [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return [*messages, turn, *told]


def converse(
    question: str | list[Any],
    tools: Sequence[Any] = TOOLS,
    functions: Mapping[str, Callable[..., Any]] = TOOL_FUNCTIONS,
    **options: Any,
) -> tuple[list[Turn], str]:
    """Return the calls of each turn until the advisor answers, and its answer."""
    messages = ask(question) if isinstance(question, str) else question
    turns: list[Turn] = []
    for _ in range(8):
        decision = decide(messages, tools=tools, **options)
        if not decision.calls:
            return turns, decision.text
        turns.append([(call.name, call.arguments) for call in decision.calls])
        results = [
            functions.get(call.name, lambda **_: {"done": True})(**call.arguments)
            for call in decision.calls
        ]
        messages = answered(messages, decision, [json.dumps(result) for result in results])
    raise AssertionError(f"no answer after 8 turns: {turns}")


def first_calls(question: str, *tools: Any, **options: Any) -> Turn:
    decision = decide(ask(question), tools=tools, **options)
    return [(call.name, call.arguments) for call in decision.calls]
