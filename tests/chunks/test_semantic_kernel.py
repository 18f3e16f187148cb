"""What Semantic Kernel's contents add, as its own classes stream them from the offline model."""

import asyncio
from typing import Any

import pytest

from labkit.chunks import delta_of, says_why
from labkit.deltas import NOTHING, Delta, ToolCallFragment
from labkit.reply import Reply
from labkit.serving import Server

BOOTS = "How do I choose hiking boots?"
TENTS = "Search for tents and for backpacks under 250 dollars"


def streamed(url: str, question: str, *, tools: bool = False, fault: str = "") -> list[Any]:
    """Return what SK's chat service streams in answer to `question`."""
    from tests.kernels import auto, client_of, history, kernel_of, service_of

    async def collect() -> list[Any]:
        async with client_of(url, fault) as client:
            more = {"kernel": kernel_of(client)} if tools else {}
            settings = auto() if tools else auto().__class__()
            stream = service_of(client).get_streaming_chat_message_content(
                history(question), settings, **more
            )
            return [content async for content in stream]

    return asyncio.run(collect())


def test_the_text_the_finish_reason_and_the_usage_are_those_of_the_stream(server: Server) -> None:
    contents = streamed(server.url, BOOTS)
    reply = Reply.of(contents)
    assert reply.text == "".join(str(content) for content in contents)
    assert reply.finish_reason == "stop"
    counts = contents[-1].metadata["usage"]
    assert reply.usage is not None
    assert reply.usage.completion_tokens == counts.completion_tokens > 20
    assert reply.usage.total_tokens == counts.prompt_tokens + counts.completion_tokens


def test_tool_calls_are_assembled_and_their_results_are_no_text(server: Server) -> None:
    contents = streamed(server.url, TENTS, tools=True)
    reply = Reply.of(contents)
    assert [call.name for call in reply.tool_calls] == ["shop-search_products"] * 2
    assert [call.parsed()["category"] for call in reply.tool_calls] == ["tents", "backpacks"]
    [results] = [content for content in contents if content.role == "tool"]
    assert results.items
    assert delta_of(results) == NOTHING
    assert reply.finish_reason == "stop"
    assert "Larkfield 2" in reply.text


def test_the_list_that_the_kernel_yields_holds_one_content_for_each_choice() -> None:
    from semantic_kernel.contents import StreamingChatMessageContent, StreamingTextContent

    first, second = (
        StreamingChatMessageContent(role="assistant", choice_index=i, content=text)  # type: ignore[call-overload]
        for i, text in enumerate(("one", "two"))
    )
    assert delta_of([first, second]) == Delta("one")
    assert delta_of([]) == NOTHING
    assert delta_of(StreamingTextContent(choice_index=0, text="plain")) == Delta("plain")


def test_a_fragment_without_id_or_name_says_so() -> None:
    from semantic_kernel.contents import FunctionCallContent, StreamingChatMessageContent

    piece = FunctionCallContent(index=1, arguments='{"a')
    content = StreamingChatMessageContent(role="assistant", choice_index=0, items=[piece])  # type: ignore[call-overload]
    assert delta_of(content) == Delta(fragments=(ToolCallFragment(1, arguments='{"a'),))


@pytest.mark.parametrize(
    ("fault", "complete"), [("truncate_after=3", False), ("dialect=azure", True)]
)
def test_a_stream_that_breaks_off_has_no_finish_reason(
    server: Server, fault: str, complete: bool
) -> None:
    assert Reply.of(streamed(server.url, BOOTS, fault=fault)).complete is complete


def test_what_an_agent_says_is_read_like_what_its_service_says(server: Server) -> None:
    from semantic_kernel.agents import ChatCompletionAgent

    from tests.kernels import client_of, kernel_of

    async def collect() -> list[Any]:
        async with client_of(server.url) as client:
            agent = ChatCompletionAgent(kernel=kernel_of(client), name="advisor")
            return [item async for item in agent.invoke_stream(messages=TENTS)]

    items = asyncio.run(collect())
    reply = Reply.of(items)
    assert reply.text == "".join(str(item.message) for item in items)
    assert reply.usage == delta_of(items[-1]).usage is not None
    # The agent keeps the chunk with the finish reason back, as it does the calls.
    assert (reply.finish_reason, reply.tool_calls) == (None, [])
    assert not any(map(says_why, items))


def test_arguments_and_usage_may_be_dictionaries() -> None:
    from semantic_kernel.contents import FunctionCallContent, StreamingChatMessageContent

    call = FunctionCallContent(index=0, id="c1", name="f", arguments={"a": 1})
    content = StreamingChatMessageContent(  # type: ignore[call-overload]
        role="assistant", choice_index=0, items=[call], metadata={"usage": {"total_tokens": 3}}
    )
    assert delta_of(content) == Delta(fragments=(ToolCallFragment(0, "c1", "f", '{"a": 1}'),))
