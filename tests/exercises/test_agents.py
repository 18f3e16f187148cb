"""The prepared model, tools and calls of notebook 06, and answers that differ from our own."""

import asyncio
import inspect
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from labkit.agent_events import AgentEvent, TextDelta, ToolFailed, ToolFinished, ToolStarted
from labkit.chunks import delta_of
from labkit.deltas import join
from labkit.exercises import evaluate
from labkit.exercises.agents import BlockingTool, Meeting, ScriptedModel, search_until_stopped
from labkit.exercises.streams import PreparedAsyncStream, reply
from labkit.reply import Reply
from labkit.tool_runs import ToolRuns


async def text_of(stream: PreparedAsyncStream) -> str:
    async with stream:
        return join([delta_of(chunk).text async for chunk in stream])


async def answers(model: ScriptedModel, times: int) -> list[str]:
    return [await text_of(await model([{"content": number}])) for number in range(times)]


def test_a_model_answers_turn_by_turn_and_repeats_the_last() -> None:
    model = ScriptedModel(reply("Let me see."), reply("Two ", "fit."))
    assert asyncio.run(answers(model, 3)) == ["Let me see.", "Two fit.", "Two fit."]


def test_a_model_that_is_asked_for_ever_has_enough_at_last() -> None:
    said = asyncio.run(answers(ScriptedModel(reply("Again.")), 14))
    assert said == ["Again."] * 12 + ["Enough."] * 2


def test_a_model_keeps_each_conversation_as_it_was() -> None:
    async def talk() -> None:
        messages: list[Any] = [{"role": "user", "content": ["Any tents?"]}]
        await model(messages)
        messages[0]["content"].append("And stoves?")
        await model(messages)

    model = ScriptedModel(reply("Yes."))
    asyncio.run(talk())
    assert [asked[0]["content"] for asked in model.asked] == [
        ["Any tents?"],
        ["Any tents?", "And stoves?"],
    ]


def test_a_blocking_tool_knows_whether_a_loop_stood_still() -> None:
    async def call(tool: BlockingTool, aside: bool) -> str:
        if aside:
            return await asyncio.to_thread(tool.look_up, "P004")
        return tool.look_up("P004")

    for aside in (True, False):
        tool = BlockingTool(0)
        assert asyncio.run(call(tool, aside)) == "P004 is in stock"
        assert tool.on_loop is not aside


def test_a_tool_that_stops_its_task_never_comes_back() -> None:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(search_until_stopped("tents"))


def test_calls_that_run_at_once_come_back_in_reverse() -> None:
    calls = [{"id": f"call_{number}"} for number in range(4)]
    meeting, finished = Meeting(calls), []

    async def one(call: dict[str, Any]) -> str:
        result = await meeting.run(call)
        finished.append(call)
        return result

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*map(one, calls))

    assert asyncio.run(all_at_once())[0] == "result of call_0"
    assert finished == calls[::-1]
    assert meeting.together


def test_calls_that_run_one_after_the_other_are_told_apart() -> None:
    calls = [{"id": "call_0"}, {"id": "call_1"}]
    meeting = Meeting(calls)

    async def in_turn() -> list[str]:
        return [await meeting.run(call) for call in calls]

    assert asyncio.run(in_turn()) == ["result of call_0", "result of call_1"]
    assert not meeting.together


async def safely_with_wait_for(function: Any, arguments: dict[str, Any], limit_s: float) -> Any:
    if inspect.iscoroutinefunction(function):
        running = function(**arguments)
    else:
        running = asyncio.get_running_loop().run_in_executor(None, lambda: function(**arguments))
    try:
        return await asyncio.wait_for(running, limit_s)
    except TimeoutError:
        return {"error": f"{function.__name__} is too slow"}
    except Exception as error:
        return {"error": repr(error)}


async def all_in_a_task_group(calls: list[Any], run: Callable[[Any], Any]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def all_as_tasks(calls: list[Any], run: Callable[[Any], Any]) -> list[Any]:
    return [await task for task in [asyncio.create_task(run(call)) for call in calls]]


async def loop_with_a_dictionary_of_results(
    ask: Any, messages: list[Any], functions: dict[str, Any], max_turns: int
) -> AsyncGenerator[AgentEvent, None]:
    messages = list(messages)
    for number in range(max_turns):
        turn = Reply()
        async for chunk in await ask(messages):
            turn.add(delta_of(chunk))
            if delta_of(chunk).text:
                yield TextDelta(delta_of(chunk).text)
        if not (turn.complete and turn.tool_calls) or number + 1 == max_turns:
            break
        messages.append(turn.as_message())
        results = {}
        async for event in ToolRuns(functions, 5).run(turn.tool_calls):
            yield event
            if isinstance(event, ToolFinished | ToolFailed):
                results[event.call] = event
        for call in turn.tool_calls:
            event = results[call.position]
            text = event.result if isinstance(event, ToolFinished) else event.reason
            messages.append({"role": "tool", "tool_call_id": call.id, "content": text})


async def loop_with_tools_by_hand(
    ask: Any, messages: list[Any], functions: dict[str, Any], max_turns: int
) -> AsyncGenerator[AgentEvent, None]:
    for number in range(max_turns):
        turn = Reply()
        async with await ask(messages) as stream:
            async for chunk in stream:
                turn.add(delta_of(chunk))
                if delta_of(chunk).text:
                    yield TextDelta(delta_of(chunk).text)
        if not (turn.complete and turn.tool_calls) or number + 1 == max_turns:
            break
        messages = [*messages, turn.as_message()]
        for call in turn.tool_calls:
            yield ToolStarted(call.position, call.name, {})
            try:
                result = json.dumps(functions[call.name](**call.parsed()))
                yield ToolFinished(call.position, call.name, 0.0, result, "done")
            except Exception as error:
                result = json.dumps({"error": repr(error)})
                yield ToolFailed(call.position, call.name, 0.0, repr(error))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


@pytest.mark.parametrize(
    ("key", "function"),
    [
        ("06.run_safely", safely_with_wait_for),
        ("06.run_all", all_in_a_task_group),
        ("06.run_all", all_as_tasks),
        ("06.agent_loop", loop_with_a_dictionary_of_results),
        ("06.agent_loop", loop_with_tools_by_hand),
    ],
)
def test_another_way_to_be_right_is_right(key: str, function: Callable[..., Any]) -> None:
    result = evaluate(key, function)
    assert result.state == "right", result.message
