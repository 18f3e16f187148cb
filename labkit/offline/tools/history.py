"""What was asked last, and which tool calls have been answered since."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.tools.mentions import ids
from labkit.offline.tools.roles import hands_over
from labkit.offline.words import plain_text

_ERROR_TEXT = re.compile(r"^\W*(?:error|exception|traceback|failed|failure)\b", re.IGNORECASE)

_KEPT = 750  # characters; a pasted document is no request, and reading it would take seconds


@dataclass(frozen=True)
class Answered:
    """A tool call and the result that came back for it."""

    name: str
    arguments: dict[str, Any]
    result: Any

    @property
    def error(self) -> str:
        """The error that the result reports, in its own words; "" if it reports none."""
        if isinstance(self.result, dict):
            found = self.result.get("error") or (
                self.result.get("message") if self.result.get("status") == "error" else None
            )
            if isinstance(found, dict):
                found = found.get("message") or json.dumps(found)
            return str(found) if found else ""
        if isinstance(self.result, str) and _ERROR_TEXT.match(self.result):
            return self.result.strip()
        return ""

    @property
    def hands_over(self) -> bool:
        """Whether the call gave the talk to another agent; its result then tells nothing."""
        texts = all(isinstance(value, str) for value in self.arguments.values())
        return hands_over(self.name) and texts


@dataclass(frozen=True)
class History:
    """The last question, the tool calls answered since, and what was known before it."""

    question: str
    answered: tuple[Answered, ...]
    turns: int
    earlier: tuple[dict[str, Any], ...]


def read_history(messages: Sequence[dict[str, Any]]) -> History:
    """Return the history in chat-completions `messages` (validated before)."""
    last = max((i for i, m in enumerate(messages) if m.get("role") == "user"), default=-1)
    asked = messages[last] if last >= 0 else (messages[0] if messages else {})
    after, before = messages[last + 1 :], messages[: max(last, 0)]
    return History(
        _ends(plain_text(asked.get("content"))),
        tuple(_answered(after)),
        sum(bool(message.get("tool_calls")) for message in after),
        tuple(_earlier(before)),
    )


def _ends(text: str) -> str:
    """Return a text, of a long one its beginning and end, where people put what they ask."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= 2 * _KEPT else f"{text[:_KEPT]}\n{text[-_KEPT:]}"


def _answered(messages: Sequence[dict[str, Any]]) -> list[Answered]:
    calls: dict[str, dict[str, Any]] = {}
    found = []
    for message in messages:
        # In order: a later turn may use the id of an earlier one again.
        calls |= _calls(message)
        call = calls.get(message.get("tool_call_id", ""))
        if message.get("role") == "tool" and call:
            arguments = parse(call.get("arguments") or "{}")
            known = arguments if isinstance(arguments, dict) else {}
            result = parse(plain_text(message.get("content")))
            found.append(Answered(str(call.get("name")), known, result))
    return found


def _calls(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the functions that a message calls, by the id of the call."""
    return {
        call["id"]: call["function"]
        for call in message.get("tool_calls") or ()
        if call.get("id") and isinstance(call.get("function"), dict)
    }


def _earlier(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the turn before told: the objects of its results, else the ids in its text."""
    spoken = [m for m in messages if m.get("role") in ("assistant", "tool", "user")][-8:]
    for message in reversed(spoken):
        text = plain_text(message.get("content"))
        if message.get("role") == "tool" and (found := entities(parse(text))):
            return found[:1]
        if message.get("role") != "tool" and ids(text):
            return [{"id": each} for each in ids(text)]
    return []


def parse(text: str) -> Any:
    """Return the JSON value in `text`, also where it was encoded twice; else the text itself."""
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value


def entities(result: Any) -> list[dict[str, Any]]:
    """Return the objects a result is about: a list of them, one that holds such a list, or one."""
    if isinstance(result, list):
        return [each for each in result if isinstance(each, dict)]
    if not isinstance(result, dict) or result.get("error"):
        return []
    for value in result.values():
        if isinstance(value, list) and (
            inside := [each for each in value if isinstance(each, dict)]
        ):
            return inside
    return [result]
