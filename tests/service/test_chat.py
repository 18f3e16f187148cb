"""The whole path: a question over HTTP, the agent, its model, and the events that come back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fastjsonschema
import pytest
from openai import OpenAI

from labkit.service.events import EVENTS
from labkit.service.schemas import EVENT_SCHEMAS
from labkit.sse import ServerSentEvent, decode
from tests.service.running import PLAIN, WITH_TOOLS, Running, data, ids, text_of


def _checked(event: ServerSentEvent) -> None:
    """Raise unless the event is as the OpenAPI document says."""
    model = next(each for each in EVENTS if each.event == event.event)
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    whole = schema | {"components": {"schemas": EVENT_SCHEMAS}}
    fastjsonschema.validate(whole, data(event))


@pytest.mark.parametrize("question", [PLAIN, WITH_TOOLS])
def test_events_come_in_order_numbered_without_a_gap(service: Running, question: str) -> None:
    events = service.ask(question)
    names = [event.event for event in events]
    assert names[0] == "started"
    assert names[-1] == "done"
    assert set(names[1:-1]) <= {"token", "tool_started", "tool_finished"}
    answer = data(events[0])["answer"]
    assert ids(events) == [(answer, number) for number in range(1, len(events) + 1)]
    assert [event.retry_ms for event in events] == [1000] + [None] * (len(events) - 1)
    for event in events:
        _checked(event)


def test_tools_are_told_of_before_the_text_that_uses_them(service: Running) -> None:
    events = service.ask(WITH_TOOLS)
    tools = [event for event in events if event.event.startswith("tool")]
    begun = [data(event) for event in tools if event.event == "tool_started"]
    ended = [data(event) for event in tools if event.event == "tool_finished"]
    assert {each["name"]: each["arguments"] for each in begun} == {
        "get_product_details": {"product_id": "P004"},
        "calculate_total": {"product_ids": ["P004"], "discount_percent": 10},
    }
    assert {each["call"] for each in begun} == {each["call"] for each in ended}
    assert all(each["ok"] and each["seconds"] >= 0 for each in ended)
    assert "**$134.10**" in text_of(events[events.index(tools[-1]) :])


def test_done_tells_finish_reason_usage_of_all_turns_and_time(service: Running) -> None:
    done = data(service.ask(WITH_TOOLS)[-1])
    assert done["finish_reason"] == "stop"
    usage = done["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < done["seconds"] < 10


@pytest.mark.parametrize("question", [PLAIN, WITH_TOOLS, "Find tents under $250 that are in stock"])
def test_text_and_usage_are_what_the_sdk_gets_for_the_same_conversation(
    service: Running, question: str
) -> None:
    before = len(service.heard.bodies)
    events = service.ask(question)
    text, usage = "", [0, 0]
    with OpenAI(base_url=f"{service.upstream.base_url}/v1", api_key="sk-any") as client:
        for body in service.heard.bodies[before:]:
            assert {"role": "user", "content": question} in body["messages"]
            for chunk in client.chat.completions.create(**body):
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
                if chunk.usage:
                    usage[0] += chunk.usage.prompt_tokens
                    usage[1] += chunk.usage.completion_tokens
    assert text_of(events) == text
    told = data(events[-1])["usage"]
    assert [told["prompt_tokens"], told["completion_tokens"]] == usage


def test_a_get_brings_the_same_answer_as_a_post(service: Running) -> None:
    with service.http.stream("GET", "/stream", params={"question": WITH_TOOLS}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        events = list(decode(response.iter_bytes()))
    posted = service.ask(WITH_TOOLS)
    assert [event.event for event in events if event.event != "token"] == [
        event.event for event in posted if event.event != "token"
    ]
    assert text_of(events) == text_of(posted)


def test_twenty_at_once_each_get_their_own_tools_and_text(service: Running) -> None:
    questions = [f"What are the details on product P{n:03}?" for n in range(1, 11)] * 2
    alone = [_told(service.ask(question)) for question in questions[:10]] * 2
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda question: _told(service.ask(question)), questions))
    assert answers == alone
    for number, (arguments, _) in enumerate(answers[:10], start=1):
        assert arguments == [{"product_id": f"P{number:03}"}]


def _told(events: list[ServerSentEvent]) -> tuple[list[Any], str]:
    assert len({answer for answer, _ in ids(events)}) == 1
    begun = [data(event)["arguments"] for event in events if event.event == "tool_started"]
    return begun, text_of(events)
