"""Semantic Kernel's ChatCompletionAgent, streamed: its thread, its tools, its errors, its end."""

import asyncio
from typing import Any

import openai
import pytest

from labkit.serving import Server
from tests.settled import settled_async
from tests.stopping import by_cancelling_the_task, one_stream_cancelled

BOOTS = "How do I choose hiking boots?"
TENTS = "Search for tents and for backpacks under 250 dollars"
ANNOUNCING = 7  # the seed with which the model says a sentence before it calls tools for TENTS


def advisor(client: Any, **more: Any) -> Any:
    from semantic_kernel.agents import ChatCompletionAgent

    from tests.kernels import service_of

    return ChatCompletionAgent(service=service_of(client), name="Advisor", **more)


def a_thread() -> Any:
    from semantic_kernel.agents import ChatHistoryAgentThread

    return ChatHistoryAgentThread()


async def held(thread: Any) -> list[tuple[str, str]]:
    return [(message.role.value, message.content) async for message in thread.get_messages()]


async def streamed(agent: Any, question: str, **more: Any) -> tuple[str, set[int]]:
    """Return what the agent says, and how many messages the thread held meanwhile."""
    text, lengths = "", set()
    async for item in agent.invoke_stream(messages=question, **more):
        text += item.message.content
        lengths.add(len(item.thread))
    return text, lengths


def test_the_thread_gets_the_whole_reply_after_the_last_item(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            agent, thread = advisor(client), a_thread()
            text, lengths = await streamed(agent, BOOTS, thread=thread)
            assert lengths == {1}
            assert await held(thread) == [("user", BOOTS), ("assistant", text)]
            second, lengths = await streamed(agent, "And in winter?", thread=thread)
            assert lengths == {3}
            assert "winter" in second.lower()

    asyncio.run(main())


def test_every_call_without_a_thread_begins_a_new_one(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url) as client:
            agent = advisor(client)
            threads = [i.thread async for i in agent.invoke_stream(messages=BOOTS)]
            assert len({thread.id for thread in threads}) == 1
            _, lengths = await streamed(agent, BOOTS, thread=threads[0])
            assert lengths == {3}
            assert (await streamed(agent, BOOTS))[1] == {1}

    asyncio.run(main())


def test_what_is_intermediate_comes_after_the_tools_and_before_the_answer(server: Server) -> None:
    from semantic_kernel.filters import FilterTypes

    from tests.kernels import Shop, client_of

    seen: list[str] = []

    async def noted(context: Any, next: Any) -> None:  # the kernel calls it by these names
        await next(context)
        seen.append("tool has run")

    async def intermediate(message: Any) -> None:
        seen.append(message.role.value)

    async def main() -> None:
        async with client_of(server.url) as client:
            agent, thread = advisor(client, plugins=[Shop()]), a_thread()
            agent.kernel.add_filter(FilterTypes.AUTO_FUNCTION_INVOCATION, noted)
            stream = agent.invoke_stream(
                messages=TENTS, thread=thread, on_intermediate_message=intermediate
            )
            async for item in stream:
                # Before the tools there may be a sentence, which is no answer yet.
                if item.message.content and seen and "answer" not in seen:
                    seen.append("answer")
            roles = [role for role, _ in await held(thread)]
            assert roles == ["user", "assistant", "tool", "tool", "assistant"]

    asyncio.run(main())
    assert seen == ["tool has run"] * 2 + ["assistant", "tool", "tool", "answer"]


def test_text_before_a_tool_call_is_stored_twice(server: Server) -> None:
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatPromptExecutionSettings
    from semantic_kernel.functions import KernelArguments

    from tests.kernels import Shop, client_of

    async def main() -> list[tuple[str, str]]:
        async with client_of(server.url) as client:
            settings = OpenAIChatPromptExecutionSettings(seed=ANNOUNCING)
            agent, thread = advisor(client, plugins=[Shop()]), a_thread()
            arguments = KernelArguments(settings=settings)
            await streamed(agent, TENTS, thread=thread, arguments=arguments)
            return await held(thread)

    messages = asyncio.run(main())
    announced = messages[1][1]
    assert announced
    assert messages[-1][1].startswith(announced)


def test_a_truncated_reply_is_stored_as_if_it_were_whole(server: Server) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        async with client_of(server.url, "truncate_after=3") as client:
            thread = a_thread()
            text, _ = await streamed(advisor(client), BOOTS, thread=thread)
            assert await held(thread) == [("user", BOOTS), ("assistant", text)]
            assert len(text.split()) < 5

    asyncio.run(main())


@pytest.mark.parametrize(("fault", "shown"), [("status=429", 0), ("error_after=3", 3)])
def test_after_an_error_the_thread_holds_the_question_alone(
    server: Server, fault: str, shown: int
) -> None:
    from semantic_kernel.exceptions import ServiceResponseException

    from tests.kernels import client_of

    before_the_stream = fault.startswith("status")
    expected = ServiceResponseException if before_the_stream else openai.APIError

    async def main() -> None:
        async with client_of(server.url, fault) as client:
            thread, texts = a_thread(), []

            async def read() -> None:
                async for item in advisor(client).invoke_stream(messages=BOOTS, thread=thread):
                    texts.extend(filter(None, [item.message.content]))

            with pytest.raises(expected) as caught:
                await read()
            assert len(texts) == shown
            if before_the_stream:
                assert isinstance(caught.value.__cause__, openai.RateLimitError)
            assert await held(thread) == [("user", BOOTS)]
            assert (await settled_async(server.url))["open"] == 0

    asyncio.run(main())


def test_cancelling_the_task_closes_the_stream(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.kernels import client_of

    async def main() -> None:
        thread = a_thread()
        async with (
            client_of(server.url, "stall_after=3") as client,
            one_stream_cancelled(server.url),
        ):
            stream = advisor(client).invoke_stream(messages=BOOTS, thread=thread)
            await by_cancelling_the_task(stream, lambda item: item.message.content)
        assert await held(thread) == [("user", BOOTS)]

    asyncio.run(main())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
