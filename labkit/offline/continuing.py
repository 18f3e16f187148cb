"""What the model says next: usually a new turn, or the rest of an answer that broke off.

A client whose stream broke sends back the part that came, and asks to go on. What the advisor said
to the request before is decided once more, with the seed of then; so part and rest are exactly the
whole answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.advisor import Decision, decide
from labkit.offline.pleas import is_plea
from labkit.offline.requests import ChatRequest
from labkit.offline.speech.conversation import read_conversation
from labkit.offline.speech.roles import works_on_text
from labkit.offline.speech.unsaid import is_unfinished, unsaid
from labkit.offline.words import plain_text

_TO_THE_END = re.compile(
    r"\b(?:stopped|left off|broke off|cut off|interrupted|finish|complete)\b", re.IGNORECASE
)
_NOTHING = "There is nothing to add: that was the whole answer."


@dataclass(frozen=True)
class Broken:
    """An answer that may have broken off: what it answered, its part, and who asks to go on."""

    before: list[dict[str, Any]]
    part: str
    plea: str
    """What the user says after the part; "" if nobody does (the part is a prefill)."""


def next_turn(request: ChatRequest, choice: int = 0) -> Decision:
    """Return what the model does next in one of the request's choices, counted from 0."""
    broken = broken_off(request.messages)
    return (broken and _rest(request, broken, choice)) or _decide(request, choice)


def _decide(request: ChatRequest, choice: int) -> Decision:
    return decide(
        request.messages,
        tools=request.tools,
        tool_choice=request.tool_choice,
        parallel=request.parallel_tool_calls,
        response_format=request.response_format,
        seed=request.seed + choice,
    )


def broken_off(messages: Sequence[dict[str, Any]]) -> Broken | None:
    """Return the answer of ours that the end of `messages` wants to be continued, if it does."""
    plea = _plea(messages[-1])
    *before, part = messages[:-1] if plea else messages
    if not before or part["role"] != "assistant" or part.get("tool_calls"):
        return None
    if part.get("name") not in (None, "", read_conversation(messages).me):
        return None
    text = plain_text(part.get("content"))
    return Broken(before, text, plea) if text or plea else None


def _plea(message: dict[str, Any]) -> str:
    text = plain_text(message.get("content"))
    return text if message["role"] == "user" and is_plea(text) else ""


def _rest(request: ChatRequest, broken: Broken, choice: int) -> Decision | None:
    """Return the rest of an answer; None if it is whole, so that the talk goes on as usual."""
    whole = next_turn(request.with_messages(broken.before), choice)
    if whole.text.startswith(broken.part) and (whole.calls or whole.text != broken.part):
        return Decision(whole.text.removeprefix(broken.part), whole.calls)
    if whole.text.strip() == broken.part.strip():
        return Decision(_NOTHING) if _TO_THE_END.search(broken.plea) else None
    return _another_rest(request, broken, whole)


def _another_rest(request: ChatRequest, broken: Broken, whole: Decision) -> Decision | None:
    """Return what may follow a part that is not ours, or that we would put in other words now."""
    foreign = request.response_format or works_on_text(read_conversation(broken.before))
    if foreign or not is_unfinished(broken.part):
        return None
    return (
        Decision("", whole.calls)
        if whole.calls
        else Decision(unsaid(broken.part, whole.text) or _NOTHING)
    )
