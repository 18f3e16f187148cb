"""Writes the events of a run: an `event:` line, and its object as `data:`, which has no type.

The shapes are those of openai's own union of stream events, so they cannot drift from the SDK.
"""

from typing import Any, get_args

from openai import BaseModel
from openai.types.beta import AssistantStreamEvent

from labkit.offline.errors import ApiError
from labkit.offline.shapes import Template, checked_json
from labkit.offline.shelf import Fields
from labkit.offline.steps import Event

_SHAPES: dict[str, type[BaseModel]] = {
    get_args(kind.model_fields["event"].annotation)[0]: kind.model_fields["data"].annotation
    for kind in get_args(get_args(AssistantStreamEvent)[0])
}
"""What the `data:` of each event is."""

DONE = Event(b"event: done\ndata: [DONE]\n\n")


def created(fields: Fields) -> Event:
    """Return the event that tells of a new object."""
    return Event(_frame(f"{fields['object']}.created", fields).encode())


def reached(fields: Fields) -> Event:
    """Return the event that tells of the state that an object has reached."""
    return Event(_frame(f"{fields['object']}.{fields['status']}", fields).encode())


def text_delta(message_id: str, text: Fields) -> str:
    """Return the event of a message's delta; `text` holds its `value`."""
    content = [{"index": 0, "type": "text", "text": text}]
    return _delta("thread.message.delta", message_id, {"content": content})


def call_delta(step_id: str, call: Fields) -> str:
    """Return the event of a step's delta: the head of a tool call, or a fragment."""
    details = {"type": "tool_calls", "tool_calls": [call]}
    return _delta("thread.run.step.delta", step_id, {"step_details": details})


def filled(template: Template, text: str) -> Event:
    """Return the delta that a template becomes with this text."""
    return Event(template.fill(text).encode(), paced=True)


def _delta(name: str, id: str, delta: Fields) -> str:
    return _frame(name, {"id": id, "object": name, "delta": delta})


def _frame(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {checked_json(_SHAPES[name], data)}\n\n"


def error(before: int) -> bytes:
    """Return the event that comes instead of the rest when the server fails within a stream.

    It has the documented shape, which openai 3.x does not take for an error: it raises for a nested
    one only. These events have no numbers, so how many came `before` does not matter.
    """
    return _frame("error", ApiError.from_status(500).body()["error"]).encode()
