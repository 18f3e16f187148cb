"""The Responses dialect as openai's SDK meets it."""

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from labkit.outdoor import TOOL_FUNCTIONS
from labkit.serving import Server
from tests.offline.responses.conftest import FLAT, ONE_CALL, TWO_CALLS

MODEL = "gpt-4o-mini"


class Pick(BaseModel):
    """What to buy, and why."""

    item: str
    reasons: list[str]


def test_create_streams_typed_events(client: OpenAI) -> None:
    with client.responses.create(model=MODEL, input="Boots?", stream=True) as stream:
        *before, last = stream
    assert last.type == "response.completed"
    said = [event.delta for event in before if event.type == "response.output_text.delta"]
    assert "".join(said) == last.response.output_text


def test_stream_ends_with_the_final_response(client: OpenAI) -> None:
    with client.responses.stream(model=MODEL, input=TWO_CALLS, tools=FLAT) as stream:
        names = {event.type for event in stream}
        final = stream.get_final_response()
    assert "response.function_call_arguments.done" in names
    assert [item.type for item in final.output] == ["function_call", "function_call"]
    assert final.usage
    assert final.usage.output_tokens > 10


@pytest.mark.parametrize("streamed", [True, False])
def test_a_pydantic_model_gives_the_format_and_parses_the_answer(
    client: OpenAI, streamed: bool
) -> None:
    asked: Any = {"model": MODEL, "input": "Which boots?", "text_format": Pick}
    if streamed:
        with client.responses.stream(**asked) as stream:
            found = stream.get_final_response()
    else:
        found = client.responses.parse(**asked)
    assert isinstance(found.output_parsed, Pick)
    assert found.output_parsed.reasons


def test_a_tool_loop_comes_to_its_answer(client: OpenAI) -> None:
    response = client.responses.create(model=MODEL, input=ONE_CALL, tools=FLAT)
    for _ in range(4):
        made = [item for item in response.output if item.type == "function_call"]
        if not made:
            break
        results = [(c.call_id, TOOL_FUNCTIONS[c.name](**json.loads(c.arguments))) for c in made]
        outputs: Any = [
            {"type": "function_call_output", "call_id": id, "output": json.dumps(result)}
            for id, result in results
        ]
        response = client.responses.create(
            model=MODEL, input=outputs, tools=FLAT, previous_response_id=response.id
        )
    assert "Wren 1" in response.output_text


def test_output_items_can_be_sent_back_without_a_stored_response(client: OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": TWO_CALLS}]
    first = client.responses.create(model=MODEL, input=asked, tools=FLAT, store=False)
    asked += [item.model_dump(exclude_none=True) for item in first.output]
    for call in (item for item in first.output if item.type == "function_call"):
        result = json.dumps(TOOL_FUNCTIONS[call.name](**json.loads(call.arguments)))
        told = {"type": "function_call_output", "call_id": call.call_id, "output": result}
        asked.append(told)
    second = client.responses.create(model=MODEL, input=asked, tools=FLAT, store=False)
    assert "Wren 1" in second.output_text
    assert "Cairn 48" in second.output_text


def test_a_response_is_retrieved_and_deleted(client: OpenAI) -> None:
    made = client.responses.create(model=MODEL, input="Boots?")
    assert client.responses.retrieve(made.id).output_text == made.output_text
    assert [item.type for item in client.responses.input_items.list(made.id)] == ["message"]
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


def test_an_unknown_previous_response_is_a_bad_request(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=MODEL, input="Hi", previous_response_id="resp_none")
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"


@pytest.mark.anyio
async def test_the_async_sdk_reads_a_stream(server: Server) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        stream = await client.responses.create(model=MODEL, input="Boots?", stream=True)
        async with stream:
            names = [event.type async for event in stream]
    assert names[-1] == "response.completed"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
