"""What the real API refuses, the offline model refuses, with the same body and the same words."""

from typing import Any

import httpx2
import pytest

from tests.conftest import Ask

USER = {"role": "user", "content": "Boots?"}
CALL = {
    "role": "assistant",
    "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ],
}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "3"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def tool(name: str = "f", **schema: Any) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": name, "parameters": schema}}]


REFUSED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    # name: (body, param, code)
    "no model": ({"model": ""}, None, None),
    "no messages": ({"messages": None}, "messages", "missing_required_parameter"),
    "empty messages": ({"messages": []}, "messages", "empty_array"),
    "messages no list": ({"messages": "hi"}, "messages", "invalid_type"),
    "unknown role": ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role", "invalid_value"),
    "content a number": ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content", "invalid_type"),
    "content null": ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", None),
    "call without answer": ({"messages": [USER, CALL, USER]}, "messages.[2].role", None),
    "call last": ({"messages": [USER, CALL]}, "messages.[2].role", None),
    "answer without call": ({"messages": [USER, ANSWER]}, "messages.[1].role", None),
    "two answers in the wrong place": ({"messages": [USER, CALL, ANSWER, USER, ANSWER]}, "messages.[4].role", None),
    "tool without id": ({"messages": [USER, CALL, {"role": "tool", "content": ""}]}, "messages[2].tool_call_id", "missing_required_parameter"),
    "n too small": ({"n": 0}, "n", "integer_below_min_value"),
    "n too large": ({"n": 129}, "n", "integer_above_max_value"),
    "n a string": ({"n": "2"}, "n", "invalid_type"),
    "stream a string": ({"stream": "yes"}, "stream", "invalid_type"),
    "five stops": ({"stop": list("abcde")}, "stop", "array_above_max_length"),
    "both limits": ({"max_tokens": 1, "max_completion_tokens": 1}, None, "invalid_parameter_combination"),
    "limit zero": ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
    "stream_options unstreamed": ({"stream_options": {"include_usage": True}}, "stream_options", None),
    "top_logprobs alone": ({"top_logprobs": 2}, "top_logprobs", None),
    "no tools in tools": ({"tools": []}, "tools", "empty_array"),
    "tool no object": ({"tools": [3]}, "tools[0]", "invalid_type"),
    "tool of no kind": ({"tools": [{}]}, "tools[0].type", "invalid_value"),
    "tool without name": ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", "missing_required_parameter"),
    "tool with a bad name": ({"tools": tool("a b", type="object")}, "tools[0].function.name", "invalid_value"),
    "tool schema no object": ({"tools": tool(type="string")}, "tools[0].function.parameters", "invalid_function_parameters"),
    "tool schema bad type": ({"tools": tool(type="object", properties={"a": {"type": "text"}})}, "tools[0].function.parameters", "invalid_function_parameters"),
    "tool schema array": ({"tools": tool(type="object", properties={"a": {"type": "array"}})}, "tools[0].function.parameters", "invalid_function_parameters"),
    "choice without tools": ({"tool_choice": "auto"}, "tool_choice", None),
    "choice of no kind": ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice", "invalid_value"),
    "choice of another tool": ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}}, "tool_choice", None),
    "parallel without tools": ({"parallel_tool_calls": True}, "parallel_tool_calls", None),
    "format of no kind": ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    "json without the word": ({"response_format": {"type": "json_object"}}, "messages", None),
    "schema without a name": ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.name", "missing_required_parameter"),
    "strict schema left open": ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}}, "response_format", None),
    "stream_options a string": ({"stream": True, "stream_options": "x"}, "stream_options", "invalid_type"),
    "format a string": ({"response_format": "text"}, "response_format", "invalid_type"),
    "choice's function a string": ({"tools": [TOOL], "tool_choice": {"type": "function", "function": "f"}}, "tool_choice", "invalid_value"),
    "tool id a list": ({"messages": [USER, CALL, {**ANSWER, "tool_call_id": ["call_1"]}]}, "messages[2].tool_call_id", "missing_required_parameter"),
    "seed a string": ({"seed": "x"}, "seed", "invalid_type"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_400(ask: Ask, name: str) -> None:
    body, param, code = REFUSED[name]
    response = ask(**body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert len(error["message"]) > 15


def test_a_body_that_is_no_json_is_refused(http: httpx2.Client) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b"\xff"):
        response = http.post("/v1/chat/completions", content=body)
        assert response.status_code == 400
        assert response.json()["error"]["message"]


def test_half_a_character_in_a_request_does_not_break_its_answer(http: httpx2.Client) -> None:
    tool_body = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"Search \\ud83d"}],"tools":['
    search = b'{"type":"function","function":{"name":"search","parameters":{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}}}'
    response = http.post("/v1/chat/completions", content=tool_body + search + b"]}")
    assert response.status_code == 200
    assert response.text.endswith("data: [DONE]\n\n")


ACCEPTED: dict[str, dict[str, Any]] = {
    "content parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Boots?"}]}]},
    "developer role": {"messages": [{"role": "developer", "content": "Be brief."}, USER]},
    "an answered call": {"messages": [USER, CALL, ANSWER]},
    "an empty assistant turn": {"messages": [USER, {"role": "assistant", "content": None}, USER]},
    "what has no meaning here": {
        "temperature": 0.3, "top_p": 1, "user": "u", "metadata": {}, "store": False,
        "presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {}, "service_tier": "auto",
        "reasoning_effort": "low", "verbosity": "low", "prompt_cache_key": "k",
        "safety_identifier": "s", "modalities": ["text"], "something_new": 1,
    },
    "a tool without parameters": {"tools": [{"type": "function", "function": {"name": "ping"}}]},
    "nulls": {"n": None, "stop": None, "tools": None, "tool_choice": None, "seed": None,
              "response_format": None, "stream_options": None, "max_tokens": None},
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(ask: Ask, name: str) -> None:
    response = ask(**ACCEPTED[name])
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("name", ["gpt-9", "org/model:7b", "ft:gpt-4o:me::x1", "claude-x", "a"])
def test_any_plausible_model_answers(ask: Ask, name: str) -> None:
    assert ask(model=name).json()["model"] == name


def test_a_model_that_does_not_exist_is_404(ask: Ask, http: httpx2.Client) -> None:
    for response in (ask(model="no-such-model"), http.get("/v1/models/no-such-model")):
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "model_not_found"


def test_the_invalid_key_and_no_key_are_401(http: httpx2.Client) -> None:
    invalid = http.get("/v1/models", headers={"authorization": "Bearer sk-invalid"})
    missing = http.get("/v1/models", headers={"authorization": ""})
    assert (invalid.status_code, missing.status_code) == (401, 401)
    assert invalid.json()["error"]["code"] == "invalid_api_key"
    assert "sk-invalid" not in invalid.text


def test_models_are_listed_and_found(http: httpx2.Client) -> None:
    listed = http.get("/v1/models").json()
    assert listed["object"] == "list"
    assert {"offline-advisor", "gpt-4o-mini"} <= {model["id"] for model in listed["data"]}
    found = http.get("/v1/models/org/some-model").json()
    assert (found["id"], found["object"]) == ("org/some-model", "model")


def test_an_unknown_path_or_method_is_said_in_the_apis_shape(http: httpx2.Client) -> None:
    for response in (http.get("/v1/nothing"), http.get("/v1/chat/completions")):
        assert response.status_code in (404, 405)
        assert "Unknown request URL" in response.json()["error"]["message"]


@pytest.mark.parametrize("body", [b'{"n": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(http: httpx2.Client, body: bytes) -> None:
    response = http.post("/v1/chat/completions", content=body)
    assert response.status_code == 400
    assert "could not parse" in response.json()["error"]["message"]
