"""What is new in a chat-completions chunk, from servers that are strict and others."""

from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk

from labkit.chunks import delta_of
from labkit.deltas import NOTHING, Delta, ToolCallFragment, Usage
from labkit.outdoor import TOOLS
from labkit.reply import Reply
from tests.conftest import Ask
from tests.offline.wire import chunks

HEAD: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def chunk(*choices: dict[str, Any], **fields: Any) -> ChatCompletionChunk:
    """Build a chunk as the SDK does: what a server leaves out is left out."""
    return ChatCompletionChunk.construct(**HEAD, choices=list(choices), **fields)


def choice(delta: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None, **fields}


def test_content_is_the_text() -> None:
    assert delta_of(chunk(choice({"content": " boots"}))) == Delta(" boots")


def test_a_refusal_is_text_too() -> None:
    assert delta_of(chunk(choice({"content": None, "refusal": "No."}))) == Delta("No.")


@pytest.mark.parametrize("delta", [{"role": "assistant", "content": ""}, {"content": None}, {}])
def test_a_chunk_without_content_adds_no_text(delta: dict[str, Any]) -> None:
    assert delta_of(chunk(choice(delta))) == NOTHING


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls", "content_filter"])
def test_the_last_chunk_says_why_it_ends(reason: str) -> None:
    assert delta_of(chunk(choice({}, finish_reason=reason))) == Delta(finish_reason=reason)


def test_the_usage_chunk_has_no_choices() -> None:
    assert delta_of(chunk(usage=COUNTS)) == Delta(usage=Usage(3, 4, 7))


def test_usage_may_come_with_the_last_choice() -> None:
    last = chunk(choice({"content": "."}, finish_reason="stop"), usage=COUNTS)
    assert delta_of(last) == Delta(".", "stop", Usage(3, 4, 7))


def test_azures_first_chunk_adds_nothing() -> None:
    assert delta_of(chunk(prompt_filter_results=[{"prompt_index": 0}])) == NOTHING
    assert delta_of(chunk(choice(None))) == NOTHING


def test_of_several_choices_the_first_counts() -> None:
    assert delta_of(chunk(choice({"content": "other"}, index=1))) == NOTHING


def test_the_first_choice_counts_wherever_it_stands_and_usage_beside_any() -> None:
    other, first = choice({"content": "other"}, index=1), choice({"content": "first"})
    assert delta_of(chunk(other, first)).text == "first"
    assert delta_of(chunk(other, usage=COUNTS)).usage == Usage(3, 4, 7)


def test_a_choice_without_its_index_is_the_first() -> None:
    assert delta_of(chunk({"delta": {"content": "loose"}})) == Delta("loose")


def calling(*parts: dict[str, Any], **fields: Any) -> ChatCompletionChunk:
    return chunk(choice({"content": None, "tool_calls": list(parts)}, **fields))


def test_the_head_of_a_call_brings_its_id_and_its_name() -> None:
    head = {"index": 1, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    assert delta_of(calling(head)).fragments == (ToolCallFragment(1, "a", "f"),)


def test_the_other_fragments_bring_pieces_of_the_arguments() -> None:
    piece = {"index": 0, "function": {"arguments": '{"'}}
    assert delta_of(calling(piece)) == Delta(fragments=(ToolCallFragment(0, arguments='{"'),))


@pytest.mark.parametrize(
    ("part", "fragment"),
    [
        ({"function": {"arguments": "{"}}, ToolCallFragment(None, arguments="{")),
        ({"index": 0, "id": "a"}, ToolCallFragment(0, "a")),
        ({"index": 0, "id": "a", "function": None}, ToolCallFragment(0, "a")),
        ({"index": 0, "id": "", "function": {"name": None}}, ToolCallFragment(0)),
        ({"index": 0, "function": {"name": "", "arguments": None}}, ToolCallFragment(0)),
    ],
)
def test_what_a_fragment_leaves_out_is_blank(
    part: dict[str, Any], fragment: ToolCallFragment
) -> None:
    assert delta_of(calling(part)).fragments == (fragment,)


def test_text_two_calls_and_the_reason_may_come_in_one_chunk() -> None:
    calls = [{"index": i, "id": id, "function": {"name": "f"}} for i, id in enumerate("ab")]
    whole = chunk(choice({"content": "So.", "tool_calls": calls}, finish_reason="tool_calls"))
    fragments = (ToolCallFragment(0, "a", "f"), ToolCallFragment(1, "b", "f"))
    assert delta_of(whole) == Delta("So.", "tool_calls", fragments=fragments)


@pytest.mark.parametrize("calls", [None, []])
def test_a_delta_without_calls_has_no_fragments(calls: Any) -> None:
    assert delta_of(chunk(choice({"content": "a", "tool_calls": calls}))) == Delta("a")


def test_arguments_that_come_as_an_object_become_their_json() -> None:
    part = {"index": 0, "id": "a", "function": {"name": "f", "arguments": {"n": 2}}}
    [fragment] = delta_of(calling(part)).fragments
    assert fragment.arguments == '{"n": 2}'


def test_usages_add_up() -> None:
    assert Usage(1, 2, 3) + Usage(10, 20, 30) == Usage(11, 22, 33)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, Usage(3, 4, 7)),
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": None}, Usage(3, 4, 7)),
        ({"prompt_tokens": 3, "total_tokens": 3}, Usage(3, 0, 3)),
        ({"prompt_tokens": "3"}, None),
    ],
)
def test_a_count_that_a_server_leaves_out_is_a_number_all_the_same(
    counts: dict[str, Any], usage: Usage | None
) -> None:
    assert delta_of(chunk(usage=counts)).usage == usage


@pytest.mark.parametrize("fault", ["", "dialect=azure", "dialect=loose"])
def test_the_deltas_of_a_stream_are_its_text_its_reason_and_its_usage(ask: Ask, fault: str) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    response = ask(headers={"x-labkit-fault": fault}, **options)
    found = [delta_of(ChatCompletionChunk.construct(**one)) for one in chunks(response)]
    assert (
        "".join(delta.text for delta in found) == ask().json()["choices"][0]["message"]["content"]
    )
    assert [delta.finish_reason for delta in found if delta.finish_reason] == ["stop"]
    [usage] = [delta.usage for delta in found if delta.usage]
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_events_of_the_sdks_helper_add_their_text_once(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="m", messages=[{"role": "user", "content": "Boots?"}]
    ) as helper:
        found = [delta_of(event) for event in helper]
        final = helper.get_final_completion()
    assert "".join(delta.text for delta in found) == final.choices[0].message.content
    assert [delta.finish_reason for delta in found if delta.finish_reason] == ["stop"]


def test_the_events_of_the_sdks_helper_add_their_calls_once(client: OpenAI) -> None:
    filled = Reply()
    question = [{"role": "user", "content": "Which tents under $250 are in stock?"}]
    with client.chat.completions.stream(model="m", messages=question, tools=TOOLS) as helper:  # type: ignore[arg-type]
        for event in helper:
            filled.add(delta_of(event))
        [expected] = helper.get_final_completion().choices[0].message.tool_calls or []
    [call] = filled.tool_calls
    assert (call.id, call.name) == (expected.id, expected.function.name)
    assert call.arguments == expected.function.arguments
