"""Judges of messages: whole ones, as Semantic Kernel's chunks add up to."""

from typing import Any

from labkit.exercises.exercise import Judge
from labkit.exercises.outcome import Outcome, shown, told


def returns_messages(*expected: tuple[str, str, str | None], usage: Any = None) -> Judge:
    """Want a list of such messages: (role, what is in it, finish reason).

    What is in it are its text, its results, and its calls as name and arguments. `usage`, if given,
    stands in the metadata of the last message.
    """

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        found = [_told(message) for message in outcome.value]
        if found != list(expected):
            return f"returned {len(found)} messages: {shown(found)}."
        kept = outcome.value[-1].metadata.get("usage") if outcome.value else None
        return "" if usage in (None, kept) else f"returned {shown(kept)} as the usage."

    return judge


def _told(message: Any) -> tuple[str, str, str | None]:
    parts = " ".join(filter(None, map(_part, message.items)))
    return message.role.value, parts, message.finish_reason and message.finish_reason.value


def _part(item: Any) -> str:
    match item.content_type:
        case "text":
            return str(item.text)
        case "function_call":
            return f"{item.name}{item.arguments}"
    return str(item.result)
