"""Semantic Kernel's two assistant agents, unchanged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from labkit.offline.faults import HEADER
from labkit.outdoor import search_products
from labkit.serving import Server
from tests.offline.assistants.museum import ONE_CALL, QUESTION, SDK_DEPRECATED
from tests.settled import settled
from tests.stopping import cancelled_when

NEXT = "And now search for backpacks under 150 dollars"

pytestmark = [
    pytest.mark.filterwarnings(SDK_DEPRECATED),
    pytest.mark.parametrize("kind", ["openai", "azure"]),
]


def client_of(kind: str, server: Server) -> AsyncOpenAI:
    if kind == "openai":
        return AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any")
    version = "2024-05-01-preview"
    return AsyncAzureOpenAI(azure_endpoint=server.url, api_key="any", api_version=version)


Scene = Callable[[Any, Any], Awaitable[Any]]


def with_agent(kind: str, server: Server, scene: Scene, *plugins: Any) -> Any:
    """Return what `scene` makes of a new agent and thread; all is deleted afterwards."""
    from semantic_kernel.agents import (
        AssistantAgentThread,
        AzureAssistantAgent,
        OpenAIAssistantAgent,
    )

    async def main() -> Any:
        async with client_of(kind, server) as client:
            definition = await client.beta.assistants.create(model="gpt-4o-mini", name="Ranger")
            agent_of = {"openai": OpenAIAssistantAgent, "azure": AzureAssistantAgent}[kind]
            agent = agent_of(client=client, definition=definition, plugins=list(plugins))  # type: ignore[arg-type]
            thread = AssistantAgentThread(client=client)
            found = await scene(agent, thread)
            await thread.delete()
            await client.beta.assistants.delete(definition.id)
            return found

    return asyncio.run(main())


async def streamed(agent: Any, thread: Any, question: str, **more: Any) -> str:
    return "".join(
        [
            str(each.message)
            async for each in agent.invoke_stream(messages=question, thread=thread, **more)
        ]
    )


def test_an_agent_streams_what_it_also_says_whole(server: Server, kind: str) -> None:
    async def scene(agent: Any, thread: Any) -> tuple[str, str]:
        said = await streamed(agent, thread, QUESTION)
        other = type(thread)(client=agent.client)
        whole = await agent.get_response(messages=QUESTION, thread=other)
        await other.delete()
        return said, str(whole.message)

    said, whole = with_agent(kind, server, scene)
    assert said == whole != ""


def test_an_agent_calls_its_plugin_while_it_streams(server: Server, kind: str) -> None:
    from tests.kernels import Shop

    seen: list[Any] = []

    async def told(message: Any) -> None:
        seen.append(message)

    async def scene(agent: Any, thread: Any) -> str:
        return await streamed(agent, thread, ONE_CALL, on_intermediate_message=told)

    plugin = Shop()
    said = with_agent(kind, server, scene, plugin)
    assert plugin.calls == [("tents", 250)]
    assert all(product["name"] in said for product in search_products("tents", 250))  # type: ignore[index]
    assert [item.content_type for m in seen for item in m.items if item.content_type != "text"] == [
        "function_call",
        "function_result",
    ]


def test_two_turns_share_one_thread(server: Server, kind: str) -> None:
    from tests.kernels import Shop

    async def scene(agent: Any, thread: Any) -> tuple[str, str, list[Any]]:
        first = await streamed(agent, thread, ONE_CALL)
        second = await streamed(agent, thread, NEXT)
        return first, second, [m async for m in thread.get_messages(sort_order="asc")]

    first, second, kept = with_agent(kind, server, scene, Shop())
    said = "".join(f"[{message.role.value}] {message}" for message in kept)
    asked = [f"[user] {question}" for question in (ONE_CALL, NEXT)]
    assert said.replace("[assistant] ", "") == asked[0] + first + asked[1] + second
    assert search_products("backpacks", 150)[0]["name"] in second  # type: ignore[index]


def test_cancelling_the_task_leaves_no_stream_open(
    server: Server, kind: str, http: httpx2.Client
) -> None:
    before = http.get("/labkit/streams").json()

    async def scene(agent: Any, thread: Any) -> None:
        agent.client = agent.client.with_options(default_headers={HEADER: "stall_after=3"})
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in agent.invoke_stream(messages=QUESTION, thread=thread):
                begun.set()

        await cancelled_when(begun.wait(), read())

    with_agent(kind, server, scene)
    after = settled(http, before["cancelled"] + 1)
    assert after["open"] == before["open"]
