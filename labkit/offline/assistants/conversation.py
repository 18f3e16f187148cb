"""A thread and a run as one chat request, so that the same advisor can answer it."""

from collections.abc import Iterable, Iterator
from typing import Any

from labkit.offline.assistants.store import Run
from labkit.offline.requests import ChatRequest, parse_request
from labkit.offline.shapes import as_json
from labkit.offline.shelf import Fields


def chat_request(history: Iterable[Fields], run: Run) -> ChatRequest:
    """Return what `run` asks the model after `history`; raises ApiError as a chat request does."""
    fields = run.fields
    body: Fields = {"model": fields["model"], "messages": _messages(history, fields)}
    body["temperature"] = fields["temperature"]
    if functions := [tool for tool in fields["tools"] if tool["type"] == "function"]:
        body |= {"tools": functions, "tool_choice": _tool_choice(run)}
        body["parallel_tool_calls"] = fields["parallel_tool_calls"]
    if fields["response_format"] not in (None, "auto"):
        body["response_format"] = fields["response_format"]
    if fields["max_completion_tokens"] is not None:
        left = fields["max_completion_tokens"] - run.used["completion_tokens"]
        body["max_completion_tokens"] = max(1, left)
    return parse_request(as_json(body).encode())


def _tool_choice(run: Run) -> Any:
    """Return what the run says, but let it speak freely once a tool has been called."""
    choice = run.fields["tool_choice"]
    called = any(step["type"] == "tool_calls" for step in run.steps)
    other = isinstance(choice, dict) and choice.get("type") != "function"
    return "auto" if called or other else choice


def _messages(history: Iterable[Fields], run: Fields) -> list[Fields]:
    system = [{"role": "system", "content": run["instructions"]}] if run["instructions"] else []
    said = [message for each in history for message in _said(each)]
    # An empty thread may be run, but a chat request has at least one message.
    return system + said or [{"role": "system", "content": ""}]


def _said(each: Fields) -> Iterator[Fields]:
    if each["object"] == "thread.message":
        texts = [part["text"]["value"] for part in each["content"] if part["type"] == "text"]
        yield {"role": each["role"], "content": "\n".join(texts)}
        return
    calls = each["step_details"]["tool_calls"]
    yield {"role": "assistant", "content": None, "tool_calls": [asked(call) for call in calls]}
    for call in calls:
        yield {"role": "tool", "tool_call_id": call["id"], "content": call["function"]["output"]}


def asked(call: Fields) -> Fields:
    """Return a tool call of a step without its output, as the model asked for it."""
    function = {name: call["function"][name] for name in ("name", "arguments")}
    return {"id": call["id"], "type": "function", "function": function}
