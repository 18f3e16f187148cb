"""What waits for the end of all streams says so when one stays open."""

import asyncio

import httpx2
import pytest
from openai import OpenAI

from labkit.serving import Server
from tests import settled as module
from tests.settled import settled, settled_async

LEFT_OPEN = r"^after 3 looks the server has .*'open': 1\b.*; expected were 0 open streams"


def test_a_stream_that_stays_open_is_an_error(
    server: Server, http: httpx2.Client, client: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOKS", 3)
    stall = {"x-labkit-fault": "stall_after=0"}
    with client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hi"}], stream=True, extra_headers=stall
    ):
        with pytest.raises(AssertionError, match=LEFT_OPEN):
            settled(http)
        with pytest.raises(AssertionError, match=LEFT_OPEN):
            asyncio.run(settled_async(server.url))
    monkeypatch.undo()
    assert settled(http, 1)["open"] == 0


def test_too_few_cancelled_streams_are_an_error(
    http: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOKS", 3)
    there = settled(http)["cancelled"]
    with pytest.raises(AssertionError, match=f"at least {there + 1} cancelled ones$"):
        settled(http, there + 1)
