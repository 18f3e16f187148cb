"""Posts Responses requests, and reads their streams independently of labkit."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from labkit.outdoor import TOOLS

Item = dict[str, Any]
Post = Callable[..., httpx2.Response]

FLAT: list[Any] = [{"type": "function", **tool["function"]} for tool in TOOLS]
ONE_CALL = "Search for tents under 250 dollars"
TWO_CALLS = "Search for tents and for backpacks under 250 dollars"


@pytest.fixture
def post(http: httpx2.Client) -> Post:
    """Post a Responses request; keyword arguments go into its body, `fault` into its header."""

    def send(
        question: Any = "How do I choose hiking boots?", /, *, fault: str = "", **body: object
    ) -> httpx2.Response:
        whole = {"model": "gpt-4o-mini", "input": question, **body}
        return http.post("/v1/responses", json=whole, headers={"x-labkit-fault": fault})

    return send


def events(response: httpx2.Response) -> list[Item]:
    """Return the events of a stream; insist on an `event:` line, a `data:` line and a blank one."""
    blocks = response.content.split(b"\n\n")
    assert blocks.pop() == b"", "the stream ends with a blank line"
    found = []
    for number, block in enumerate(blocks):
        name, data = block.split(b"\n")
        event = json.loads(data.removeprefix(b"data: "))
        assert data.startswith(b"data: {")
        assert name == b"event: " + event["type"].encode()
        assert event["sequence_number"] == number
        found.append(event)
    return found


def kinds(found: list[Item]) -> list[str]:
    """Return the types of events without their common beginning, each run of deltas once."""
    names = [event["type"].removeprefix("response.") for event in found]
    return [n for i, n in enumerate(names) if not n.endswith("delta") or n != names[i - 1]]


def text(found: list[Item]) -> str:
    """Return the text of a stream, from its deltas."""
    return "".join(e["delta"] for e in found if e["type"] == "response.output_text.delta")


def calls(body: Item) -> list[tuple[str, Any]]:
    """Return the function calls of a response, with their arguments parsed."""
    made = [item for item in body["output"] if item["type"] == "function_call"]
    return [(call["name"], json.loads(call["arguments"])) for call in made]
