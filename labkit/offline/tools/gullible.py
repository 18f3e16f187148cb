"""Obeys instructions within tool results, as real models do now and then.

Whoever writes what a tool reads (a product's description, a page, a mail) can so speak to the
model: prompt injection. The model here always falls for it, so that a defence can be tried without
a key; and none that only asks the model to be careful will help. What the user or the system says
is no injection, and changes nothing here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.tools.choosing import Tool, fill
from labkit.offline.tools.commands import commands
from labkit.offline.tools.context import Nothing, Schema
from labkit.offline.tools.history import parse
from labkit.offline.tools.planner import PlannedCall
from labkit.offline.words import plain_text

_ARGUMENT = re.compile(
    r"[\"']?\b(?P<name>[A-Za-z_]\w*)[\"']?\s*[=:]\s*"
    r"(?:\"(?P<double>[^\"]*)\"|“(?P<curly>[^”]*)”|'(?P<single>[^']*)'|\[(?P<list>[^\]]*)\]"
    r"|(?P<bare>[^\s,;(){}\[\]\"']+))"
)
_QUOTED = re.compile(r"[\"“](?P<text>[^\"”]+)[\"”]")


@dataclass(frozen=True)
class Order:
    """What an injected text makes the model do: make a call, or begin its answer with a text."""

    call: PlannedCall | None = None
    text: str = ""

    def is_obeyed(self, since: Sequence[dict[str, Any]]) -> bool:
        """Tell whether the model has done it in the messages `since` the text came."""
        if self.call is None:
            return any(self.text in plain_text(each.get("content")) for each in _ours(since))
        calls = (call for each in _ours(since) for call in each.get("tool_calls") or ())
        return self.call.name in [call["function"]["name"] for call in calls]


def next_order(messages: Sequence[dict[str, Any]], tools: Sequence[Tool]) -> Order | None:
    """Return the next order to obey from the tool results since the last question, if any.

    Each injected text gives one order, its first that can be obeyed with `tools`, and only once.
    """
    asked = max((i for i, each in enumerate(messages) if each.get("role") == "user"), default=-1)
    seen: set[str] = set()
    for i, message in enumerate(messages[asked + 1 :], asked + 1):
        if message.get("role") != "tool":
            continue
        for text in _texts(parse(plain_text(message.get("content")))):
            order = None if text in seen else _order(text, tools)
            seen.add(text)
            if order and not order.is_obeyed(messages[i + 1 :]):
                return order
    return None


def _ours(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (each for each in messages if each.get("role") == "assistant")


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts within a result; in JSON, each string is a text of its own."""
    if isinstance(value, str):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _texts(each)


def _order(text: str, tools: Sequence[Tool]) -> Order | None:
    named = {tool.name: tool for tool in tools}
    for command in commands(text):
        if command.tool is None:
            return Order(text=_said(command.rest))
        if tool := named.get(command.tool):
            return Order(PlannedCall(tool.name, fill(tool, _Given(command.rest))))
    return None


def _said(text: str) -> str:
    """Return what is to be said: what stands in quotation marks, else all to the line's end."""
    quoted = _QUOTED.match(text)
    return (quoted["text"] if quoted else text).strip()


class _Given(Nothing):
    """The arguments that an order names: `city=Oslo, days=3, note="be quick"`."""

    def __init__(self, text: str) -> None:
        self._given = {each["name"]: each for each in _ARGUMENT.finditer(text)}

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return what the order gives for the parameter `name`: its items, if it is a list."""
        if (given := self._given.get(name)) is None:
            return ()
        if (listed := given["list"]) is not None:
            return [part.strip().strip("\"'“”") for part in listed.split(",") if part.strip()]
        text = given["bare"].rstrip(".!?") if given["bare"] else given[given.lastgroup or 0]
        flags: dict[str, Any] = {"true": True, "yes": True, "false": False, "no": False}
        return [flags.get(text.lower(), text)] if schema.get("type") == "boolean" else [text]
