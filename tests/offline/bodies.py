"""Writes the parts of request bodies as clients send them."""

from typing import Any

Body = dict[str, Any]


def user(content: Any, **more: Any) -> Body:
    return {"role": "user", "content": content, **more}


def called(name: str, arguments: str, /, **message: Any) -> Body:
    """Return an assistant's turn as it is sent back; `content` only if the client sends it."""
    function = {"name": name, "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "tool_calls": [call], **message}


def result(content: Any) -> Body:
    return {"role": "tool", "tool_call_id": "call_1", "content": content}


def schema(properties: Body, **more: Any) -> Body:
    closed = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **closed, **more}


def tool(name: str, description: str, parameters: Body, **more: Any) -> Body:
    function = {"name": name, "description": description, "parameters": parameters, **more}
    return {"type": "function", "function": function}


def form(properties: Body, *, name: str = "response", **more: Any) -> Body:
    described = {"name": name, "strict": True, "schema": schema(properties, **more)}
    return {"type": "json_schema", "json_schema": described}
