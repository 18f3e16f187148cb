"""The Responses dialect, byte for byte, against shared recordings' rules."""

import json
import re

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.offline.responses.conftest import (
    FLAT,
    ONE_CALL,
    TWO_CALLS,
    Post,
    calls,
    events,
    kinds,
    text,
)

BEGIN = ["created", "in_progress"]
MESSAGE = ["output_item.added", "content_part.added", "output_text.delta", "output_text.done"]
MESSAGE += ["content_part.done", "output_item.done"]
CALL = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done"]
CALL += ["output_item.done"]


def test_a_text_stream_has_the_order_of_the_api_and_no_done(post: Post) -> None:
    response = post(stream=True)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert b"[DONE]" not in response.content
    assert kinds(events(response)) == [*BEGIN, *MESSAGE, "completed"]


def test_the_done_events_repeat_what_the_deltas_said(post: Post) -> None:
    found = events(post(stream=True))
    by_kind = {event["type"]: event for event in found}
    said = text(found)
    assert len(said) > 200
    assert by_kind["response.output_text.done"]["text"] == said
    assert by_kind["response.content_part.done"]["part"]["text"] == said
    assert by_kind["response.output_item.done"]["item"]["content"][0]["text"] == said
    assert found[-1]["response"]["output"][0]["content"][0]["text"] == said


def test_all_events_of_an_item_name_it(post: Post) -> None:
    found = events(post(stream=True))
    named = {event["item_id"] for event in found if "item_id" in event}
    [item] = found[-1]["response"]["output"]
    assert named == {item["id"]}
    assert item["id"].startswith("msg_")
    assert {event["output_index"] for event in found if "output_index" in event} == {0}


def test_a_response_begins_empty_and_ends_whole(post: Post) -> None:
    first, second, *_, last = (event.get("response") for event in events(post(stream=True)))
    assert first == second
    assert (first["status"], first["output"], first["usage"]) == ("in_progress", [], None)
    assert (last["status"], last["id"]) == ("completed", first["id"])
    assert last["completed_at"] >= last["created_at"] == first["created_at"]
    assert last["id"].startswith("resp_")


def test_usage_counts_each_delta(post: Post) -> None:
    found = events(post(stream=True))
    counts = found[-1]["response"]["usage"]
    deltas = [event for event in found if event["type"].endswith("delta")]
    assert counts["output_tokens"] == len(deltas)
    assert counts["total_tokens"] == counts["input_tokens"] + counts["output_tokens"]
    assert counts["input_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 0}
    assert counts["output_tokens_details"] == {"reasoning_tokens": 0}


def test_obfuscation_pads_each_delta_until_it_is_switched_off(post: Post) -> None:
    def padding(**body: object) -> list[object]:
        found = events(post(stream=True, **body))
        return [e.get("obfuscation") for e in found if e["type"].endswith("delta")]

    assert all(re.fullmatch(r"[A-Za-z]{0,16}", str(letters)) for letters in padding())
    assert set(padding(stream_options={"include_obfuscation": False})) == {None}


@pytest.mark.parametrize("question", ["Boots?", "Zelte für 0 °C? 🏕️ \ufffc", ONE_CALL, TWO_CALLS])
def test_every_event_has_the_schema_of_the_sdk(post: Post, question: str) -> None:
    known = TypeAdapter[object](ResponseStreamEvent)
    for event in events(post(question, tools=FLAT, stream=True)):
        typed = known.validate_python(event, strict=True)
        assert getattr(typed, "type", None) == event["type"]


def test_one_function_call_streams_its_arguments(post: Post) -> None:
    found = events(post(ONE_CALL, tools=FLAT, stream=True))
    assert kinds(found) == [*BEGIN, *CALL, "completed"]
    added, done = found[2]["item"], found[-2]["item"]
    assert added == {**done, "status": "in_progress", "arguments": ""}
    assert done["id"].startswith("fc_")
    assert done["call_id"].startswith("call_")
    deltas = [event["delta"] for event in found if event["type"].endswith("delta")]
    assert len(deltas) > 3
    assert "".join(deltas) == done["arguments"] == found[-3]["arguments"]
    assert json.loads(done["arguments"]) == {"category": "tents", "max_price": 250}
    assert found[-1]["response"]["output"] == [done]


def test_parallel_calls_come_one_after_the_other_by_their_index(post: Post) -> None:
    found = events(post(TWO_CALLS, tools=FLAT, stream=True))
    assert kinds(found) == [*BEGIN, *CALL, *CALL, "completed"]
    order = [event["output_index"] for event in found if "output_index" in event]
    assert order == sorted(order)
    assert set(order) == {0, 1}
    output = found[-1]["response"]["output"]
    assert len({item["call_id"] for item in output}) == len({item["id"] for item in output}) == 2


def test_text_before_a_call_is_a_message_first(post: Post) -> None:
    streams = (events(post(f"{ONE_CALL}{'!' * i}", tools=FLAT, stream=True)) for i in range(20))
    spoken = next(found for found in streams if text(found))
    assert kinds(spoken) == [*BEGIN, *MESSAGE, *CALL, "completed"]
    assert [item["type"] for item in spoken[-1]["response"]["output"]] == [
        "message",
        "function_call",
    ]


def test_too_few_output_tokens_leave_the_response_incomplete(post: Post) -> None:
    found = events(post(max_output_tokens=20, stream=True))
    last = found[-1]["response"]
    assert kinds(found) == [*BEGIN, *MESSAGE, "incomplete"]
    assert (last["status"], last["completed_at"]) == ("incomplete", None)
    assert last["incomplete_details"] == {"reason": "max_output_tokens"}
    assert last["output"][0]["status"] == "incomplete"
    assert last["usage"]["output_tokens"] == 20


def test_a_call_may_be_cut_within_its_arguments(post: Post) -> None:
    found = events(post(TWO_CALLS, tools=FLAT, max_output_tokens=20, stream=True))
    first, second = found[-1]["response"]["output"]
    assert (first["status"], second["status"]) == ("completed", "incomplete")
    with pytest.raises(json.JSONDecodeError):
        json.loads(second["arguments"])


def test_whole_and_streamed_are_the_same_but_for_ids(post: Post) -> None:
    def plain(body: object) -> str:
        return re.sub(
            r'"(id|call_id|created_at|completed_at)": ("[^"]*"|\d+)', "", json.dumps(body)
        )

    for question in ("Boots?", TWO_CALLS):
        whole = post(question, tools=FLAT).json()
        assert Response.model_validate(whole, strict=True).model_extra == {"store": True}
        assert plain(whole) == plain(
            events(post(question, tools=FLAT, stream=True))[-1]["response"]
        )


def test_the_response_repeats_what_was_asked(post: Post) -> None:
    asked = {
        "instructions": "Be brief.", "max_output_tokens": 500, "metadata": {"k": "v"},
        "parallel_tool_calls": False, "temperature": 0.2, "top_p": 0.5, "truncation": "auto",
        "tool_choice": "none", "user": "u", "store": False, "model": "gpt-4.1-mini",
    }  # fmt: skip
    body = post(tools=FLAT, **asked).json()
    assert {name: body[name] for name in asked} == {**asked, "model": "gpt-4.1-mini-2025-04-14"}
    assert [tool["name"] for tool in body["tools"]] == [tool["name"] for tool in FLAT]
    assert body["text"] == {"format": {"type": "text"}, "verbosity": "medium"}


def test_tools_are_chosen_as_asked(post: Post) -> None:
    named = {"type": "function", "name": "get_product_details"}
    forced = post("Hello!", tools=FLAT, tool_choice=named).json()
    assert [name for name, _ in calls(forced)] == ["get_product_details"]
    assert forced["tool_choice"] == named
    assert calls(post("Hello!", tools=FLAT, tool_choice="required").json())
    assert not calls(post(ONE_CALL, tools=FLAT, tool_choice="none").json())
    assert len(calls(post(TWO_CALLS, tools=FLAT).json())) == 2
    assert len(calls(post(TWO_CALLS, tools=FLAT, parallel_tool_calls=False).json())) == 1
