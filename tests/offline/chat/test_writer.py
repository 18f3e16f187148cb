"""The chat-completions dialect, byte for byte, against shared recordings' rules."""

import json
import re

import httpx2
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk

from labkit.serving import Server
from tests.conftest import Ask
from tests.offline.wire import chunks, deltas, text

STREAM = {"stream": True}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
SEARCH = {
    "type": "function",
    "function": {
        "name": "search_products",
        "description": "Search the shop's products by category",
        "parameters": {
            "type": "object",
            "properties": {
                "category": {"type": "string", "description": "Product category"},
                "max_price": {"type": "number", "description": "Highest price in dollars"},
            },
            "required": ["category"],
        },
    },
}
ONE_CALL = "Search for tents under 250 dollars"
TWO_CALLS = "Search for tents and for backpacks under 250 dollars"


def test_the_content_type_and_headers_are_those_of_the_api(ask: Ask) -> None:
    headers = ask(**STREAM).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["transfer-encoding"] == "chunked"
    assert headers["openai-version"] == "2020-10-01"
    assert re.fullmatch(r"req_[0-9a-z]{32}", headers["x-request-id"])
    assert int(headers["openai-processing-ms"]) >= 0
    for kind in ("requests", "tokens"):
        for what in ("limit", "remaining", "reset"):
            assert headers[f"x-ratelimit-{what}-{kind}"]


def test_a_text_stream_is_role_then_content_then_finish(ask: Ask) -> None:
    first, *middle, last = chunks(ask(**STREAM))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert all(list(chunk["choices"][0]["delta"]) == ["content"] for chunk in middle)
    assert last["choices"][0]["delta"] == {}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in [first, *middle])


def test_all_chunks_share_their_head(ask: Ask) -> None:
    found = chunks(ask(**STREAM))
    for key in ("id", "object", "created", "model", "service_tier", "system_fingerprint"):
        assert len({chunk[key] for chunk in found}) == 1
    assert found[0]["id"].startswith("chatcmpl-")
    assert found[0]["object"] == "chat.completion.chunk"
    assert found[0]["model"] == "gpt-4o-mini-2024-07-18"
    assert found[0]["service_tier"] == "default"
    assert found[0]["system_fingerprint"].startswith("fp_")
    assert all(choice["logprobs"] is None for chunk in found for choice in chunk["choices"])


def test_a_reasoning_model_sends_no_fingerprint_and_no_logprobs_key(ask: Ask) -> None:
    found = chunks(ask(**STREAM, model="gpt-5-mini"))
    assert {chunk["system_fingerprint"] for chunk in found} == {None}
    assert all("logprobs" not in choice for chunk in found for choice in chunk["choices"])


def test_the_usage_chunk_comes_last_without_choices_and_only_when_asked(ask: Ask) -> None:
    *others, last = chunks(ask(**USAGE))
    assert last["choices"] == []
    assert {chunk["usage"] for chunk in others} == {None}
    counts = last["usage"]
    assert counts["total_tokens"] == counts["prompt_tokens"] + counts["completion_tokens"]
    assert counts["completion_tokens"] == len(others) - 2  # without role and finish
    assert "prompt_tokens_details" in counts
    assert "completion_tokens_details" in counts
    assert all("usage" not in chunk for chunk in chunks(ask(**STREAM)))


def test_obfuscation_pads_each_chunk_until_it_is_switched_off(ask: Ask) -> None:
    assert all(
        re.fullmatch(r"[A-Za-z]{0,16}", chunk["obfuscation"]) for chunk in chunks(ask(**STREAM))
    )
    off = chunks(ask(stream=True, stream_options={"include_obfuscation": False}))
    assert all("obfuscation" not in chunk for chunk in off)


def test_every_chunk_has_the_schema_of_the_sdk(ask: Ask) -> None:
    for question, more in (("Boots?", {}), (TWO_CALLS, {"tools": [SEARCH]})):
        for chunk in chunks(ask(question, **USAGE, **more)):
            known = ChatCompletionChunk.model_validate(chunk, strict=True)
            assert set(known.model_extra or {}) <= {"obfuscation"}


def test_one_tool_call_opens_with_its_head_then_sends_fragments(ask: Ask) -> None:
    first, *fragments, last = deltas(ask(ONE_CALL, tools=[SEARCH], **STREAM))
    [head] = first["tool_calls"]
    assert (first["role"], first["content"], first["refusal"]) == ("assistant", None, None)
    assert (head["index"], head["type"]) == (0, "function")
    assert head["id"].startswith("call_")
    assert head["function"] == {"name": "search_products", "arguments": ""}
    assert len(fragments) > 3
    for delta in fragments:
        [part] = delta["tool_calls"]
        assert set(part) == {"index", "function"}
        assert set(part["function"]) == {"arguments"}
    arguments = "".join(delta["tool_calls"][0]["function"]["arguments"] for delta in fragments)
    assert json.loads(arguments) == {"category": "tents", "max_price": 250}
    assert last == {}


def test_parallel_calls_open_with_the_role_and_come_one_after_the_other(ask: Ask) -> None:
    first, *rest = deltas(ask(TWO_CALLS, tools=[SEARCH], **STREAM))
    assert first == {"role": "assistant", "content": None}
    parts = [part for delta in rest for part in delta.get("tool_calls", [])]
    assert [part["index"] for part in parts] == sorted(part["index"] for part in parts)
    heads = [part for part in parts if "id" in part]
    assert [head["index"] for head in heads] == [0, 1]
    assert len({head["id"] for head in heads}) == 2


def test_tool_calls_finish_with_tool_calls_and_a_forced_one_with_stop(ask: Ask) -> None:
    free = chunks(ask(ONE_CALL, tools=[SEARCH], **STREAM))
    assert free[-1]["choices"][0]["finish_reason"] == "tool_calls"
    named = {"type": "function", "function": {"name": "search_products"}}
    forced = chunks(ask(ONE_CALL, tools=[SEARCH], tool_choice=named, **STREAM))
    assert forced[-1]["choices"][0]["finish_reason"] == "stop"


def test_parallel_tool_calls_false_gives_one_call(ask: Ask) -> None:
    found = deltas(ask(TWO_CALLS, tools=[SEARCH], parallel_tool_calls=False, **STREAM))
    assert {part["index"] for delta in found for part in delta.get("tool_calls", [])} == {0}


def test_tool_choice_none_gives_text_and_required_gives_a_call(ask: Ask) -> None:
    assert text(ask(ONE_CALL, tools=[SEARCH], tool_choice="none", **STREAM))
    found = deltas(ask("Hello!", tools=[SEARCH], tool_choice="required", **STREAM))
    assert any(delta.get("tool_calls") for delta in found)


def test_n_choices_are_interleaved_and_each_has_its_own_end(ask: Ask) -> None:
    found = chunks(ask(n=3, **USAGE))
    *choices, last = found
    assert all(len(chunk["choices"]) == 1 for chunk in choices)
    order = [chunk["choices"][0]["index"] for chunk in choices]
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    ends = [c["choices"][0]["index"] for c in choices if c["choices"][0]["finish_reason"]]
    assert sorted(ends) == [0, 1, 2]
    assert len({text(ask(n=3, **STREAM), i) for i in range(3)}) == 3
    assert last["choices"] == []


def test_max_tokens_cuts_and_says_length(ask: Ask) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        found = chunks(ask(**USAGE, **{name: 7}))
        assert found[-1]["usage"]["completion_tokens"] == 7
        assert found[-2]["choices"][0]["finish_reason"] == "length"


def test_max_tokens_cuts_the_arguments_of_a_call_too(ask: Ask) -> None:
    found = chunks(ask(ONE_CALL, tools=[SEARCH], max_tokens=5, **STREAM))
    assert found[-1]["choices"][0]["finish_reason"] == "length"


def test_stop_ends_the_text_before_the_stop_sequence(ask: Ask) -> None:
    whole = text(ask(seed=1, **STREAM))
    word = whole.split()[5]
    cut = text(ask(seed=1, stop=[word, "never there"], **STREAM))
    assert word not in cut
    assert whole.startswith(cut)
    assert chunks(ask(seed=1, stop=word, **STREAM))[-1]["choices"][0]["finish_reason"] == "stop"


def test_logprobs_come_with_each_content_chunk(ask: Ask) -> None:
    for delta in chunks(ask(logprobs=True, top_logprobs=3, **STREAM))[1:-1]:
        choice = delta["choices"][0]
        [entry] = choice["logprobs"]["content"]
        assert entry["token"] == choice["delta"]["content"]
        assert entry["bytes"] == list(entry["token"].encode())
        assert len(entry["top_logprobs"]) == 3
        values = [guess["logprob"] for guess in entry["top_logprobs"]]
        assert values == sorted(values, reverse=True)
        assert max(values) <= 0


def test_the_same_request_and_seed_give_the_same_bytes_but_for_ids_and_times(ask: Ask) -> None:
    def stripped(response: httpx2.Response) -> bytes:
        return re.sub(rb'"(id|created)":("[^"]*"|\d+)', b"", response.content)

    request = {"seed": 11, "tools": [SEARCH], **USAGE}
    assert stripped(ask(TWO_CALLS, **request)) == stripped(ask(TWO_CALLS, **request))
    assert text(ask(seed=1, **STREAM)) != text(ask(seed=2, **STREAM))


def test_the_random_ids_of_tool_calls_do_not_change_the_answer(ask: Ask) -> None:
    def answer(id: str) -> str:
        call = {"id": id, "type": "function", "function": {"name": "search", "arguments": "{}"}}
        told = [
            {"role": "user", "content": "Which tents do you have?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": id, "content": '[{"name": "Wren 1"}]'},
        ]
        return text(ask(messages=told, **STREAM))

    assert len({answer(f"call_{number}") for number in range(12)}) == 1


def test_blocking_and_streamed_say_the_same(ask: Ask) -> None:
    blocking = ask()
    assert blocking.headers["content-type"] == "application/json"
    body = blocking.json()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"]["content"] == text(ask(**STREAM))
    assert body["usage"]["completion_tokens"] > 20


def test_a_blocking_tool_call_is_whole(ask: Ask) -> None:
    [choice] = ask(ONE_CALL, tools=[SEARCH]).json()["choices"]
    [call] = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert json.loads(call["function"]["arguments"])["category"] == "tents"


@pytest.mark.parametrize("stream", [True, False])
def test_a_json_schema_gives_a_valid_instance(ask: Ask, stream: bool) -> None:
    schema = {
        "type": "object",
        "properties": {
            "item": {"type": "string"},
            "reasons": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        },
        "required": ["item", "reasons"],
        "additionalProperties": False,
    }
    form = {
        "type": "json_schema",
        "json_schema": {"name": "pick", "schema": schema, "strict": True},
    }
    response = ask("Which boots?", response_format=form, stream=stream)
    content = text(response) if stream else response.json()["choices"][0]["message"]["content"]
    found = json.loads(content)
    assert set(found) == {"item", "reasons"}
    assert len(found["reasons"]) >= 2


def test_a_json_object_is_one(ask: Ask) -> None:
    form = {"type": "json_object"}
    assert isinstance(json.loads(text(ask("Boots, as JSON", response_format=form, **STREAM))), dict)


def test_unicode_comes_through_whole(client: OpenAI) -> None:
    messages = [{"role": "user", "content": "Wie warm ist ein Schlafsack bei 0 °C? 🏕️"}]
    stream = client.chat.completions.create(model="m", messages=messages, stream=True)
    found = "".join(c.choices[0].delta.content or "" for c in stream)
    assert "\ufffd" not in found
    assert found


def test_the_sdk_reads_a_stream(client: OpenAI) -> None:
    messages = [{"role": "user", "content": "How do I choose a tent?"}]
    with client.chat.completions.create(model="m", messages=messages, stream=True) as stream:
        reasons = [chunk.choices[0].finish_reason for chunk in stream]
    assert reasons[-1] == "stop"
    assert set(reasons[:-1]) == {None}


def test_the_sdks_stream_helper_reads_a_stream(client: OpenAI) -> None:
    messages = [{"role": "user", "content": ONE_CALL}]
    with client.chat.completions.stream(model="m", messages=messages, tools=[SEARCH]) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert "tool_calls.function.arguments.done" in kinds
    [call] = final.choices[0].message.tool_calls or []
    assert call.function.name == "search_products"


@pytest.mark.anyio
async def test_the_async_sdk_reads_a_stream(server: Server) -> None:
    messages = [{"role": "user", "content": "How do I choose a tent?"}]
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
        async with stream:
            pieces = [c.choices[0].delta.content or "" async for c in stream]
    assert len("".join(pieces)) > 200


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
