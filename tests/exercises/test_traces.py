"""The traces are streams as servers send them, and their chunks are those of the SDK."""

import asyncio
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk

from labkit.errors import LabError
from labkit.exercises.traces import raw, trace, traces
from labkit.outdoor import TOOL_FUNCTIONS
from labkit.serving import serve
from tests.agents import client_of
from tests.replay import Replay


def fragments(name: str) -> list[Any]:
    choices = [choice for chunk in trace(name) for choice in chunk.choices]
    return [part for choice in choices for part in choice.delta.tool_calls or []]


async def through_the_sdk(url: str) -> list[ChatCompletionChunk]:
    async with client_of(url) as client:
        stream = await client.chat.completions.create(model="m", messages=[], stream=True)
        return [chunk async for chunk in stream]


@pytest.mark.parametrize("name", traces())
def test_the_chunks_are_what_the_sdk_makes_of_the_bytes(name: str) -> None:
    with serve(Replay(raw(name)).app) as server:
        assert asyncio.run(through_the_sdk(server.url)) == trace(name)


@pytest.mark.parametrize("name", traces())
def test_a_trace_is_data_lines_and_blank_lines_and_all_but_the_cut_one_end_in_done(
    name: str,
) -> None:
    *events, rest = raw(name).split("\n\n")
    assert rest == ""
    assert all(event.startswith("data: ") and "\n" not in event for event in events)
    assert [event for event in events if event == "data: [DONE]"] == events[-1:] * (name != "cut")


@pytest.mark.parametrize("name", traces())
def test_the_chunks_of_a_trace_share_an_id_and_call_tools_of_the_shop(name: str) -> None:
    assert len({chunk.id for chunk in trace(name) if chunk.id}) == 1
    names = {part.function.name for part in fragments(name) if part.function.name}
    assert names
    assert names <= set(TOOL_FUNCTIONS)


def test_each_dialect_shows_what_it_is_for() -> None:
    assert trace("azure")[0].choices == []
    assert {part.index for part in fragments("missing_index")} == {None}
    assert {part.index for part in fragments("whole")} == {0}
    assert len({part.id for part in fragments("whole")}) == 2
    assert {part.function.name for part in fragments("blank_ids")} >= {"", None}
    assert all(part.id and part.function.name for part in fragments("repeated_name"))
    assert len(fragments("repeated_name")) > 1


def test_some_traces_report_usage_in_a_chunk_of_its_own() -> None:
    reporting = {name for name in traces() if any(chunk.usage for chunk in trace(name))}
    assert {"single", "parallel"} <= reporting < set(traces())
    assert all(not chunk.choices for name in reporting for chunk in trace(name) if chunk.usage)


def test_a_learner_may_change_the_chunks_and_the_next_one_gets_them_fresh() -> None:
    trace("single").clear()
    trace("single")[0].choices.clear()
    assert trace("single")[0].choices


def test_an_unknown_trace_is_one_sentence_with_the_known_ones() -> None:
    with pytest.raises(LabError, match=r"no trace 'singel'\. These exist: azure, .*, whole\.$"):
        trace("singel")
