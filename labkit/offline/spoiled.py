"""Arguments as models write them now and then: JSON that breaks off before its end."""

from collections.abc import Sequence
from typing import Any


def is_spoiled(messages: Sequence[dict[str, Any]], turns: int | None) -> bool:
    """Tell whether the calls of the next turn are among the first `turns`; None spoils nothing.

    The tool calls in `messages` are all answered: another conversation is refused before.
    """
    return sum(bool(message.get("tool_calls")) for message in messages) < (turns or 0)


def spoil(arguments: str, position: int) -> str:
    """Return `arguments`, a JSON object, without its end, so that no parser takes it.

    Of several calls in a turn, by `position` from 0, every other one lacks its closing brace only,
    and the rest stop half-way: both are what models do.
    """
    return arguments[: len(arguments) // 2] if position % 2 else arguments[:-1]
