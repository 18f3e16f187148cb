"""Semantic Kernel's orchestrations: who speaks when, how they end, and what is left behind."""

import asyncio
from contextlib import aclosing
from typing import Any

import openai
import pytest

from labkit.agent_events import TextDelta, TurnStarted
from labkit.serving import Server
from tests.agents import no_task_is_left
from tests.settled import settled_async
from tests.stopping import STOPS, Stop, cancelled_when, one_stream_cancelled

Call = tuple[str, str, list[str], bool]


async def run(group: Any, task: str) -> Any:
    """Return the result of an orchestration, and leave no task behind."""
    from semantic_kernel.agents.runtime import InProcessRuntime

    runtime = InProcessRuntime()
    runtime.start()
    try:
        return await (await group.invoke(task=task, runtime=runtime)).get(timeout=20)
    finally:
        await runtime.stop_when_idle()
        await no_task_is_left()


def group_of(client: Any, *names: str, heard: Any = None, rounds: int = 9, **more: Any) -> Any:
    from semantic_kernel.agents import GroupChatOrchestration

    from tests.frameworks.members import UntilAllApprove, members

    return GroupChatOrchestration(
        members=members(client, *names, **more),
        manager=UntilAllApprove(max_rounds=rounds),
        streaming_agent_response_callback=heard,
    )


def test_a_group_chat_ends_when_all_approve(server: Server) -> None:
    from tests.frameworks.members import TASK
    from tests.kernels import client_of

    ends: list[str] = []

    def heard(message: Any, is_final: bool) -> None:
        if is_final:
            ends.append(message.name)

    async def main() -> None:
        async with client_of(server.url) as client:
            value = await run(group_of(client, "Writer", "Critic", "Safety", heard=heard), TASK)
            assert value.content.startswith("APPROVED")
            assert value.metadata["termination_reason"] == "All approve."

    asyncio.run(main())
    assert ends == ["Writer", "Critic", "Safety"] * 2


def test_a_turn_with_tools_has_several_final_messages_and_they_come_after_the_tools(
    server: Server,
) -> None:
    from tests.kernels import Shop, client_of

    calls: list[Call] = []

    def heard(message: Any, is_final: bool) -> None:
        kinds = [item.content_type for item in message.items]
        calls.append((message.name, message.role.value, kinds, is_final))

    async def main() -> None:
        async with client_of(server.url) as client:
            group = group_of(client, "Writer", heard=heard, rounds=1, plugins=[Shop()])
            task = "Search for tents under 250 dollars, then write a short text about them."
            value = await run(group, task)
            assert "Larkfield 2" in value.content

    asyncio.run(main())
    final = [(role, kinds) for _, role, kinds, is_final in calls if is_final]
    assert final == [
        ("assistant", ["function_call"]),
        ("tool", ["function_result"]),
        ("assistant", []),
    ]


def test_in_a_sequence_each_agent_is_given_the_text_before_and_not_the_task(server: Server) -> None:
    from semantic_kernel.agents import ChatCompletionAgent, SequentialOrchestration

    from tests.frameworks.members import TASK, members
    from tests.kernels import client_of, service_of

    said: dict[str, str] = {}

    def heard(message: Any, _: bool) -> None:
        said[message.name] = said.get(message.name, "") + message.content

    async def main() -> None:
        async with client_of(server.url) as client:
            rules = "You are an editor. Tighten the text. Answer with the text only."
            editor = ChatCompletionAgent(
                service=service_of(client), name="Editor", instructions=rules
            )
            group: Any = SequentialOrchestration(
                members=[*members(client, "Writer"), editor],
                streaming_agent_response_callback=heard,
            )
            value = await run(group, TASK)
            assert value.content == said["Editor"]

    asyncio.run(main())
    assert list(said) == ["Writer", "Editor"]
    assert said["Writer"].startswith(said["Editor"])
    assert said["Editor"] != said["Writer"]


@pytest.mark.parametrize(("fault", "deltas"), [("status=429", 0), ("error_after=3", 2)])
def test_the_result_raises_what_an_agent_raised(server: Server, fault: str, deltas: int) -> None:
    from semantic_kernel.exceptions import ServiceResponseException

    from tests.frameworks.members import TASK
    from tests.kernels import client_of

    expected = openai.APIError if deltas else ServiceResponseException
    said: list[str] = []

    def heard(message: Any, _: bool) -> None:
        said.extend(filter(None, [message.content]))

    async def main() -> None:
        async with client_of(server.url, fault) as client:
            with pytest.raises(expected):
                await run(group_of(client, "Writer", "Critic", heard=heard), TASK)
            assert (await settled_async(server.url))["open"] == 0

    asyncio.run(main())
    # The callback is one message behind, to know which is the last.
    assert len(said) == deltas


def events_of(client: Any) -> Any:
    from tests.frameworks.members import TASK, UntilAllApprove, members, speak

    agents = members(client, "Writer", "Critic", "Safety")
    return speak(agents, UntilAllApprove(max_rounds=9), TASK)


def test_as_agent_events_every_turn_names_its_speaker(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            events = [event async for event in events_of(client)]
            await no_task_is_left()
        starts = [event for event in events if isinstance(event, TurnStarted)]
        names = ["Writer", "Critic", "Safety"] * 2
        assert starts == [TurnStarted(turn, name) for turn, name in enumerate(names, start=1)]
        assert all(isinstance(event, TurnStarted | TextDelta) for event in events)

    asyncio.run(main())


@pytest.mark.parametrize("stop", STOPS)
def test_a_reader_who_leaves_ends_who_is_speaking(server: Server, stop: Stop) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with (
            client_of(server.url, "stall_after=3") as client,
            one_stream_cancelled(server.url),
        ):
            await stop(events_of(client), lambda event: isinstance(event, TextDelta))

    asyncio.run(main())


def test_a_reader_may_leave_before_the_first_agent_event(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with (
            client_of(server.url, "slow_start=30") as client,
            one_stream_cancelled(server.url),
        ):
            await cancelled_when(asks(server.url), anext(events_of(client)))

    asyncio.run(main())


def test_a_reader_may_leave_after_any_agent_event(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with asyncio.timeout(60), client_of(server.url) as client:
            for count in (*range(1, 12), 40, 80):
                async with aclosing(events_of(client)) as events:
                    for _ in range(count):
                        await anext(events)
                await no_task_is_left()

    asyncio.run(main())


async def asks(url: str) -> None:
    """Wait until the server has a stream open."""
    import httpx2

    async with httpx2.AsyncClient(base_url=url) as http:
        while not (await http.get("/labkit/streams")).json()["open"]:
            pass
