"""Reads the body of a chat-completions request, and refuses what the real API refuses."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from labkit.deltas import join
from labkit.offline.errors import ApiError
from labkit.offline.messages import check_messages
from labkit.offline.schemas import check_schema
from labkit.offline.words import plain_text

_MODEL = re.compile(r"[A-Za-z0-9][\w.:/@+-]{0,199}")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")

NO_SUCH_MODEL = "no-such-model"

# What decides the answer. `stream` and its options are left out: streamed or not, it is the same.
_DECIDES = ("model", "messages", "tools", "tool_choice", "response_format", "temperature", "stop")


@dataclass(frozen=True)
class ChatRequest:
    """What a valid request asks for, with the API's defaults filled in."""

    model: str
    messages: list[dict[str, Any]]
    stream: bool = False
    n: int = 1
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    include_usage: bool = False
    include_obfuscation: bool = True
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: Any = "auto"
    parallel_tool_calls: bool = True
    response_format: dict[str, Any] | None = None
    logprobs: bool = False
    top_logprobs: int = 0
    seed: int = 0
    digest: str = ""

    @property
    def forced(self) -> bool:
        """Tell whether one named tool must be called."""
        return isinstance(self.tool_choice, dict)


def parse_request(raw: bytes) -> ChatRequest:
    """Return the request in `raw` (a JSON body), or raise the ApiError that the real API sends."""
    body = _json(raw)
    options = _object(body, "stream_options")
    digest = _digest(body)
    request = ChatRequest(
        model=check_model(body.get("model")),
        messages=check_messages(body),
        stream=_boolean(body, "stream"),
        n=_integer(body, "n", 1, 128) or 1,
        stop=_stop(body),
        max_tokens=_max_tokens(body),
        include_usage=bool(options.get("include_usage")),
        include_obfuscation=options.get("include_obfuscation") is not False,
        tools=_tools(body),
        tool_choice=_tool_choice(body),
        parallel_tool_calls=body.get("parallel_tool_calls") is not False,
        response_format=_response_format(body),
        logprobs=_boolean(body, "logprobs"),
        top_logprobs=_integer(body, "top_logprobs", 0, 20) or 0,
        seed=_seed(body, digest),
        digest=digest,
    )
    _check_together(body, request)
    return request


def check_model(model: Any) -> str:
    """Return `model` if it is a plausible id; 400 for none, 404 for one that does not exist."""
    if not model:
        raise ApiError("you must provide a model parameter")
    if not isinstance(model, str) or not _MODEL.fullmatch(model):
        raise ApiError("invalid model ID", param="model")
    if model == NO_SUCH_MODEL:
        raise ApiError(
            f"The model `{model}` does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
        )
    return model


def _json(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise ApiError(f"We could not parse the JSON body of your request: {error}.") from None
    if not isinstance(body, dict):
        raise ApiError(f"The body must be a JSON object, but was {_kind(body)}.")
    return _whole(body) if b"\\ud" in raw.lower() else body


def _whole(value: Any) -> Any:
    """Return `value` with U+FFFD for each half character in it: nothing could send one back."""
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return join([value]) if isinstance(value, str) else value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    names |= {int: "an integer", float: "a decimal", type(None): "null"}
    return names[type(value)]


def _wrong_type(param: str, wanted: str, value: Any) -> ApiError:
    text = f"Invalid type for '{param}': expected {wanted}, but got {_kind(value)} instead."
    return ApiError(text, param=param, code="invalid_type")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise _wrong_type(name, "an object", value)
    return value or {}


def _boolean(body: dict[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise _wrong_type(name, "a boolean", value)
    return bool(value)


def _integer(body: dict[str, Any], name: str, least: int, most: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(name, "an integer", value)
    if not least <= value <= most:
        side, code = ("below minimum", "min") if value < least else ("above maximum", "max")
        bound = f">= {least}" if value < least else f"<= {most}"
        text = f"Invalid '{name}': integer {side} value. Expected a value {bound}, but got {value}."
        raise ApiError(text, param=name, code=f"integer_{side[:5].strip()}_{code}_value")
    return value


def _stop(body: dict[str, Any]) -> tuple[str, ...]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(s, str) and s for s in stops):
        raise _wrong_type("stop", "a string or an array of strings", stop)
    if len(stops) > 4:
        text = f"Invalid 'stop': array too long. Expected at most 4 strings, but got {len(stops)}."
        raise ApiError(text, param="stop", code="array_above_max_length")
    return tuple(stops)


def _max_tokens(body: dict[str, Any]) -> int | None:
    old = _integer(body, "max_tokens", 1, 10**6)
    new = _integer(body, "max_completion_tokens", 1, 10**6)
    if old is not None and new is not None:
        raise ApiError(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            code="invalid_parameter_combination",
        )
    return old if new is None else new


def _tools(body: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    tools = body.get("tools")
    if tools is None:
        return ()
    if not isinstance(tools, list):
        raise _wrong_type("tools", "an array of objects", tools)
    if not tools:
        text = "Invalid 'tools': empty array. Expected an array with minimum length 1."
        raise ApiError(text, param="tools", code="empty_array")
    for i, tool in enumerate(tools):
        _check_tool(tool, f"tools[{i}]")
    return tuple(tools)


def _check_tool(tool: Any, where: str) -> None:
    if not isinstance(tool, dict):
        raise _wrong_type(where, "an object", tool)
    if tool.get("type") != "function":
        text = f"Invalid value: {tool.get('type')!r}. Supported values are: 'function'."
        raise ApiError(text, param=f"{where}.type", code="invalid_value")
    function = tool.get("function")
    if not isinstance(function, dict):
        raise _wrong_type(f"{where}.function", "an object", function)
    name = function.get("name")
    if not name:
        param = f"{where}.function.name"
        text = f"Missing required parameter: '{param}'."
        raise ApiError(text, param=param, code="missing_required_parameter")
    if not isinstance(name, str) or not _FUNCTION.fullmatch(name):
        text = f"Invalid '{where}.function.name': it must match '^[a-zA-Z0-9_-]{{1,64}}$'."
        raise ApiError(text, param=f"{where}.function.name", code="invalid_value")
    _check_parameters(function, f"{where}.function.parameters")


def _check_parameters(function: dict[str, Any], param: str) -> None:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    problem = check_schema(schema, strict=bool(function.get("strict")))
    if problem:
        text = f"Invalid schema for function '{function['name']}': {problem}"
        raise ApiError(text, param=param, code="invalid_function_parameters")


def _tool_choice(body: dict[str, Any]) -> Any:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if choice in ("none", "auto", "required"):
        return choice
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if name is None:
        text = f"Invalid value: {choice!r}. Supported values are: 'none', 'auto', and 'required'."
        raise ApiError(text, param="tool_choice", code="invalid_value")
    if name not in [tool["function"]["name"] for tool in body.get("tools") or []]:
        text = f"Invalid value for 'tool_choice': no function named '{name}' is in the 'tools'."
        raise ApiError(text, param="tool_choice")
    return choice


def _response_format(body: dict[str, Any]) -> dict[str, Any] | None:
    form = body.get("response_format")
    if form is None:
        return None
    kind = _object(body, "response_format").get("type")
    if kind not in ("text", "json_object", "json_schema"):
        known = "'text', 'json_object', and 'json_schema'"
        text = f"Invalid value: {kind!r}. Supported values are: {known}."
        raise ApiError(text, param="response_format.type", code="invalid_value")
    if kind == "json_schema":
        _check_json_schema(form.get("json_schema"))
    return dict(form)


def _check_json_schema(form: Any) -> None:
    if not isinstance(form, dict) or not form.get("name"):
        param = "response_format.json_schema" + (".name" if isinstance(form, dict) else "")
        text = f"Missing required parameter: '{param}'."
        raise ApiError(text, param=param, code="missing_required_parameter")
    problem = check_schema(
        form.get("schema") or {"type": "object"}, strict=bool(form.get("strict"))
    )
    if problem:
        text = f"Invalid schema for response_format '{form['name']}': {problem}"
        raise ApiError(text, param="response_format")


def _check_together(body: dict[str, Any], request: ChatRequest) -> None:
    """Refuse parameters that make no sense without another one."""
    if body.get("stream_options") is not None and not request.stream:
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(text, param="stream_options")
    for name in ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None and not request.tools:
            raise ApiError(f"'{name}' is only allowed when 'tools' are specified.", param=name)
    if request.top_logprobs and not request.logprobs:
        text = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        raise ApiError(text, param="top_logprobs")
    if (request.response_format or {}).get("type") == "json_object" and not _says_json(request):
        text = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'."
        )
        raise ApiError(text, param="messages")


def _says_json(request: ChatRequest) -> bool:
    return any("json" in plain_text(m.get("content")).lower() for m in request.messages)


_CALL_ID = re.compile(r'"(?:tool_call_)?id": "[^"]*"')


def _seed(body: dict[str, Any], digest: str) -> int:
    """Return the seed: the caller's, or one that belongs to the question itself."""
    seed = body.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise _wrong_type("seed", "an integer", seed)
    return int(digest[:8], 16) if seed is None else seed


def _digest(body: dict[str, Any]) -> str:
    """Return a digest of what decides the answer; the random ids of tool calls do not."""
    text = json.dumps([body.get(name) for name in _DECIDES], sort_keys=True)
    return hashlib.sha256(_CALL_ID.sub("", text).encode()).hexdigest()
