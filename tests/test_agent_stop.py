"""The agent is stopped or fails in the middle, and nothing is left open."""

import asyncio
from typing import Any

import openai
import pytest

from labkit.agent_events import (
    AgentEvent,
    Done,
    TextDelta,
    ToolCallForming,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.exercises.traces import raw
from labkit.outdoor import TOOL_FUNCTIONS
from labkit.serving import Server, serve
from tests.agents import ask, client_of, done, no_task_is_left, of, run
from tests.offline.bodies import user
from tests.replay import Replay, spoken
from tests.settled import settled_async
from tests.stopping import STOPS, Reached, Stop, by_closing_the_generator, one_stream_cancelled


class HangingTools:
    """Tools of the shop that never come back, and know whether they were cancelled."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0

    async def hang(self, **arguments: Any) -> None:
        self.begun += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


COMPARE = user("Compare all tents and sleeping bags under $300.")


async def stopped(url: str, stop: Stop, reached: Reached, **more: Any) -> None:
    """Stop the agent when it is there; insist that its stream is cancelled and no task is left."""
    async with client_of(url) as client, one_stream_cancelled(url):
        await stop(ask(client, COMPARE, **more), reached)


@pytest.mark.parametrize("stop", STOPS)
def test_it_can_be_stopped_in_the_middle_of_text(server: Server, stop: Stop) -> None:
    stall = {"x-labkit-fault": "stall_after=3"}
    asyncio.run(
        stopped(
            server.url,
            stop,
            lambda event: isinstance(event, TextDelta),
            tools=(),
            extra_headers=stall,
        )
    )


@pytest.mark.parametrize("stop", STOPS)
def test_it_can_be_stopped_while_a_call_forms(server: Server, stop: Stop) -> None:
    asyncio.run(
        stopped(
            server.url,
            stop,
            lambda event: isinstance(event, ToolCallForming),
            tool_choice="required",
            extra_headers={"x-labkit-fault": "stall_after=3"},
        )
    )


@pytest.mark.parametrize("stop", STOPS)
def test_it_can_be_stopped_while_tools_run(server: Server, stop: Stop) -> None:
    tools = HangingTools()

    async def main() -> None:
        async with asyncio.timeout(20), client_of(server.url) as client:
            agent = ask(client, COMPARE, functions=dict.fromkeys(TOOL_FUNCTIONS, tools.hang))
            await stop(agent, lambda event: isinstance(event, ToolStarted) and event.call == 1)
            assert (tools.begun, tools.cancelled) == (2, 2)
            await no_task_is_left()
            assert (await settled_async(server.url))["open"] == 0

    asyncio.run(main())


@pytest.mark.parametrize("stop", STOPS)
def test_it_can_be_stopped_before_the_model_says_anything(server: Server, stop: Stop) -> None:
    async def main() -> None:
        async with client_of(server.url) as client:
            await stop(ask(client, COMPARE), lambda event: isinstance(event, TurnStarted))
            assert (await settled_async(server.url))["open"] == 0
            await no_task_is_left()

    asyncio.run(main())


def test_an_error_before_the_stream_comes_out_as_the_sdk_raises_it(server: Server) -> None:
    seen: list[AgentEvent] = []
    headers = {"x-labkit-fault": "status=429;retry_after=7"}
    with pytest.raises(openai.RateLimitError) as caught:
        run(server.url, extra_headers=headers, seen=seen)
    assert caught.value.status_code == 429
    assert caught.value.response.headers["retry-after"] == "7"
    assert seen == [TurnStarted(1)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("error_after=3", openai.APIError),
        ("cut_after=3", openai.APIConnectionError),
        ("status=500", openai.InternalServerError),
    ],
)
def test_after_an_error_nothing_is_left_open(
    server: Server, fault: str, error: type[Exception]
) -> None:
    async def main() -> None:
        async with client_of(server.url) as client:
            with pytest.raises(openai.APIError) as caught:
                async for _ in ask(client, COMPARE, extra_headers={"x-labkit-fault": fault}):
                    pass
            assert type(caught.value) is error
            assert (await settled_async(server.url))["open"] == 0
            await no_task_is_left()

    asyncio.run(main())


def test_text_that_came_before_an_error_event_has_been_shown(server: Server) -> None:
    seen: list[AgentEvent] = []
    with pytest.raises(openai.APIError):
        run(server.url, tools=(), extra_headers={"x-labkit-fault": "error_after=3"}, seen=seen)
    assert len(of(TextDelta, seen)) == 3
    assert of(Done, seen) == []


def test_an_error_in_a_later_turn_comes_out_after_what_the_tools_did() -> None:
    broken = 'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n'
    served, seen = Replay(raw("single"), broken), []
    with serve(served.app) as server, pytest.raises(openai.APIError, match="overloaded"):
        run(server.url, seen=seen)
    assert len(of(ToolFinished, seen)) == 1
    assert seen[-1] == TurnStarted(2)
    assert len(served.asked) == 2


def test_the_client_is_as_good_as_new_after_a_stop() -> None:
    async def main(url: str) -> list[AgentEvent]:
        async with client_of(url) as client:
            await by_closing_the_generator(
                ask(client, COMPARE), lambda event: isinstance(event, ToolCallForming)
            )
            return [event async for event in ask(client, COMPARE)]

    with serve(Replay(raw("single"), spoken("Two tents.")).app) as server:
        events = asyncio.run(main(server.url))
    assert done(events).text == "Two tents."
