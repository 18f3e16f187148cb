"""Reads the body of a Responses request, and says in chat-completions terms what it asks for."""

from dataclasses import dataclass
from typing import Any

from labkit.offline.bodies import (
    missing,
    read_body,
    read_boolean,
    read_integer,
    read_object,
    unsupported,
    wrong_type,
)
from labkit.offline.errors import ApiError
from labkit.offline.functions import check_function
from labkit.offline.requests import (
    FORMATS,
    ChatRequest,
    check_model,
    digest_of,
    wants_json_unsaid,
)
from labkit.offline.responses.conversation import as_messages
from labkit.offline.responses.items import read_items
from labkit.offline.responses.settings import read_settings
from labkit.offline.responses.store import Item, Responses
from labkit.offline.schemas import check_schema

_LEAST_TOKENS = 16  # the real API refuses a smaller limit


@dataclass(frozen=True)
class ResponsesRequest:
    """What a valid request asks for."""

    chat: ChatRequest
    """The same request in the terms that all dialects share."""
    items: tuple[Item, ...]
    """What is to be answered, the items of earlier responses included."""
    settings: dict[str, Any]
    """What the response repeats of the request."""


def parse_request(raw: bytes, known: Responses) -> ResponsesRequest:
    """Return the request in `raw` (a JSON body), or raise the ApiError that the real API sends.

    `known` holds the earlier responses from which the request may go on.
    """
    body = read_body(raw)
    model, tools, form = check_model(body.get("model")), _tools(body), _format(body)
    settings = read_settings(body)
    items = (*_earlier(settings["previous_response_id"], known), *read_items(body, known))
    chat = {
        "model": model,
        "messages": as_messages(items, _instructions(settings)),
        "tools": tools,
        "tool_choice": _tool_choice(settings, tools),
        "response_format": form,
    }
    if wants_json_unsaid(form, chat["messages"]):
        text = "The input must contain the word 'json' for a 'text.format' of type 'json_object'."
        raise ApiError(text, param="input")
    decided_by = {**chat, "temperature": body.get("temperature")}
    asked = ChatRequest(**chat, **_options(body), **_seed(decided_by))
    return ResponsesRequest(asked, items, settings)


def _options(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a ChatRequest that do not decide what is said."""
    options, stream = read_object(body, "stream_options"), read_boolean(body, "stream")
    if options and not stream:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(text, param="stream_options")
    return {
        "stream": stream,
        "max_tokens": read_integer(body, "max_output_tokens", _LEAST_TOKENS, 10**6),
        "include_obfuscation": options.get("include_obfuscation") is not False,
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
    }


def _seed(decided_by: dict[str, Any]) -> dict[str, Any]:
    digest = digest_of(decided_by)
    return {"seed": int(digest[:8], 16), "digest": digest, "decided_by": decided_by}


def _earlier(id: str | None, known: Responses) -> tuple[Item, ...]:
    if id is None:
        return ()
    if (kept := known.find(id)) is None:
        raise ApiError(
            f"Previous response with id '{id}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return kept.conversation


def _instructions(settings: dict[str, Any]) -> str | None:
    instructions = settings["instructions"]
    if instructions is not None and not isinstance(instructions, str):
        raise wrong_type("instructions", "a string", instructions)
    return instructions


def _tools(body: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    tools = body.get("tools") or []
    if not isinstance(tools, list):
        raise wrong_type("tools", "an array of objects", tools)
    return tuple(_tool(tool, f"tools[{i}]") for i, tool in enumerate(tools))


def _tool(tool: Any, where: str) -> dict[str, Any]:
    """Return `tool` as chat completions describe it: its function in an object of its own."""
    if not isinstance(tool, dict):
        raise wrong_type(where, "an object", tool)
    if (kind := tool.get("type")) != "function":
        text = f"The offline model has no tool of type {kind!r}. Supported values are: 'function'."
        raise ApiError(text, param=f"{where}.type", code="invalid_value")
    check_function(tool, where)
    function = {name: value for name, value in tool.items() if name != "type" and value is not None}
    return {"type": "function", "function": function}


def _tool_choice(settings: dict[str, Any], tools: tuple[dict[str, Any], ...]) -> Any:
    choice = settings["tool_choice"]
    named = choice.get("name") if isinstance(choice, dict) else None
    if isinstance(choice, dict) and choice.get("type") != "function":
        raise unsupported("tool_choice.type", choice.get("type"), ("function",))
    if choice not in ("none", "auto") and not tools:
        raise ApiError(f"Tool choice {choice!r} needs 'tools' to choose from.", param="tool_choice")
    if named is not None and named not in [tool["function"]["name"] for tool in tools]:
        text = f"Tool choice '{named}' not found in 'tools' parameter."
        raise ApiError(text, param="tool_choice")
    return choice if named is None else {"type": "function", "function": {"name": named}}


def _format(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return `text.format` as chat completions describe it, its schema in an object of its own."""
    text = read_object(body, "text")
    if (form := text.get("format")) is None:
        return None
    if not isinstance(form, dict):
        raise wrong_type("text.format", "an object", form)
    if (kind := form.get("type")) not in FORMATS:
        raise unsupported("text.format.type", kind, FORMATS)
    if kind != "json_schema":
        return {"type": kind}
    _check_schema(form)
    return {"type": kind, kind: {name: form[name] for name in form if name != "type"}}


def _check_schema(form: dict[str, Any]) -> None:
    for name in ("name", "schema"):
        if not form.get(name):
            raise missing(f"text.format.{name}")
    problem = check_schema(form["schema"], strict=bool(form.get("strict")))
    if problem:
        text = f"Invalid schema for response_format '{form['name']}': {problem}"
        raise ApiError(text, param="text.format.schema", code="invalid_json_schema")
