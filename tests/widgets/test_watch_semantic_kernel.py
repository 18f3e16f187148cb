"""Semantic Kernel's streams are watched like any other, and Stop ends them on the wire, too."""

import asyncio
from typing import Any

import pytest

from labkit.serving import Server
from labkit.widgets.token_stream import TokenStream
from labkit.widgets.watch import watch
from tests.settled import settled_async
from tests.widgets.watched import collect, press

BOOTS = "How do I choose hiking boots?"


@pytest.mark.parametrize(("fault", "state"), [("", "complete"), ("truncate_after=3", "incomplete")])
def test_a_service_says_whether_its_answer_is_whole(
    server: Server, widgets: list[TokenStream], fault: str, state: str
) -> None:
    from tests.kernels import auto, client_of, history, service_of

    async def main() -> None:
        async with client_of(server.url, fault) as client:
            service = service_of(client)
            stream = service.get_streaming_chat_message_content(history(BOOTS), auto().__class__())
            await collect(watch(stream))

    asyncio.run(main())
    assert widgets[0].state == state


def test_an_agent_never_says_why_it_ends(server: Server, widgets: list[TokenStream]) -> None:
    from semantic_kernel.agents import ChatCompletionAgent

    from tests.kernels import client_of, service_of

    async def main() -> None:
        async with client_of(server.url) as client:
            agent = ChatCompletionAgent(service=service_of(client), name="advisor")
            await collect(watch(agent.invoke_stream(messages=BOOTS)))

    asyncio.run(main())
    assert (widgets[0].state, widgets[0].note) == ("unsaid", "ended: these chunks never say why")


@pytest.mark.parametrize("where", ["in the body", "while it waits"])
@pytest.mark.parametrize("of", ["service", "kernel", "agent"])
def test_stop_cancels_the_stream_of_the_model(
    server: Server,
    widgets: list[TokenStream],
    caplog: pytest.LogCaptureFixture,
    of: str,
    where: str,
) -> None:
    from semantic_kernel.agents import ChatCompletionAgent

    from tests.kernels import auto, client_of, history, kernel_of, service_of

    def streams(client: Any) -> Any:
        service, kernel = service_of(client), kernel_of(client)
        if of == "service":
            return service.get_streaming_chat_message_content(history(BOOTS), auto().__class__())
        if of == "kernel":
            return kernel.invoke_prompt_stream(BOOTS)
        return ChatCompletionAgent(service=service, name="advisor").invoke_stream(messages=BOOTS)

    async def main() -> None:
        before = await settled_async(server.url)
        async with client_of(server.url, "stall_after=3") as client:
            third = asyncio.Event()

            async def loop() -> None:
                passed = 0
                async for _ in watch(streams(client)):
                    passed += 1
                    if passed == 3:
                        third.set()
                        if where == "in the body":
                            press(widgets[0])

            task = asyncio.create_task(loop())
            await third.wait()
            if where == "while it waits":
                press(widgets[0])
            await task
            after = await settled_async(server.url, before["cancelled"] + 1)
        assert (after["open"], after["cancelled"]) == (0, before["cancelled"] + 1)

    asyncio.run(main())
    assert widgets[0].state == "stopped"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
