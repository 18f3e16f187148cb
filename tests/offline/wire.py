"""Reads our wire independently of labkit: a few lines that follow OpenAI's framing to the letter."""

import json
from typing import Any

import httpx2


def chunks(response: httpx2.Response) -> list[dict[str, Any]]:
    """Return the chunks of a stream; insist on `data: …` lines, blank lines, and `[DONE]` last."""
    events = response.content.split(b"\n\n")
    assert events.pop() == b"", "the stream ends with a blank line"
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in events)
    assert events.pop() == b"data: [DONE]"
    return [json.loads(event.removeprefix(b"data: ")) for event in events]


def deltas(response: httpx2.Response, index: int = 0) -> list[dict[str, Any]]:
    """Return the deltas of one choice."""
    found = [choice for chunk in chunks(response) for choice in chunk["choices"]]
    return [choice["delta"] for choice in found if choice["index"] == index]


def text(response: httpx2.Response, index: int = 0) -> str:
    """Return the text of one choice."""
    return "".join(delta.get("content") or "" for delta in deltas(response, index))
