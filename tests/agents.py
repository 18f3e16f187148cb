"""Runs the agent against a server, and sorts what it does."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from openai import AsyncOpenAI

from labkit.agent import run_agent
from labkit.agent_events import AgentEvent, Done, ToolStarted, TurnStarted
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from tests.offline.bodies import user

Kind = TypeVar("Kind")


def client_of(url: str) -> AsyncOpenAI:
    """Return a client of the server at `url`; it belongs to the event loop that it is used in."""
    return AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-any", max_retries=0)


def ask(client: AsyncOpenAI, *messages: Any, **more: Any) -> AsyncGenerator[AgentEvent, None]:
    """Start the agent, with the shop's tools unless told otherwise."""
    shop = {"tools": TOOLS, "functions": TOOL_FUNCTIONS}
    return run_agent(client, "gpt-4o-mini", list(messages), **{**shop, **more})


async def no_task_is_left() -> None:
    """Insist that only this task goes on; one that is about to end may take its last turns."""
    for _ in range(500):
        if len(asyncio.all_tasks()) == 1:
            break
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def run(url: str, *messages: Any, seen: list[AgentEvent] | None = None, **more: Any) -> Any:
    """Return the agent events of a whole run; `seen` has them also if it raises."""
    events = [] if seen is None else seen

    async def collect() -> list[AgentEvent]:
        async with client_of(url) as client:
            async for event in ask(client, *(messages or [user("Any tents?")]), **more):
                events.append(event)
            await no_task_is_left()
        return events

    return asyncio.run(collect())


def of(kind: type[Kind], events: list[AgentEvent]) -> list[Kind]:
    """Return the agent events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def done(events: list[AgentEvent]) -> Done:
    """Return the last agent event, which is the only `Done`."""
    [last] = of(Done, events)
    assert events[-1] is last
    return last


def turns(events: list[AgentEvent]) -> list[list[tuple[str, dict[str, Any]]]]:
    """Return what was called in each turn: name and arguments, in the order of the calls."""
    found: list[list[ToolStarted]] = []
    for event in events:
        if isinstance(event, TurnStarted):
            found.append([])
        elif isinstance(event, ToolStarted):
            found[-1].append(event)
    return [
        [(start.name, start.arguments) for start in sorted(turn, key=lambda start: start.call)]
        for turn in found
    ]
