"""Semantic Kernel's AgentGroupChat: what `invoke` keeps, and what `invoke_stream` loses."""

import asyncio
from typing import Any

import pytest

from labkit.serving import Server
from tests.agents import no_task_is_left
from tests.test_agent_stop import settled


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
        before, there = await settled(server.url, 0), asyncio.Event()

        async def read(chat: Any) -> None:
            async for _ in chat.invoke_stream():
                there.set()

        async with asyncio.timeout(20), client_of(server.url, "stall_after=3") as client:
            chat = await a_chat(client)
            reader = asyncio.create_task(read(chat))
            await there.wait()
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
            after = await settled(server.url, before["cancelled"] + 1)
            await no_task_is_left()
        assert (after["open"], after["cancelled"]) == (0, before["cancelled"] + 1)
        assert not chat.is_active

    asyncio.run(main())
