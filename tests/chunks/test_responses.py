"""What the events of the Responses API add, as the SDK streams them."""

from typing import Any

import pytest
from openai import OpenAI

from labkit.chunks import delta_of, says_why
from labkit.outdoor import TOOLS
from labkit.reply import Reply

BOOTS = "How do I choose hiking boots?"
FLAT: Any = [{"type": "function", **tool["function"]} for tool in TOOLS]


def reply(client: OpenAI, question: str = BOOTS, **more: Any) -> tuple[Reply, Any]:
    """Return what the deltas say, and the response that the SDK has put together."""
    filled = Reply()
    with client.responses.stream(model="gpt-4o-mini", input=question, **more) as stream:
        for event in stream:
            assert says_why(event)
            filled.add(delta_of(event))
        try:
            return filled, stream.get_final_response()
        except RuntimeError:  # it broke off
            return filled, None


def test_the_text_the_finish_reason_and_the_usage_are_those_of_the_response(
    client: OpenAI,
) -> None:
    filled, final = reply(client)
    assert filled.text == final.output_text
    assert filled.finish_reason == "stop"
    assert filled.usage is not None
    assert filled.usage.completion_tokens == final.usage.output_tokens
    assert filled.usage.total_tokens == final.usage.total_tokens


def test_two_calls_are_assembled_by_their_output_index(client: OpenAI) -> None:
    question = "Search for tents and for backpacks under 250 dollars"
    filled, final = reply(client, question, tools=FLAT)
    called = [item for item in final.output if item.type == "function_call"]
    assert len(called) == 2
    assert filled.finish_reason == "tool_calls"
    assert [(call.id, call.name, call.arguments) for call in filled.tool_calls] == [
        (item.call_id, item.name, item.arguments) for item in called
    ]


def test_a_response_at_its_limit_says_length(client: OpenAI) -> None:
    assert reply(client, max_output_tokens=16)[0].finish_reason == "length"


@pytest.mark.parametrize("fault", ["truncate_after=3"])
def test_a_truncated_response_has_no_finish_reason(client: OpenAI, fault: str) -> None:
    filled, _ = reply(client, extra_headers={"x-labkit-fault": fault})
    assert filled.texts
    assert not filled.complete
