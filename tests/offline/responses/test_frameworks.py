"""Agents of Semantic Kernel and of Agent Framework run on the Responses dialect, unchanged."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from labkit.serving import Server
from tests.settled import settled
from tests.stopping import cancelled_when

TENTS, PACKS = "Which tents do you have under 250 dollars?", "And which backpacks?"
BOTH = "Search for tents and for backpacks under 250 dollars"

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def async_client(server: Server) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        yield client


def new_shop() -> Any:
    """Return the shop's search as a tool of either framework."""
    from tests.kernels import Shop

    return Shop()


def kernel_agent(client: AsyncOpenAI, shop: Any = None, **more: Any) -> Any:
    from semantic_kernel.agents import OpenAIResponsesAgent

    return OpenAIResponsesAgent(
        ai_model_id="gpt-4o-mini",
        client=client,
        name="Guide",
        plugins=[shop] if shop else [],
        **more,
    )


async def talk(agent: Any, *questions: str) -> tuple[list[str], Any]:
    """Ask a Semantic Kernel agent on one thread: its answers, and the thread."""
    answers, thread = [], None
    for question in questions:
        pieces = []
        async for response in agent.invoke_stream(messages=question, thread=thread):
            pieces.append(str(response.message))
            thread = response.thread
        assert len(pieces) > 20
        answers.append("".join(pieces))
    return answers, thread


async def test_a_kernel_agent_streams_two_turns_on_one_thread(async_client: AsyncOpenAI) -> None:
    answers, thread = await talk(kernel_agent(async_client, None), TENTS, PACKS)
    held = [str(message) async for message in thread.get_messages(sort_order="asc")]
    assert held == [TENTS, answers[0], PACKS]
    assert thread.id.startswith("resp_")
    await thread.delete()


@pytest.mark.parametrize("store", [True, False])
async def test_a_kernel_agent_calls_its_plugin(async_client: AsyncOpenAI, store: bool) -> None:
    shop = new_shop()
    answers, _ = await talk(kernel_agent(async_client, shop, store_enabled=store), TENTS, PACKS)
    assert [category for category, _ in shop.calls] == ["tents", "backpacks"]
    assert "Wren 1" in answers[0]
    assert "Cairn 48" in answers[1]


async def test_a_kernel_agent_makes_calls_in_parallel(async_client: AsyncOpenAI) -> None:
    shop = new_shop()
    [answer], _ = await talk(kernel_agent(async_client, shop), BOTH)
    assert [category for category, _ in shop.calls] == ["tents", "backpacks"]
    assert "Wren 1" in answer
    assert "Cairn 48" in answer


async def test_a_kernel_agent_answers_whole(async_client: AsyncOpenAI) -> None:
    shop = new_shop()
    response = await kernel_agent(async_client, shop).get_response(messages=TENTS)
    assert [category for category, _ in shop.calls] == ["tents"]
    assert "Wren 1" in str(response.message)


async def test_an_error_within_the_stream_reaches_the_caller_of_a_kernel_agent(
    async_client: AsyncOpenAI,
) -> None:
    broken = async_client.with_options(default_headers={"x-labkit-fault": "error_after=3"})
    with pytest.raises(openai.APIError, match="server had an error"):
        await talk(kernel_agent(broken, None), TENTS)


async def test_cancelling_the_task_of_a_kernel_agent_leaves_no_open_stream(
    async_client: AsyncOpenAI, http: httpx2.Client
) -> None:
    before = http.get("/labkit/streams").json()
    stalled = async_client.with_options(default_headers={"x-labkit-fault": "stall_after=3"})
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in kernel_agent(stalled, None).invoke_stream(messages=TENTS):
            begun.set()

    await cancelled_when(begun.wait(), read())
    after = settled(http, before["cancelled"] + 1)
    assert (after["cancelled"], after["open"]) == (before["cancelled"] + 1, before["open"])


async def test_an_agent_of_agent_framework_streams_two_turns(async_client: AsyncOpenAI) -> None:
    answers = await run(async_client, [], TENTS, PACKS)
    assert all(len(answer) > 100 for answer in answers)


async def test_an_agent_of_agent_framework_calls_its_tool(async_client: AsyncOpenAI) -> None:
    shop = new_shop()
    answers = await run(async_client, [shop.search_products], TENTS, PACKS)
    assert [category for category, _ in shop.calls] == ["tents", "backpacks"]
    assert "Wren 1" in answers[0]
    assert "Cairn 48" in answers[1]


async def run(client: AsyncOpenAI, tools: list[Any], *questions: str) -> list[str]:
    """Ask an agent of Agent Framework in one session, streamed: its answers."""
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatClient

    chat = OpenAIChatClient(model="gpt-4o-mini", async_client=client)
    agent = Agent(client=chat, name="Guide", tools=tools)
    session, answers = agent.create_session(), []
    for question in questions:
        stream = agent.run(question, stream=True, session=session)
        updates = [update async for update in stream]
        answer = (await stream.get_final_response()).text
        assert len(updates) > 20
        answers.append(answer)
    return answers
