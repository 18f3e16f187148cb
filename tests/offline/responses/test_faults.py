"""Each fault on a Responses stream: on the wire, and as the SDK meets it."""

import json
import time
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from labkit.offline.app import create_app
from labkit.offline.model import Model
from labkit.serving import Server, serve
from tests.offline.responses.conftest import Post, events
from tests.settled import settled


def read(client: OpenAI, fault: str) -> list[Any]:
    """Read a stream with a fault through the SDK, to its end."""
    headers = {"x-labkit-fault": fault}
    with client.responses.create(
        model="m", input="How do I pack?", stream=True, extra_headers=headers
    ) as stream:
        return list(stream)


def test_an_error_event_is_nested_and_numbered(post: Post, client: OpenAI) -> None:
    raw = post(fault="error_after=3", stream=True)
    *before, last = raw.content.split(b"\n\n")[:-1]
    name, data = last.split(b"\n")
    error = json.loads(data.removeprefix(b"data: "))
    assert name == b"event: error"
    assert error["sequence_number"] == len(before) == 7  # four events open, then three deltas
    assert set(error) == {"type", "error", "sequence_number"}
    assert set(error["error"]) == {"message", "type", "param", "code"}
    with pytest.raises(openai.APIError) as caught:
        read(client, "error_after=3")
    assert type(caught.value) is openai.APIError
    assert caught.value.type == "server_error"


def test_a_truncated_stream_ends_cleanly_without_its_last_event(post: Post, client: OpenAI) -> None:
    found = events(post(fault="truncate_after=5", stream=True))
    assert found[-1]["type"] == "response.output_text.delta"
    assert len(found) == 4 + 5
    assert len(read(client, "truncate_after=5")) == 9


def test_a_cut_stream_closes_the_socket(post: Post, client: OpenAI) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        post(fault="cut_after=5", stream=True)
    with pytest.raises(openai.APIConnectionError):
        read(client, "cut_after=5")


def test_a_fault_after_zero_deltas_leaves_the_first_event_only(post: Post) -> None:
    assert len(events(post(fault="truncate_after=0", stream=True))) == 1


def test_an_error_before_the_stream_has_the_apis_shape(post: Post) -> None:
    response = post(fault="status=429;retry_after=1.5", stream=True)
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "rate_limit_exceeded"
    assert response.headers["retry-after-ms"] == "1500"


def test_times_lets_a_client_that_retries_succeed(server: Server) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=2) as client:
        found = read(client, "status=503;retry_after=0.001;times=2")
        assert found[-1].type == "response.completed"


def test_a_slow_start_waits_before_the_first_delta(client: OpenAI) -> None:
    started_s = time.perf_counter()
    assert read(client, "slow_start=0.2")
    assert time.perf_counter() - started_s >= 0.2


def test_the_dialects_of_chat_completions_change_nothing(post: Post) -> None:
    for dialect in ("azure", "loose"):
        found = events(post(fault=f"dialect={dialect}", stream=True))
        assert found[0]["type"] == "response.created"
        assert found[-1]["type"] == "response.completed"


def test_a_client_that_leaves_cancels_its_stream_and_nothing_is_kept() -> None:
    model = Model(pace=0)
    with (
        serve(create_app(model)) as running,
        OpenAI(base_url=f"{running.url}/v1", api_key="any", max_retries=0) as client,
        httpx2.Client(base_url=running.url) as http,
    ):
        extra = {"x-labkit-fault": "stall_after=4"}
        stream = client.responses.create(model="m", input="Hi", stream=True, extra_headers=extra)
        created: Any = next(iter(stream))
        assert model.streams.open == 1
        stream.close()
        counts = settled(http, 1)
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(created.response.id)
    assert counts == {"started": 1, "finished": 0, "cancelled": 1, "open": 0, "chunks": 8}


def test_a_response_that_broke_is_not_kept(post: Post, http: httpx2.Client) -> None:
    created = events(post(fault="truncate_after=5", stream=True))[0]
    assert http.get(f"/v1/responses/{created['response']['id']}").status_code == 404
