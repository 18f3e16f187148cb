"""What an agent does, as typed agent events: what `run_agent` yields, and what is drawn."""

from dataclasses import dataclass, field
from typing import Any, Literal

from labkit.deltas import Usage

Ending = Literal["answered", "cut", "turn limit"]


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The model is asked, for the `turn`-th time (from 1).

    In a conversation of several agents `speaker` is the name of the one whose turn it is.
    """

    turn: int
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The model says something: one delta of its text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallForming:
    """A fragment of a tool call has come: `fragment` is its part of the arguments, maybe empty.

    `call` counts the calls of this turn from 0; it is the same in all agent events of one call.
    """

    call: int
    name: str
    fragment: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool begins to run with these arguments."""

    call: int
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool has given its result: as the model gets it, and in a few words for people."""

    call: int
    name: str
    seconds: float
    result: str
    summary: str


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """A tool call has no result; `reason` is the sentence that the model gets instead."""

    call: int
    name: str
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The agent has ended.

    `ending` is `answered` (where the finish reason is `length`, in part), or `cut` if the last
    stream ended without a finish reason or within a tool call, or `turn limit`. `text` is what the
    model said in its last turn, `usage` the sum of all turns (None if no server reported any),
    `messages` the whole conversation, ready for the next question.
    """

    ending: Ending
    text: str
    finish_reason: str | None
    turns: int
    usage: Usage | None
    messages: list[dict[str, Any]] = field(repr=False)


AgentEvent = (
    TurnStarted | TextDelta | ToolCallForming | ToolStarted | ToolFinished | ToolFailed | Done
)
