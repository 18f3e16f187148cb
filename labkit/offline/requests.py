"""Reads the body of a chat-completions request, and refuses what the real API refuses."""

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
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
from labkit.offline.messages import check_messages
from labkit.offline.schemas import check_schema
from labkit.offline.words import plain_text

_MODEL = re.compile(r"[A-Za-z0-9][\w.:/@+-]{0,199}")

NO_SUCH_MODEL = "no-such-model"

FORMATS = ("text", "json_object", "json_schema")
"""What an answer may have to be."""

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
    decided_by: dict[str, Any] = field(default_factory=dict, repr=False)
    """The fields of the body that decide the answer, from which seed and digest come."""

    @property
    def forced(self) -> bool:
        """Tell whether one named tool must be called."""
        return isinstance(self.tool_choice, dict)

    def with_messages(self, messages: list[dict[str, Any]]) -> "ChatRequest":
        """Return the same request about other messages, with the seed that belongs to them."""
        body = {**self.decided_by, "messages": messages}
        digest = digest_of(body)
        return replace(
            self, messages=messages, seed=_seed(body, digest), digest=digest, decided_by=body
        )


def parse_request(raw: bytes, *, model: str | None = None) -> ChatRequest:
    """Return the request in `raw` (a JSON body), or raise the ApiError that the real API sends.

    `model` stands for the one in the body, as where the path names it.
    """
    body = read_body(raw) | ({} if model is None else {"model": model})
    options = read_object(body, "stream_options")
    digest = digest_of(body)
    request = ChatRequest(
        model=check_model(body.get("model")),
        messages=check_messages(body),
        stream=read_boolean(body, "stream"),
        n=read_integer(body, "n", 1, 128) or 1,
        stop=_stop(body),
        max_tokens=_max_tokens(body),
        include_usage=bool(options.get("include_usage")),
        include_obfuscation=options.get("include_obfuscation") is not False,
        tools=_tools(body),
        tool_choice=_tool_choice(body),
        parallel_tool_calls=body.get("parallel_tool_calls") is not False,
        response_format=_response_format(body),
        logprobs=read_boolean(body, "logprobs"),
        top_logprobs=read_integer(body, "top_logprobs", 0, 20) or 0,
        seed=_seed(body, digest),
        digest=digest,
        decided_by={name: body.get(name) for name in (*_DECIDES, "seed")},
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


def _stop(body: dict[str, Any]) -> tuple[str, ...]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(s, str) and s for s in stops):
        raise wrong_type("stop", "a string or an array of strings", stop)
    if len(stops) > 4:
        text = f"Invalid 'stop': array too long. Expected at most 4 strings, but got {len(stops)}."
        raise ApiError(text, param="stop", code="array_above_max_length")
    return tuple(stops)


def _max_tokens(body: dict[str, Any]) -> int | None:
    old = read_integer(body, "max_tokens", 1, 10**6)
    new = read_integer(body, "max_completion_tokens", 1, 10**6)
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
        raise wrong_type("tools", "an array of objects", tools)
    if not tools:
        text = "Invalid 'tools': empty array. Expected an array with minimum length 1."
        raise ApiError(text, param="tools", code="empty_array")
    for i, tool in enumerate(tools):
        _check_tool(tool, f"tools[{i}]")
    return tuple(tools)


def _check_tool(tool: Any, where: str) -> None:
    if not isinstance(tool, dict):
        raise wrong_type(where, "an object", tool)
    if tool.get("type") != "function":
        raise unsupported(f"{where}.type", tool.get("type"), ("function",))
    check_function(tool.get("function"), f"{where}.function")


def _tool_choice(body: dict[str, Any]) -> Any:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if choice in ("none", "auto", "required"):
        return choice
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if name is None:
        raise unsupported("tool_choice", choice, ("none", "auto", "required"))
    if name not in [tool["function"]["name"] for tool in body.get("tools") or []]:
        text = f"Invalid value for 'tool_choice': no function named '{name}' is in the 'tools'."
        raise ApiError(text, param="tool_choice")
    return choice


def _response_format(body: dict[str, Any]) -> dict[str, Any] | None:
    form = body.get("response_format")
    if form is None:
        return None
    kind = read_object(body, "response_format").get("type")
    if kind not in FORMATS:
        raise unsupported("response_format.type", kind, FORMATS)
    if kind == "json_schema":
        _check_json_schema(form.get("json_schema"))
    return dict(form)


def _check_json_schema(form: Any) -> None:
    if not isinstance(form, dict) or not form.get("name"):
        raise missing("response_format.json_schema" + (".name" if isinstance(form, dict) else ""))
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
    if wants_json_unsaid(request.response_format, request.messages):
        text = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'."
        )
        raise ApiError(text, param="messages")


def wants_json_unsaid(form: dict[str, Any] | None, messages: list[dict[str, Any]]) -> bool:
    """Tell whether JSON is the format, but no message says the word: the model would not know."""
    wanted = (form or {}).get("type") == "json_object"
    return wanted and not any("json" in plain_text(m.get("content")).lower() for m in messages)


_CALL_ID = re.compile(r'"(?:tool_call_)?id": "[^"]*"')


def _seed(body: dict[str, Any], digest: str) -> int:
    """Return the seed: the caller's, or one that belongs to the question itself."""
    seed = body.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise wrong_type("seed", "an integer", seed)
    return int(digest[:8], 16) if seed is None else seed


def digest_of(body: dict[str, Any]) -> str:
    """Return a digest of what decides the answer; the random ids of tool calls do not."""
    text = json.dumps([body.get(name) for name in _DECIDES], sort_keys=True)
    return hashlib.sha256(_CALL_ID.sub("", text).encode()).hexdigest()
