"""The members of a group chat over the offline model, and what makes it end.

Import it within a test, as `tests.kernels`: it takes two seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from openai import AsyncOpenAI
from semantic_kernel.agents import ChatCompletionAgent, GroupChatOrchestration
from semantic_kernel.agents.orchestration.group_chat import (
    BooleanResult,
    RoundRobinGroupChatManager,
)
from semantic_kernel.agents.runtime import InProcessRuntime
from semantic_kernel.agents.strategies import TerminationStrategy
from semantic_kernel.contents import ChatHistory

from labkit.agent_events import AgentEvent
from labkit.callbacks import stream_of
from labkit.group_chats import turns
from tests.kernels import service_of

TASK = "Write a short product text for the Heronwing 2"
RULES = {
    "Writer": "You are a copywriter. Write one short text and revise it when asked.",
    "Critic": "You are a critic. Ask for changes at first. When they are made, say APPROVED.",
    "Safety": "You are a safety reviewer. Ask for the risk that is missing, or say APPROVED.",
}


def members(client: AsyncOpenAI, *names: str, **more: Any) -> list[ChatCompletionAgent]:
    """Return the agents of these names; `more` is for the first of them."""
    extras = [more, *({} for _ in names[1:])]
    return [
        ChatCompletionAgent(
            service=service_of(client),
            name=name,
            description=RULES[name],
            instructions=RULES[name],
            **extra,
        )
        for name, extra in zip(names, extras, strict=True)
    ]


class Approval(TerminationStrategy):
    """Ends an AgentGroupChat when its last message approves."""

    async def should_agent_terminate(self, agent: Any, history: list[Any]) -> bool:
        """Look for the word in the last message."""
        return "APPROVED" in history[-1].content


class UntilAllApprove(RoundRobinGroupChatManager):
    """Ends a group chat when the critic and the safety reviewer approve the last text."""

    async def should_terminate(self, chat_history: ChatHistory) -> BooleanResult:
        """Look at what was said since the writer's last turn."""
        approving: set[str | None] = set()
        for message in chat_history.messages:
            if message.name == "Writer":
                approving.clear()
            elif "APPROVED" in message.content and message.name:
                approving.add(message.name)
        if len(approving) == 2:
            return BooleanResult(result=True, reason="All approve.")
        return await super().should_terminate(chat_history)


async def speak(agents: list[Any], manager: Any, task: str) -> AsyncGenerator[AgentEvent, None]:
    """Yield what the members of a group chat say, as agent events."""
    async with aclosing(stream_of(partial(talk, agents, manager, task))) as messages:
        async for event in turns(messages):
            yield event


async def talk(agents: list[Any], manager: Any, about: str, heard: Callable[[Any], None]) -> None:
    """Let the members talk until they are done; `heard` gets the chunks."""
    group: Any = GroupChatOrchestration(
        members=agents,
        manager=manager,
        streaming_agent_response_callback=lambda message, _: heard(message),
    )
    runtime = InProcessRuntime()
    runtime.start()
    try:
        result = await group.invoke(task=about, runtime=runtime)
        await result.get()
    finally:
        await runtime.stop()
        speaking = list(runtime._background_tasks)
        for task in speaking:  # `stop_when_idle` waits for ever for one that had not begun
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
