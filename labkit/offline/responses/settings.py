"""The parameters of a request that its response repeats, with the API's defaults filled in."""

from functools import cache
from typing import Any

from openai.types.responses import Response
from pydantic import TypeAdapter, ValidationError

from labkit.offline.bodies import read_boolean, read_object
from labkit.offline.errors import ApiError

_DEFAULTS: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
    "metadata": {},
}
_ABSENT = ("background", "conversation", "prompt")


def read_settings(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a response to `body` repeats of it.

    Raises the ApiError for a value that the SDK's type of a response would refuse, and for what
    the offline model does not have.
    """
    for name in _ABSENT:
        if body.get(name):
            text = f"The offline model does not support '{name}'. Leave it out."
            raise ApiError(text, param=name, code="unsupported_parameter")
    settings = {name: _setting(body, name) for name in _DEFAULTS}
    settings["store"] = body.get("store") is None or read_boolean(body, "store")
    settings["text"] = _checked("text", _text(body))
    settings["tools"] = _checked("tools", [_tool(tool) for tool in body.get("tools") or []])
    return settings


def _setting(body: dict[str, Any], name: str) -> Any:
    value = body.get(name)
    return _DEFAULTS[name] if value is None else _checked(name, value)


def _checked(name: str, value: Any) -> Any:
    try:
        _type_of(name).validate_python(value, strict=True)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        text = f"Invalid value for '{name}': {problem}, but got {value!r}."
        raise ApiError(text, param=name, code="invalid_value") from None
    return value


@cache
def _type_of(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(Response.model_fields[name].annotation)


def _text(body: dict[str, Any]) -> dict[str, Any]:
    text = read_object(body, "text")
    form = text.get("format") or {"type": "text"}
    return {"format": form, "verbosity": text.get("verbosity") or "medium"}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    given = {name: tool.get(name) for name in ("description", "name", "parameters")}
    return {"type": "function", **given, "strict": bool(tool.get("strict"))}
