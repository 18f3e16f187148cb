"""The SSE events of an answer, and what they look like on the wire."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from labkit.service.event_ids import event_id
from labkit.sse import ServerSentEvent, encode

RETRY_MS = 1000

ErrorCode = Literal[
    "first_token_timeout",
    "idle_timeout",
    "answer_timeout",
    "model_busy",
    "model_refused",
    "model_error",
    "incomplete",
    "superseded",
    "stopped",
    "shutting_down",
    "internal_error",
]


class Event(BaseModel):
    """What has happened to an answer; `event` is the name of its SSE event."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    event: ClassVar[str]


class Started(Event):
    """The question is accepted, and the agent begins."""

    event = "started"
    answer: str = Field(description="The id of this answer.")
    model: str


class ToolStarted(Event):
    """The agent calls a tool."""

    event = "tool_started"
    call: str = Field(description="The id of this tool call.")
    name: str = Field(description="The name of the tool.")
    arguments: dict[str, Any]


class ToolFinished(Event):
    """A tool has come back; `ok` is false if it failed, and the agent goes on."""

    event = "tool_finished"
    call: str
    name: str
    seconds: float = Field(ge=0)
    ok: bool


class Token(Event):
    """The next piece of text, one delta of the model's."""

    event = "token"
    text: str


class Usage(BaseModel):
    """What the model counted, over all its turns."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Done(Event):
    """The answer is whole, as far as its finish reason says; nothing follows."""

    event = "done"
    finish_reason: str
    usage: Usage | None
    seconds: float = Field(ge=0)


class Failed(Event):
    """The answer has ended without being whole; nothing follows."""

    event = "error"
    code: ErrorCode
    message: str


EVENTS: tuple[type[Event], ...] = (Started, ToolStarted, ToolFinished, Token, Done, Failed)


def frame(event: Event, answer: str, number: int) -> bytes:
    """Return `event` as it goes over the wire, with the id that a reader comes back with."""
    retry_ms = RETRY_MS if number == 1 else None
    return encode(
        ServerSentEvent(event.model_dump_json(), event.event, event_id(answer, number), retry_ms)
    )
