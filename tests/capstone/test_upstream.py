"""The model behind a checked app: what it keeps, and clients that leave too early."""

import asyncio
import json
from typing import Any

from labkit.capstone.upstream import Turn, Upstream

KEY = [(b"authorization", b"Bearer any")]
SCOPE = {"type": "http", "path": "/v1/chat/completions", "headers": KEY, "method": "POST"}


def asked(upstream: Upstream, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the model sends to a client that sends `messages` (ASGI)."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()  # it stays

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(upstream.app(SCOPE, receive, send))
    return sent


def test_a_client_that_leaves_before_its_body_has_come_gets_nothing_and_fails_nothing() -> None:
    upstream = Upstream()
    part = {"type": "http.request", "body": b'{"mess', "more_body": True}
    assert asked(upstream, part, {"type": "http.disconnect"}) == []
    assert upstream.asked == []


def test_a_planned_call_is_sent_as_the_only_thing_of_its_turn() -> None:
    upstream = Upstream()
    upstream.plan(Turn(calls=(("look", "{}"),)))
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}]}).encode()
    sent = asked(upstream, {"type": "http.request", "body": body})
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert b'"look"' in sent[1]["body"]
    assert len(upstream.asked) == 1


def test_what_it_said_last_is_kept_apart_from_all_that_it_said() -> None:
    upstream = Upstream()
    upstream.plan(Turn(tools=False))
    messages = [{"role": "user", "content": "Hi"}]
    body = json.dumps({"model": "any", "stream": True, "messages": messages}).encode()
    for times in (1, 2):
        asked(upstream, {"type": "http.request", "body": body})
        assert upstream.text == upstream.last_text * times != ""
