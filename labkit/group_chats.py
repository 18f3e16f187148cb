"""A group chat as agent events, for `labkit.watch_agent`."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from labkit.agent_events import AgentEvent, TextDelta, TurnStarted


async def turns(messages: AsyncIterable[Any]) -> AsyncGenerator[AgentEvent, None]:
    """Yield TurnStarted when another one speaks, and a TextDelta for each text.

    `messages` are chunks of Semantic Kernel, each with the `name` of its agent. A chunk with tool
    calls repeats the text that came before them, so its text does not count.
    """
    turn, speaker = 0, None
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content and all(item.content_type == "text" for item in message.items):
            yield TextDelta(message.content)
