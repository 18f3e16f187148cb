"""What the updates of Microsoft Agent Framework add, as its agents stream them."""

import asyncio
import json
from typing import Any

import pytest

from labkit.chunks import delta_of, says_why
from labkit.deltas import NOTHING, ToolCallFragment, Usage
from labkit.outdoor import TOOL_FUNCTIONS
from labkit.reply import Reply
from labkit.serving import Server

BOOTS = "How do I choose hiking boots?"
TENTS = "Search for tents under 250 dollars"


def search_products(category: str, max_price: float | None = None) -> str:
    """Search the shop's products by category."""
    return json.dumps(TOOL_FUNCTIONS["search_products"](category, max_price))


def updates(url: str, question: str, fault: str = "") -> tuple[list[Any], str]:
    """Return the updates of an agent over chat completions, and the text of its final response."""
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatCompletionClient

    async def collect() -> tuple[list[Any], str]:
        from tests.kernels import client_of

        async with client_of(url, fault) as sdk:
            client = OpenAIChatCompletionClient(model="gpt-4o-mini", async_client=sdk)
            stream = Agent(client, name="advisor", tools=[search_products]).run(
                question, stream=True
            )
            seen = [update async for update in stream]
            return seen, (await stream.get_final_response()).text

    return asyncio.run(collect())


def test_the_text_the_finish_reason_and_the_usage_are_those_of_the_stream(server: Server) -> None:
    seen, final = updates(server.url, BOOTS)
    reply = Reply.of(seen)
    assert reply.text == final
    assert reply.finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.completion_tokens > 20
    assert all(map(says_why, seen))


def test_tool_calls_are_assembled_by_their_ids_and_their_results_are_no_text(
    server: Server,
) -> None:
    seen, final = updates(server.url, TENTS)
    reply = Reply.of(seen)
    [call] = reply.tool_calls
    assert (call.name, call.parsed()) == (
        "search_products",
        {"category": "tents", "max_price": 250},
    )
    assert final.endswith(reply.text[-40:])
    assert "Larkfield 2" in reply.text


def test_a_truncated_stream_has_no_finish_reason(server: Server) -> None:
    assert not Reply.of(updates(server.url, BOOTS, "truncate_after=3")[0]).complete


def update(*contents: Any, **fields: Any) -> Any:
    from agent_framework import AgentResponseUpdate

    return AgentResponseUpdate(contents=list(contents), role="assistant", **fields)


def test_a_content_that_replaces_what_came_in_pieces_adds_nothing() -> None:
    from agent_framework import Content

    assert delta_of(update(Content.from_text("al", merge_mode="append"))).text == "al"
    assert delta_of(update(Content.from_text("all", merge_mode="replace"))) == NOTHING


@pytest.mark.parametrize("given", ['{"a": 1}', {"a": 1}])
def test_arguments_may_come_as_an_object(given: Any) -> None:
    from agent_framework import Content

    call = Content.from_function_call("c1", "f", arguments=given)
    assert delta_of(update(call)).fragments == (ToolCallFragment(None, "c1", "f", '{"a": 1}'),)


def test_counts_that_are_left_out_are_none_or_zero() -> None:
    from agent_framework import Content

    def usage(**counts: int) -> Usage | None:
        return delta_of(update(Content.from_usage(counts))).usage  # type: ignore[arg-type]

    assert usage(input_token_count=3, output_token_count=4) == Usage(3, 4, 7)
    assert usage(output_token_count=4) == Usage(0, 4, 4)
    assert usage() is None
