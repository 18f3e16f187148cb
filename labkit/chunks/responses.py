"""The events of a streamed response (OpenAI API reference, "Responses: streaming events")."""

from typing import Any

from labkit.deltas import NOTHING, Delta, ToolCallFragment, Usage

_TEXT = ("response.output_text.delta", "response.refusal.delta")
_ENDS = ("response.completed", "response.incomplete")
_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def response_delta(event: Any) -> Delta:
    """Return what is new in an event of the Responses API.

    The last event tells no finish reason by that name, so we put its status into the words of chat
    completions. A response that fails has none: it is incomplete.
    """
    if event.type in _TEXT:
        return Delta(event.delta)
    if event.type == "response.function_call_arguments.delta":
        return _fragment(event, arguments=event.delta)
    if event.type == "response.output_item.added" and event.item.type == "function_call":
        return _fragment(event, id=event.item.call_id, name=event.item.name)
    if event.type in _ENDS:
        usage = event.response.usage
        counts = usage and Usage.of(usage.input_tokens, usage.output_tokens, usage.total_tokens)
        return Delta(finish_reason=_finish_reason(event.response), usage=counts)
    return NOTHING


def _fragment(event: Any, **parts: str) -> Delta:
    return Delta(fragments=(ToolCallFragment(event.output_index, **parts),))


def _finish_reason(response: Any) -> str:
    if response.status == "incomplete":
        reason = response.incomplete_details and response.incomplete_details.reason
        return _REASONS.get(reason, "length")
    calls = any(item.type == "function_call" for item in response.output)
    return "tool_calls" if calls else "stop"
