"""The updates of Microsoft Agent Framework: from a chat client, or from an agent."""

from typing import Any

from labkit.deltas import Delta, ToolCallFragment, Usage


def update_delta(update: Any) -> Delta:
    """Return what is new in a ChatResponseUpdate or AgentResponseUpdate.

    Text or a call that says `replace` repeats what has come in pieces: it adds nothing.
    """
    fresh = [each for each in update.contents if each.merge_mode != "replace"]
    counts = (_usage(each.usage_details) for each in update.contents if each.type == "usage")
    return Delta(
        "".join(each.text or "" for each in fresh if each.type == "text"),
        update.finish_reason,
        next(counts, None),
        tuple(
            ToolCallFragment.of(None, each.call_id, each.name, each.arguments)
            for each in fresh
            if each.type == "function_call"
        ),
    )


def _usage(counts: Any) -> Usage | None:
    names = ("input_token_count", "output_token_count", "total_token_count")
    return Usage.of(*(counts.get(name) for name in names))
