"""What is new in one chunk, from servers that are strict and servers that are not."""

from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from labkit.deltas import NOTHING, Delta, Usage, delta_of
from tests.conftest import Ask
from tests.offline.wire import chunks

HEAD: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def chunk(*choices: dict[str, Any], **fields: Any) -> ChatCompletionChunk:
    """Build a chunk as the SDK does: what a server leaves out is left out."""
    return ChatCompletionChunk.construct(**HEAD, choices=list(choices), **fields)


def choice(delta: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None, **fields}


@pytest.mark.parametrize("text", ["", "a", " tent", "🏕️"])
def test_a_string_is_its_own_text(text: str) -> None:
    assert delta_of(text) == Delta(text)


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


def test_a_choice_without_its_index_is_the_first() -> None:
    assert delta_of(chunk({"delta": {"content": "loose"}})) == Delta("loose")


def test_what_is_of_no_known_kind_adds_nothing() -> None:
    whole = ChatCompletion.construct(choices=[{"index": 0, "message": {"content": "all"}}])
    for other in (None, 3, b"bytes", {"choices": []}, ("id", "c1"), object(), whole):
        assert delta_of(other) == NOTHING


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
