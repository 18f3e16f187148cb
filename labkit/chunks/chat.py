"""The chunks of chat completions (OpenAI API reference, "The chat completion chunk object")."""

from typing import Any

from labkit.deltas import NOTHING, Delta, ToolCallFragment, Usage


def chat_delta(chunk: Any) -> Delta:
    """Return what is new in a chat-completions chunk.

    A chunk without choices adds no text: it is the usage chunk, or Azure's first.
    """
    usage = _usage(getattr(chunk, "usage", None))
    for choice in chunk.choices or ():
        delta = getattr(choice, "delta", None)  # a blocking answer's choice has a message instead
        if not choice.index and delta is not None:
            text = delta.content or delta.refusal or ""
            calls = delta.tool_calls
            fragments = tuple(_fragment(call) for call in calls if call) if calls else ()
            return Delta(text, choice.finish_reason, usage, fragments)
    return Delta(usage=usage) if usage else NOTHING


def _fragment(call: Any) -> ToolCallFragment:
    function = call.function  # None where a server sends an id alone
    name, arguments = (function.name, function.arguments) if function else (None, None)
    return ToolCallFragment.of(call.index, call.id, name, arguments)


def _usage(usage: Any) -> Usage | None:
    if usage is None:  # as in nearly every chunk
        return None
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return Usage.of(*(getattr(usage, name, None) for name in names))
