"""Semantic Kernel's AgentGroupChat: what `invoke` keeps, and what `invoke_stream` loses."""

import asyncio
from typing import Any

import pytest

from labkit.serving import Server
from tests.stopping import by_cancelling_the_task, one_stream_cancelled


async def a_chat(client: Any, **strategy: Any) -> Any:
    from semantic_kernel.agents import AgentGroupChat

    from tests.frameworks.members import TASK, Approval, members

    agents = members(client, "Writer", "Critic")
    ending = Approval(agents=agents[1:], **strategy)
    chat = AgentGroupChat(agents=agents, termination_strategy=ending)
    await chat.add_chat_message(TASK)
    return chat


@pytest.mark.filterwarnings("ignore:Accessing the 'model_fields' attribute:DeprecationWarning")
def test_invoked_it_ends_by_itself_and_keeps_every_reply(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            chat = await a_chat(client, maximum_iterations=8)
            names = [message.name async for message in chat.invoke()]
            assert names == ["Writer", "Critic"] * 2
            assert [message.name for message in chat.history.messages] == [None, *names]
            assert chat.is_complete

    asyncio.run(main())


def test_streamed_it_keeps_the_task_alone_and_never_sees_the_approval(server: Server) -> None:
    from tests.frameworks.members import TASK
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            chat, said = await a_chat(client, maximum_iterations=6), [("", "")]
            async for chunk in chat.invoke_stream():
                if chunk.name != said[-1][0]:
                    said.append((chunk.name, ""))
                said[-1] = (chunk.name, said[-1][1] + chunk.content)
            assert [name for name, _ in said[1:]] == ["Writer", "Critic"] * 3
            assert said[4][1].startswith("APPROVED")
            assert [message.content for message in chat.history.messages] == [TASK]
            assert [message.content async for message in chat.get_chat_messages()] == [TASK]
            assert not chat.is_complete

    asyncio.run(main())


def test_the_agents_hear_each_other_because_they_share_a_thread(server: Server) -> None:
    from tests.frameworks.members import TASK
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            chat = await a_chat(client, maximum_iterations=2)
            async for _ in chat.invoke_stream():
                pass
            [channel] = chat.agent_channels.values()
            held = [message async for message in channel.thread.get_messages()]
            assert [message.name for message in held] == [None, "Writer", None, "Critic"]
            assert [message.content for message in held[::2]] == [TASK, TASK]

    asyncio.run(main())


def test_cancelling_the_task_closes_the_stream_and_frees_the_chat(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with (
            client_of(server.url, "stall_after=3") as client,
            one_stream_cancelled(server.url),
        ):
            chat = await a_chat(client)
            await by_cancelling_the_task(chat.invoke_stream(), lambda chunk: True)
        assert not chat.is_active

    asyncio.run(main())
