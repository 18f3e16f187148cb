"""What was asked last, and which tool calls have been answered since."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.tools.mentions import ids
from labkit.offline.tools.roles import hands_over
from labkit.offline.words import plain_text

# What may go well the second time, as the agent loop words it, and others do.
_PASSING = re.compile(
    r"not valid JSON|must be a JSON object|did not come back|timed? ?out|timeout|temporar"
    r"|try again|too many requests|rate limit|unavailable right now|\b(?:HTTP|status)\W+50[234]\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:call|ask|check|poll|try)\b[^.]{0,30}\bagain\b|\bnot ready\b"
    r"|\bstill (?:running|working|in progress|being prepared)\b",
    re.IGNORECASE,
)
# What is said of arguments that are no JSON, by us, by Python, by Semantic Kernel and by others.
_NO_JSON = re.compile(
    r"\bJSON|\bpars(?:e|ing)\b|\barguments?\b|\bExpecting\b|\bUnterminated\b|\bmalformed\b",
    re.IGNORECASE,
)
_ERROR_TEXT = re.compile(r"^\W*(?:error|exception|traceback|failed|failure)\b", re.IGNORECASE)

_KEPT = 750  # characters; a pasted document is no request, and reading it would take seconds


@dataclass(frozen=True)
class Answered:
    """A tool call and the result that came back for it, in the `turn` of its question (from 0)."""

    name: str
    arguments: dict[str, Any]
    result: Any
    turn: int = 0
    broken: bool = False
    """Whether the arguments of the call were no JSON object."""

    @property
    def error(self) -> str:
        """The error that the result reports, in its own words; "" if it reports none."""
        return self._reported() or self._said_of_json()

    def _reported(self) -> str:
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

    def _said_of_json(self) -> str:
        """Return what the result says of broken arguments, though it calls itself no error."""
        text = self.result if isinstance(self.result, str) else json.dumps(self.result)
        told = self.broken and len(text) <= _KEPT and _NO_JSON.search(text)
        return text.strip() if told else ""

    @property
    def value(self) -> Any:
        """What the result tells beside its error; None if it tells nothing."""
        if not self.error:
            return self.result
        if self.broken or not isinstance(self.result, dict):
            return None
        rest = {k: v for k, v in self.result.items() if k not in ("error", "message", "status")}
        # A total of nothing beside an error is no total.
        return rest if any(isinstance(v, list | dict) and v for v in rest.values()) else None

    @property
    def failed(self) -> bool:
        """Whether nothing but an error came back."""
        return bool(self.error) and self.value is None

    @property
    def passing(self) -> bool:
        """Whether it failed in a way that a second try may mend."""
        return self.failed and (self.broken or _PASSING.search(self.error) is not None)

    @property
    def garbled(self) -> bool:
        """Whether its arguments did not arrive whole, so that nobody knows which call it was."""
        told = self.broken or (not self.arguments and _NO_JSON.search(self.error) is not None)
        return self.passing and told

    @property
    def asks_again(self) -> bool:
        """Whether the tool wants to be called again, as one does that is not ready yet."""
        texts = self.result.values() if isinstance(self.result, dict) else [self.result]
        said = (text for text in texts if isinstance(text, str) and len(text) < 200)
        return not self.error and any(_AGAIN.search(text) for text in said)

    @property
    def hands_over(self) -> bool:
        """Whether the call gave the talk to another agent; its result then tells nothing."""
        texts = all(isinstance(value, str) for value in self.arguments.values())
        return hands_over(self.name) and texts


def settled(answered: Sequence[Answered]) -> list[Answered]:
    """Return what came of each call in the end: no failed try that a later one mended."""
    last = {(each.name, repr(each.arguments)): each for each in answered}
    return [each for each in last.values() if not (each.passing and _mended(each, answered))]


def _mended(failed: Answered, answered: Sequence[Answered]) -> bool:
    """Tell whether the same tool answered in a later turn, to what may be the same call."""
    later = [each for each in answered if each.turn > failed.turn and each.name == failed.name]
    same = (each for each in later if failed.garbled or each.arguments == failed.arguments)
    return any(not each.passing for each in same)


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
    found, turn = [], -1
    for message in messages:
        # In order: a later turn may use the id of an earlier one again.
        calls |= _calls(message)
        turn += bool(message.get("tool_calls"))
        call = calls.get(message.get("tool_call_id", ""))
        if message.get("role") == "tool" and call:
            arguments = parse(call.get("arguments") or "{}")
            broken = not isinstance(arguments, dict)
            result = parse(plain_text(message.get("content")))
            known = {} if broken else arguments
            found.append(Answered(str(call.get("name")), known, result, turn, broken))
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
