"""Checks a conversation as the real API does: its roles, its contents, its tool calls' answers."""

from typing import Any

from labkit.offline.bodies import missing, unsupported
from labkit.offline.errors import ApiError

ROLES = ("system", "assistant", "user", "function", "tool", "developer")


def check_messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the request's messages, or raise the ApiError that says what is wrong with them."""
    messages = body.get("messages")
    if messages is None:
        raise missing("messages")
    if not isinstance(messages, list):
        text = "Invalid type for 'messages': expected an array of objects."
        raise ApiError(text, param="messages", code="invalid_type")
    if not messages:
        text = "Invalid 'messages': empty array. Expected an array with minimum length 1."
        raise ApiError(text, param="messages", code="empty_array")
    for i, message in enumerate(messages):
        _check_message(message, f"messages[{i}]")
    _check_answers(messages)
    return messages


def _check_message(message: Any, where: str) -> None:
    if not isinstance(message, dict):
        text = f"Invalid type for '{where}': expected an object."
        raise ApiError(text, param=where, code="invalid_type")
    role = message.get("role")
    if role not in ROLES:
        raise unsupported(f"{where}.role", role, ROLES)
    _check_content(message, f"{where}.content")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise missing(f"{where}.tool_call_id")
    _check_calls(message, f"{where}.tool_calls")


def _check_content(message: dict[str, Any], param: str) -> None:
    content = message.get("content")
    if content is None:
        if message["role"] == "assistant":
            return  # null beside tool calls; empty turns are accepted too
        text = f"Invalid value for '{param}': expected a string, got null."
        raise ApiError(text, param=param)
    parts = content if isinstance(content, list) else []
    if not isinstance(content, str | list) or not all(isinstance(p, dict) for p in parts):
        text = f"Invalid type for '{param}': expected one of a string or array of objects."
        raise ApiError(text, param=param, code="invalid_type")


def _check_calls(message: dict[str, Any], param: str) -> None:
    calls = message.get("tool_calls")
    if calls is None:
        return
    for i, call in enumerate(calls if isinstance(calls, list) else [None]):
        function = call.get("function") if isinstance(call, dict) else None
        names = [call.get("id"), function.get("name")] if isinstance(function, dict) else []
        if not names or not all(isinstance(name, str) and name for name in names):
            text = f"Invalid '{param}[{i}]': expected an object with an id and a function's name."
            raise ApiError(text, param=f"{param}[{i}]", code="invalid_type")


def _check_answers(messages: list[dict[str, Any]]) -> None:
    """Refuse a tool call without its answer, and an answer without its tool call."""
    waiting: list[str] = []
    asked: set[str] = set()
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            _check_asked(message, asked, i)
            waiting = [id for id in waiting if id != message["tool_call_id"]]
            continue
        _check_answered(waiting, i)
        waiting = [call["id"] for call in message.get("tool_calls") or []]
        asked = set(waiting)
    _check_answered(waiting, len(messages))


def _check_answered(waiting: list[str], i: int) -> None:
    if waiting:
        raise ApiError(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(waiting),
            param=f"messages.[{i}].role",
        )


def _check_asked(message: dict[str, Any], asked: set[str], i: int) -> None:
    if message["tool_call_id"] not in asked:
        raise ApiError(
            "Invalid parameter: messages with role 'tool' must be a response to a preceding "
            "message with 'tool_calls'.",
            param=f"messages.[{i}].role",
        )
