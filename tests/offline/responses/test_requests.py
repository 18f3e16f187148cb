"""What the real API refuses in a Responses request, the offline model refuses, and names it."""

from typing import Any

import httpx2
import pytest

from tests.offline.responses.conftest import FLAT, Post, calls

USER = {"role": "user", "content": "Boots?"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "3"}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def given(*items: Any) -> dict[str, Any]:
    return {"input": list(items)}


def form(**fields: Any) -> dict[str, Any]:
    return {"text": {"format": fields}}


REFUSED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    # name: (body, param, code)
    "no model": ({"model": ""}, None, None),
    "no input": ({"input": None}, "input", "missing_required_parameter"),
    "empty input": ({"input": []}, "input", "missing_required_parameter"),
    "input a number": ({"input": 3}, "input", "invalid_type"),
    "item a string": (given("hi"), "input[0]", "invalid_type"),
    "unknown role": (given({"role": "robot", "content": ""}), "input[0].role", "invalid_value"),
    "unknown item": (given(USER, {"type": "shell_call"}), "input[1].type", "invalid_value"),
    "no content": (given({"role": "user"}), "input[0].content", "missing_required_parameter"),
    "content a number": (given({"role": "user", "content": 3}), "input[0].content", "invalid_type"),
    "part a string": (given({"role": "user", "content": ["hi"]}), "input[0].content[0]", "invalid_type"),
    "part of chat completions": (given({"role": "user", "content": [{"type": "text", "text": "hi"}]}), "input[0].content[0].type", "invalid_value"),
    "user's part of an assistant": (given({"role": "assistant", "content": [{"type": "input_text", "text": "hi"}]}), "input[0].content[0].type", "invalid_value"),
    "part without text": (given({"role": "user", "content": [{"type": "input_text"}]}), "input[0].content[0].text", "missing_required_parameter"),
    "call without output": (given(USER, CALL), "input", None),
    "output without call": (given(USER, OUTPUT), "input", None),
    "call without name": (given({**CALL, "name": None}, OUTPUT), "input[0].name", "missing_required_parameter"),
    "output without call_id": (given(CALL, {**OUTPUT, "call_id": 3}), "input[1].call_id", "invalid_type"),
    "output null": (given(CALL, {**OUTPUT, "output": None}), "input[1].output", "missing_required_parameter"),
    "id a number": (given({**USER, "id": 3}), "input[0].id", "invalid_type"),
    "instructions a list": ({"instructions": []}, "instructions", "invalid_type"),
    "instructions a number": ({"instructions": 3}, "instructions", "invalid_value"),
    "limit too small": ({"max_output_tokens": 15}, "max_output_tokens", "integer_below_min_value"),
    "temperature a string": ({"temperature": "hot"}, "temperature", "invalid_value"),
    "metadata of numbers": ({"metadata": {"a": 1}}, "metadata", "invalid_value"),
    "truncation of no kind": ({"truncation": "maybe"}, "truncation", "invalid_value"),
    "store a string": ({"store": "yes"}, "store", "invalid_type"),
    "stream a string": ({"stream": "yes"}, "stream", "invalid_type"),
    "stream_options unstreamed": ({"stream_options": {"include_obfuscation": False}}, "stream_options", None),
    "tools an object": ({"tools": {"a": 1}}, "tools", "invalid_type"),
    "tool no object": ({"tools": [3]}, "tools[0]", "invalid_type"),
    "hosted tool": ({"tools": [TOOL, {"type": "web_search"}]}, "tools[1].type", "invalid_value"),
    "tool of chat completions": ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].name", "missing_required_parameter"),
    "tool with a bad name": ({"tools": [{**TOOL, "name": "a b"}]}, "tools[0].name", "invalid_value"),
    "tool schema no object": ({"tools": [{**TOOL, "parameters": {"type": "string"}}]}, "tools[0].parameters", "invalid_function_parameters"),
    "strict tool left open": ({"tools": [{**TOOL, "parameters": SCHEMA, "strict": True}]}, "tools[0].parameters", "invalid_function_parameters"),
    "description a number": ({"tools": [{**TOOL, "description": 3}]}, "tools", "invalid_value"),
    "choice without tools": ({"tool_choice": "required"}, "tool_choice", None),
    "choice of no kind": ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice", "invalid_value"),
    "choice of another tool": ({"tools": [TOOL], "tool_choice": {"type": "function", "name": "g"}}, "tool_choice", None),
    "choice of a hosted tool": ({"tools": [TOOL], "tool_choice": {"type": "file_search"}}, "tool_choice.type", "invalid_value"),
    "text a string": ({"text": "json"}, "text", "invalid_type"),
    "verbosity of no kind": ({"text": {"verbosity": "chatty"}}, "text", "invalid_value"),
    "format a string": ({"text": {"format": "json"}}, "text.format", "invalid_type"),
    "format of no kind": (form(type="xml"), "text.format.type", "invalid_value"),
    "schema without a name": (form(type="json_schema", schema=SCHEMA), "text.format.name", "missing_required_parameter"),
    "no schema": (form(type="json_schema", name="x"), "text.format.schema", "missing_required_parameter"),
    "strict schema left open": (form(type="json_schema", name="x", schema=SCHEMA, strict=True), "text.format.schema", "invalid_json_schema"),
    "json without the word": (form(type="json_object"), "input", None),
    "a conversation": ({"conversation": "conv_1"}, "conversation", "unsupported_parameter"),
    "in the background": ({"background": True}, "background", "unsupported_parameter"),
    "unknown previous response": ({"previous_response_id": "resp_0"}, "previous_response_id", "previous_response_not_found"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_400(post: Post, name: str) -> None:
    body, param, code = REFUSED[name]
    response = post(body.get("input", "Boots?"), **{k: body[k] for k in body if k != "input"})
    error = response.json()["error"]
    assert response.status_code == 400
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert len(error["message"]) > 15


ACCEPTED: dict[str, dict[str, Any]] = {
    "parts": given({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Boots?"}]}),
    "a picture and a file": given({"role": "user", "content": [{"type": "input_text", "text": "Boots?"}, {"type": "input_image", "image_url": "data:,"}, {"type": "input_file", "file_id": "f"}]}),
    "all roles": given({"role": "system", "content": "Be kind."}, {"role": "developer", "content": "Be brief."}, USER, {"role": "assistant", "content": "Yes."}, USER),
    "a refusal": given(USER, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, USER),
    "reasoning": given(USER, {"type": "reasoning", "id": "rs_1", "summary": []}),
    "an answered call": given(USER, CALL, OUTPUT),
    "an output in parts": given(USER, CALL, {**OUTPUT, "output": [{"type": "input_text", "text": "3"}]}),
    "an output twice": given(USER, CALL, OUTPUT, USER, OUTPUT),
    "a call twice": given(USER, CALL, CALL, OUTPUT),
    "no tools": {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True},
    "a tool without parameters": {"tools": [{"type": "function", "name": "ping"}]},
    "nulls": {"tools": None, "tool_choice": None, "text": None, "stream": None, "store": None, "metadata": None, "max_output_tokens": None, "instructions": None},
    "what has no meaning here": {"include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"}, "service_tier": "auto", "prompt_cache_key": "k", "something_new": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(post: Post, name: str) -> None:
    body = ACCEPTED[name]
    response = post(body.get("input", "Boots?"), **{k: body[k] for k in body if k != "input"})
    assert response.status_code == 200, response.text
    assert response.json()["status"] == "completed"


def said(response: httpx2.Response) -> str:
    return str(response.json()["output"][0]["content"][0]["text"])


def test_a_string_and_the_same_as_a_message_get_the_same_answer(post: Post) -> None:
    item = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Boots?"}],
    }
    assert said(post("Boots?")) == said(post([item])) == said(post([{**item, "id": "msg_1"}]))


def test_random_ids_do_not_change_the_answer(post: Post) -> None:
    def answer(id: str) -> str:
        made = {**CALL, "name": "search", "call_id": f"call_{id}", "id": f"fc_{id}"}
        told = {**OUTPUT, "call_id": f"call_{id}", "output": '[{"name": "Wren 1"}]'}
        return said(post([{"role": "user", "content": "Which tents do you have?"}, made, told]))

    assert len({answer(str(number)) for number in range(12)}) == 1


def test_calls_repeated_between_call_and_output_are_not_made_again(post: Post) -> None:
    """Semantic Kernel repeats the question between a call and its output, and outputs so far."""
    user = {"role": "user", "content": "Search for tents under 250 dollars"}
    first = post([user], tools=FLAT).json()
    [call] = [item for item in first["output"] if item["type"] == "function_call"]
    told = {**OUTPUT, "call_id": call["call_id"], "output": '[{"name": "Wren 1", "price": 199}]'}
    then = post([user, told], tools=FLAT, previous_response_id=first["id"])
    assert not calls(then.json())
    assert "Wren 1" in said(then)


def test_instructions_are_not_carried_over(post: Post) -> None:
    first = post("Hello!", instructions="Answer as JSON.").json()
    form = {"format": {"type": "json_object"}}
    second = post("And boots?", text=form, previous_response_id=first["id"])
    assert second.status_code == 400
    assert post("And boots?", text=form, instructions="Answer as JSON.").status_code == 200
