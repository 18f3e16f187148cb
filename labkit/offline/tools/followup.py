"""A question that leaves out what the one before it said: "And in Rome?"."""

import re
from collections.abc import Sequence
from typing import Any

from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.choosing import Tool, values_given
from labkit.offline.tools.planner import Step

_ELLIPTIC = re.compile(
    r"^\W*(?:and|or|now|what about|how about|same for|the same for)\b(?:\W+\w+){1,6}\W*$",
    re.IGNORECASE,
)


def follow_up(
    question: str, messages: Sequence[dict[str, Any]], tools: Sequence[Tool]
) -> list[Step]:
    """Return the step that asks the tool of the turn before again, if `question` gives it a value.

    Only what `question` says itself counts: "And why?" gives no tool anything.
    """
    last = _last_called(messages)
    tool = next((tool for tool in tools if tool.name == last), None)
    if tool is None or not _ELLIPTIC.match(question) or not values_given(tool, Asked(question)):
        return []
    return [Step(tool, question)]


def _last_called(messages: Sequence[dict[str, Any]]) -> str:
    """Return the name of the tool that answered in the turn before the last question; or ""."""
    users = [i for i, message in enumerate(messages) if message.get("role") == "user"]
    turn = messages[users[-2] : users[-1]] if len(users) > 1 else ()
    calls = [call for message in turn for call in message.get("tool_calls") or ()]
    return str(calls[-1]["function"]["name"]) if calls else ""
