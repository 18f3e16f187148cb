"""ModelClient gives the objects that the SDK gives, whatever the server's dialect."""

import asyncio
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from labkit.service.model_client import ModelClient
from labkit.serving import Server
from tests.service.talker import CHUNK

_DIALECTS = ("", "dialect=azure", "dialect=loose")


async def read(
    kind: type[openai.AsyncOpenAI], server: Server, fault: str, question: str
) -> list[Any]:
    tool = {"type": "function", "function": {"name": "search_products", "parameters": {}}}
    async with kind(base_url=f"{server.url}/v1", api_key="sk-any") as client:
        ask: Any = client.chat.completions.create
        stream = await ask(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": question}],
            tools=[tool],
            stream=True,
            stream_options={"include_usage": True},
            seed=1,
            extra_headers={"x-labkit-fault": fault} if fault else {},
        )
        return [chunk async for chunk in stream]


@pytest.mark.parametrize("fault", _DIALECTS)
@pytest.mark.parametrize("question", ["How do I choose hiking boots?", "Which tents do you have?"])
def test_its_chunks_are_those_of_the_sdk(server: Server, fault: str, question: str) -> None:
    ours = asyncio.run(read(ModelClient, server, fault, question))
    theirs = asyncio.run(read(openai.AsyncOpenAI, server, fault, question))
    assert len(ours) > 1
    assert list(map(_said, ours)) == list(map(_said, theirs))
    assert {type(chunk) for chunk in ours} == {type(chunk) for chunk in theirs}


def _never(*_: object, **__: object) -> None:
    raise AssertionError("The SDK has built a chunk itself.")


def test_the_sdk_builds_none_of_the_valid_chunks(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai.AsyncOpenAI, "_process_response_data", _never)
    assert asyncio.run(read(ModelClient, server, "", "How do I choose hiking boots?"))


def test_the_sdk_builds_a_chunk_of_another_shape() -> None:
    # Azure's first chunk: no id, no object, no choices.
    data = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    client = ModelClient(base_url="http://127.0.0.1:9/v1", api_key="sk-any")
    built = client._process_response_data(data=data, cast_to=ChatCompletionChunk, response=None)
    assert isinstance(built, ChatCompletionChunk)
    assert built.object == ""  # type: ignore[comparison-overlap]


def test_after_a_chunk_that_is_not_valid_the_sdk_builds_the_rest_of_that_stream_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[str] = []
    by_sdk = openai.AsyncOpenAI._process_response_data

    def count(self: Any, *, data: Any, **named: Any) -> Any:
        built.append(data["id"])
        return by_sdk(self, data=data, **named)

    monkeypatch.setattr(openai.AsyncOpenAI, "_process_response_data", count)
    client = ModelClient(base_url="http://127.0.0.1:9/v1", api_key="sk-any")
    one, other = httpx2.Response(200), httpx2.Response(200)
    for response, name, created in (
        (one, "valid", 1), (one, "wrong", None), (one, "after it", 1), (other, "elsewhere", 1)
    ):  # fmt: skip
        data = {**CHUNK, "id": name, "created": created}
        client._process_response_data(data=data, cast_to=ChatCompletionChunk, response=response)
    assert built == ["wrong", "after it"]


def _said(chunk: Any) -> Any:
    """Return what it says; each answer and each tool call has an id of its own."""
    said = chunk.model_dump(exclude={"id", "created"}, warnings=False)
    for choice in said["choices"]:
        for call in choice["delta"].get("tool_calls") or []:
            call.pop("id", None)
    return said
