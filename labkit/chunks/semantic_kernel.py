"""The streaming contents of Semantic Kernel: from a chat service, the kernel, or an agent."""

from typing import Any

from labkit.deltas import Delta, ToolCallFragment, Usage


def content_delta(content: Any) -> Delta:
    """Return what is new in a StreamingChatMessageContent or StreamingTextContent.

    A tool's result is no delta: the model has not said it.
    """
    items = getattr(content, "items", None)
    if items is None:  # of a text completion
        return Delta(content.text or "")
    usage = (content.metadata or {}).get("usage")  # of a chat service; others put a dict there
    return Delta(
        "".join(item.text or "" for item in items if item.content_type == "text"),
        getattr(content.finish_reason, "value", content.finish_reason),
        Usage.of(getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)),
        tuple(
            ToolCallFragment.of(item.index, item.id, item.name, item.arguments)
            for item in items
            if item.content_type == "function_call"
        ),
    )


def is_of_agent(chunk: Any) -> bool:
    """Tell whether an agent has said it: agents put their name on it, and pass no finish reason."""
    return hasattr(chunk, "choice_index") and getattr(chunk, "name", None) is not None
