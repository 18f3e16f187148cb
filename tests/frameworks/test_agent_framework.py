"""Microsoft Agent Framework's Agent over chat completions: the same agent, streamed."""

import asyncio
import json
from typing import Any

import openai
import pytest

from labkit.outdoor import TOOL_FUNCTIONS
from labkit.serving import Server
from tests.settled import settled_async
from tests.stopping import by_cancelling_the_task, one_stream_cancelled

BOOTS = "How do I choose hiking boots?"


def search_products(category: str, max_price: float | None = None) -> str:
    """Search the shop's products by category."""
    return json.dumps(TOOL_FUNCTIONS["search_products"](category, max_price))


def advisor(client: Any, **more: Any) -> Any:
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatCompletionClient

    model = OpenAIChatCompletionClient(model="gpt-4o-mini", async_client=client)
    return Agent(model, name="Advisor", **more)


async def streamed(agent: Any, question: str, **more: Any) -> tuple[str, list[str]]:
    """Return what the agent says, and the kinds of content it streams, each once."""
    text, kinds = "", []
    async for update in agent.run(question, stream=True, **more):
        text += update.text
        kinds += [content.type for content in update.contents]
    return text, list(dict.fromkeys(kinds))


def test_a_session_carries_the_first_turn_with_its_tool_into_the_second(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            agent = advisor(client, tools=[search_products])
            session = agent.create_session()
            first, kinds = await streamed(
                agent, "Search for tents under 250 dollars", session=session
            )
            assert kinds == ["function_call", "usage", "function_result", "text"]
            assert "Larkfield 2" in first
            # Only the session knows what "them" are.
            second, kinds = await streamed(agent, "And which of them is lightest?", session=session)
            assert "tents" in second
            assert "tents" not in (await streamed(agent, "And which of them is lightest?"))[0]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "cause", "shown"),
    [("status=429", openai.RateLimitError, 0), ("error_after=3", openai.APIError, 3)],
)
def test_an_error_comes_as_its_own_exception_before_and_within_the_stream(
    server: Server, fault: str, cause: type[Exception], shown: int
) -> None:
    from agent_framework.exceptions import ChatClientException

    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url, fault) as client:
            texts: list[str] = []

            async def read() -> None:
                async for update in advisor(client).run(BOOTS, stream=True):
                    texts.extend(filter(None, [update.text]))

            with pytest.raises(ChatClientException) as caught:
                await read()
            assert isinstance(caught.value.__cause__, cause)
            assert len(texts) == shown
            assert (await settled_async(server.url))["open"] == 0

    asyncio.run(main())


def test_cancelling_the_task_closes_the_stream(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with (
            client_of(server.url, "stall_after=3") as client,
            one_stream_cancelled(server.url),
        ):
            stream = advisor(client).run(BOOTS, stream=True)
            await by_cancelling_the_task(stream, lambda update: update.text)

    asyncio.run(main())
