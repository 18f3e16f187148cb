"""The events of a run, byte for byte and in their order."""

import json

import httpx2
import pytest
from openai.types.beta import AssistantStreamEvent
from pydantic import TypeAdapter

from labkit.outdoor import search_products
from tests.offline.assistants.museum import (
    ONE_CALL,
    QUESTION,
    TWO_CALLS,
    Museum,
    events,
    names,
    path,
    text,
)

STARTED = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP = ["thread.run.step.created", "thread.run.step.in_progress"]
MESSAGE = [
    *STEP,
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
]
CALLS = [*STEP, "thread.run.step.delta"]


def test_a_run_that_answers_tells_of_the_run_its_step_and_its_message(museum: Museum) -> None:
    found = events(museum.run(stream=True))
    assert names(found) == [*STARTED, *MESSAGE, "thread.run.completed"]


def test_each_event_is_two_lines_and_a_blank_one_and_its_object_has_no_type(
    museum: Museum,
) -> None:
    raw = museum.run(stream=True).content
    assert raw.startswith(b'event: thread.run.created\ndata: {"id":"run_')
    assert raw.endswith(b"\n\nevent: done\ndata: [DONE]\n\n")
    delta = raw.split(b"event: thread.message.delta\ndata: ")[2].split(b"\n")[0]
    value = json.loads(delta)["delta"]["content"][0]["text"]["value"]
    assert delta.decode() == (
        f'{{"id":"{json.loads(delta)["id"]}","object":"thread.message.delta","delta":{{"content":'
        f'[{{"index":0,"type":"text","text":{{"value":{json.dumps(value)}}}}}]}}}}'
    )


def test_only_the_first_delta_has_annotations(museum: Museum) -> None:
    deltas = [d for name, d in events(museum.run(stream=True)) if name == "thread.message.delta"]
    first, *rest = [delta["delta"]["content"][0]["text"] for delta in deltas]
    assert first["annotations"] == []
    assert all(list(each) == ["value"] for each in rest)


@pytest.mark.parametrize("question", [QUESTION, ONE_CALL, TWO_CALLS])
def test_every_event_is_one_of_the_sdks_and_nothing_else(museum: Museum, question: str) -> None:
    known: TypeAdapter[AssistantStreamEvent] = TypeAdapter(AssistantStreamEvent)
    for name, data in events(museum.run(question, stream=True)):
        known.validate_python({"event": name, "data": data}, strict=True)


def test_the_deltas_are_the_message_that_is_kept(museum: Museum) -> None:
    found = dict(items := events(museum.run(stream=True)))
    message = found["thread.message.completed"]
    assert message["content"][0]["text"]["value"] == text(items) != ""
    assert museum.get(f"/threads/{message['thread_id']}/messages").json()["data"][0] == message
    assert found["thread.run.completed"]["usage"]["completion_tokens"] == len(
        [name for name, _ in items if name == "thread.message.delta"]
    )


def test_a_tool_call_ends_the_first_stream_and_its_output_begins_the_second(
    museum: Museum,
) -> None:
    first = events(museum.run(ONE_CALL, stream=True))
    assert names(first) == [*STARTED, *CALLS, "thread.run.requires_action"]
    run = first[-1][1]
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"category": "tents", "max_price": 250}
    second = events(museum.submit(run, stream=True))
    assert names(second) == [
        "thread.run.step.completed",
        *STARTED[1:],
        *MESSAGE,
        "thread.run.completed",
    ]
    [done] = second[0][1]["step_details"]["tool_calls"]
    assert json.loads(done["function"]["output"]) == search_products("tents", 250)
    assert second[-1][1]["usage"]["prompt_tokens"] > run_usage(museum, run)


def run_usage(museum: Museum, run: dict[str, str]) -> int:
    """Return the prompt tokens of a run's oldest step."""
    steps = museum.get(f"{path(run)}/steps", order="asc").json()["data"]
    return int(steps[0]["usage"]["prompt_tokens"])


def test_two_calls_come_one_after_the_other_each_opened_by_its_head(museum: Museum) -> None:
    found = events(museum.run(TWO_CALLS, stream=True))
    parts = [d["delta"]["step_details"]["tool_calls"] for n, d in found if n.endswith("step.delta")]
    heads = [part for [part] in parts if "id" in part]
    assert [part["index"] for [part] in parts] == sorted(part["index"] for [part] in parts)
    assert [(head["index"], head["function"]["arguments"]) for head in heads] == [(0, ""), (1, "")]
    whole = found[-1][1]["required_action"]["submit_tool_outputs"]["tool_calls"]
    for index, call in enumerate(whole):
        said = [p["function"]["arguments"] for [p] in parts if p["index"] == index]
        assert "".join(said) == call["function"]["arguments"]


def test_a_run_with_its_thread_begins_with_the_thread(museum: Museum) -> None:
    thread = {"messages": [{"role": "user", "content": QUESTION}]}
    body = {"assistant_id": museum.assistant(), "thread": thread, "stream": True}
    found = events(museum.post("/threads/runs", body))
    assert names(found) == ["thread.created", *STARTED, *MESSAGE, "thread.run.completed"]
    assert museum.get(f"/threads/{found[0][1]['id']}").json() == found[0][1]


def test_a_run_that_reaches_its_limit_is_incomplete(museum: Museum) -> None:
    found = events(museum.run(stream=True, max_completion_tokens=5))
    assert names(found)[-3:] == [
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",
    ]
    assert found[-1][1]["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert found[-1][1]["usage"]["completion_tokens"] == 5


def test_a_call_that_the_limit_cuts_off_is_not_made(museum: Museum) -> None:
    found = events(museum.run(ONE_CALL, stream=True, max_completion_tokens=5))
    assert names(found) == [*STARTED, "thread.run.incomplete"]


def test_a_tool_that_must_be_called_is_called_once(museum: Museum) -> None:
    first = events(museum.run(ONE_CALL, stream=True, tool_choice="required"))
    assert events(museum.submit(first[-1][1], stream=True))[-1][0] == "thread.run.completed"


def test_the_next_run_knows_what_was_said_and_found_before(museum: Museum) -> None:
    first = events(museum.run(ONE_CALL, stream=True))[-1][1]
    told = text(events(museum.submit(first, stream=True)))
    thread = first["thread_id"]
    ask = {"role": "user", "content": "Which of them is the cheapest?"}
    again = events(museum.run(thread=thread, stream=True, additional_messages=[ask]))
    kept = museum.get(f"/threads/{thread}/messages", order="asc").json()["data"]
    texts = [message["content"][0]["text"]["value"] for message in kept]
    assert texts == [ONE_CALL, told, ask["content"], text(again)]
    assert search_products("tents", 250)[0]["name"] in texts[-1]  # type: ignore[index]


def test_the_assistants_instructions_are_the_systems(museum: Museum) -> None:
    asked = {"assistant_id": museum.assistant(instructions="Be brief.", tools=[]), "stream": True}
    run = events(museum.post(f"/threads/{museum.thread(QUESTION)}/runs", asked))[-1][1]
    assert run["instructions"] == "Be brief."
    more = asked | {"instructions": "Be kind.", "additional_instructions": "Be quick."}
    other = events(museum.post(f"/threads/{museum.thread(QUESTION)}/runs", more))[-1][1]
    assert other["instructions"] == "Be kind.\n\nBe quick."
    assert other["usage"]["prompt_tokens"] > run["usage"]["prompt_tokens"]


def test_a_thread_without_messages_can_be_run(museum: Museum) -> None:
    assert events(museum.run(thread=museum.thread(), stream=True))[-1][0] == "thread.run.completed"


@pytest.mark.parametrize(
    ("prefix", "query"), [("/openai/v1", {}), ("/openai", {"api-version": "2024-05-01-preview"})]
)
def test_azures_paths_lead_to_the_same(
    http: httpx2.Client, museum: Museum, prefix: str, query: dict[str, str]
) -> None:
    assert text(events(Museum(http, prefix, **query).run(stream=True))) == text(
        events(museum.run(stream=True))
    )
