"""Makes the API's objects out of what a request asks for: assistant, thread, message, run, step.

The SDK's own types check them, so what a client sends wrongly is refused before it is kept.
"""

import time
from typing import Any

from openai import BaseModel
from openai.types.beta import Assistant, Thread
from openai.types.beta.threads import Message, Run
from pydantic import ValidationError

from labkit.offline.answers import new_id
from labkit.offline.bodies import missing
from labkit.offline.errors import ApiError
from labkit.offline.shelf import Fields

RUN_LIFE_S = 600
"""How long a run may wait for tool outputs before it expires."""


def now() -> int:
    """Return the time as the API writes it: whole seconds since 1970."""
    return int(time.time())


def new_assistant(body: Fields) -> Fields:
    """Return a new assistant; it needs a `model`."""
    head = {"id": new_id("asst_", 24), "object": "assistant", "created_at": now()}
    return changed(Assistant, {**head, **_ASSISTANT, "model": required(body, "model")}, body)


_ASSISTANT: Fields = {
    "name": None,
    "description": None,
    "model": None,
    "instructions": None,
    "tools": [],
    "tool_resources": {},
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
}


def new_thread(body: Fields) -> Fields:
    """Return a new thread, without its messages."""
    head = {"id": new_id("thread_", 24), "object": "thread", "created_at": now()}
    return changed(Thread, {**head, "metadata": {}, "tool_resources": {}}, body)


def new_message(thread_id: str, body: Fields, **written: Any) -> Fields:
    """Return a new message of a thread; `written` says more of one that a run writes."""
    fields = {
        "id": new_id("msg_", 24),
        "object": "thread.message",
        "created_at": now(),
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "status": "completed",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": None,
        "role": required(body, "role"),
        "content": _content(required(body, "content")),
        "attachments": body.get("attachments") or [],
        "metadata": body.get("metadata") or {},
    }
    return changed(Message, fields | written, {})


def _content(content: Any) -> Any:
    """Return the content of a message as parts, each text with room for annotations."""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [_part(part) for part in parts] if isinstance(parts, list) else parts


def _part(part: Any) -> Any:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return {"type": "text", "text": {"value": part["text"], "annotations": []}}
    return part


def new_run(thread_id: str, assistant: Fields, body: Fields) -> Fields:
    """Return a new run: what its `body` does not say, the assistant does."""
    created = now()
    fields: Fields = {
        "id": new_id("run_", 24),
        "object": "thread.run",
        "created_at": created,
        "assistant_id": assistant["id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": created + RUN_LIFE_S,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        **{name: assistant[name] for name in _INHERITED},
        "metadata": {},
        "max_completion_tokens": None,
        "max_prompt_tokens": None,
        "truncation_strategy": {"type": "auto", "last_messages": None},
        "incomplete_details": None,
        "usage": None,
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    }
    said = {name: body[name] for name in _SAID if body.get(name) is not None}
    texts = (
        said.get("instructions", assistant["instructions"]),
        body.get("additional_instructions"),
    )
    said["instructions"] = "\n\n".join(str(text) for text in texts if text)
    return changed(Run, fields, said)


_INHERITED = ("model", "instructions", "tools", "temperature", "top_p", "response_format")

_SAID = (
    *_INHERITED,
    *("metadata", "max_completion_tokens", "max_prompt_tokens", "truncation_strategy"),
    *("tool_choice", "parallel_tool_calls"),
)


def new_step(run: Fields, type: str, details: Any) -> Fields:
    """Return a new step of a run, in progress; `type` is `message_creation` or `tool_calls`."""
    return {
        "id": new_id("step_", 24),
        "object": "thread.run.step",
        "created_at": now(),
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": type,
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expired_at": None,
        "failed_at": None,
        "last_error": None,
        "step_details": {"type": type, type: details},
        "usage": None,
    }


_FIXED = ("id", "object", "created_at")


def changed(kind: type[BaseModel], fields: Fields, body: Fields, *names: str) -> Fields:
    """Return `fields` with what `body` says of them, of `names` only if any are given.

    Raises the API's 400 if the SDK's type `kind` would not have the result.
    """
    allowed = set(names or fields) - set(_FIXED)
    result = fields | {name: body[name] for name in allowed if body.get(name) is not None}
    try:
        kind.model_validate(result, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        param = str(first["loc"][0])
        raise ApiError(f"Invalid value for '{param}': {first['msg']}.", param=param) from None
    return result


def required(body: Fields, name: str) -> Any:
    """Return this part of a body, or raise the API's 400 if it is missing."""
    if body.get(name) is None:
        raise missing(name)
    return body[name]
