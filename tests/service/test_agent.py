"""What the agent makes of a model and of tools that say odd things."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit.service.agent import _worked
from labkit.sse import ServerSentEvent, encode
from tests.service.running import Running, data, running, text_of
from tests.service.talker import CHUNK


@contextmanager
def saying(*deltas: dict[str, object]) -> Iterator[Running]:
    """Yield a service whose model says these deltas, and stops."""

    async def chat(_: Request) -> Response:
        choices = [{"index": 0, "delta": each, "finish_reason": None} for each in deltas]
        choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        chunks = [json.dumps({**CHUNK, "choices": [choice]}) for choice in choices]
        body = b"".join(encode(ServerSentEvent(each)) for each in (*chunks, "[DONE]"))
        return Response(body, media_type="text/event-stream")

    async def models(_: Request) -> Response:
        return JSONResponse({"data": []})

    routes = [Route("/v1/chat/completions", chat, methods=["POST"]), Route("/v1/models", models)]
    with running(Starlette(routes=routes)) as service:
        yield service


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["Boots \ud83e", "\udd7e!"], "Boots 🥾!"),
        (["Boots \ud83e", "!"], "Boots \ufffd!"),
        (["\udd7e", "Boots"], "\ufffdBoots"),
    ],
)
def test_half_a_character_costs_at_most_that_character(pieces: list[str], text: str) -> None:
    with saying(*({"content": piece} for piece in pieces)) as service:
        events = service.ask()
    assert text_of(events) == text
    assert data(events[-1])["finish_reason"] == "stop"


def test_half_a_character_in_a_tools_arguments_costs_that_character() -> None:
    function = {"name": "shop-get_product_details", "arguments": '{"product_id": "\\ud83e"}'}
    call = {"index": 0, "id": "call-1", "type": "function", "function": function}
    with saying({"tool_calls": [call]}) as service:
        events = service.ask()
    assert [event.event for event in events[1:3]] == ["tool_started", "tool_finished"]
    assert data(events[1])["arguments"] == {"product_id": "\ufffd"}


@pytest.mark.parametrize(
    ("result", "worked"),
    [
        ('{"price": 5}', True),
        ('[{"id": "P001", "error": "a product may have any field"}]', True),
        ("5", True),
        ("null", True),
        ('{"error": "there is none"}', False),
        ("Error: it broke", False),
        ("", False),
    ],
)
def test_a_tool_has_worked_if_its_result_is_json_and_no_error(result: str, worked: bool) -> None:
    assert _worked(result) is worked
