"""Each fault on the wire, and as the SDK meets it."""

import threading
import time
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from labkit.offline.app import create_app
from labkit.offline.faults import Fault, FaultCounter, parse_fault
from labkit.offline.model import Model
from labkit.serving import serve
from tests.conftest import Ask
from tests.offline.chat.test_writer import ONE_CALL, SEARCH, TWO_CALLS
from tests.offline.wire import chunks, deltas
from tests.settled import settled

MESSAGES: Any = [{"role": "user", "content": "How do I pack a backpack?"}]


def fault(text: str, **body: Any) -> dict[str, Any]:
    return {"headers": {"x-labkit-fault": text}, "stream": True, **body}


def read(client: OpenAI, text: str) -> tuple[str, str | None]:
    """Read a stream with a fault through the SDK: the text, and the finish reason."""
    said, reason = "", None
    with client.chat.completions.create(
        model="m", messages=MESSAGES, stream=True, extra_headers={"x-labkit-fault": text}
    ) as stream:
        for chunk in stream:
            said += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason or reason
    return said, reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 418, 429, 500, 503, 529])
def test_status_answers_with_that_error(ask: Ask, status: int) -> None:
    response = ask(**fault(f"status={status}"))
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert "retry-after" not in response.headers


def test_status_429_carries_its_code_and_retry_after(ask: Ask) -> None:
    response = ask(**fault("status=429;retry_after=1.5"))
    assert response.json()["error"]["code"] == "rate_limit_exceeded"
    assert response.headers["retry-after"] == "2"
    assert response.headers["retry-after-ms"] == "1500"


def test_times_lets_a_client_that_retries_succeed(server: Any) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=2) as client:
        for _ in range(2):  # and the count starts anew, so a cell can be run again
            said, reason = read(client, "status=503;retry_after=0.001;times=2")
            assert reason == "stop"
            assert said


def test_times_counts_each_request_by_itself(ask: Ask) -> None:
    one = fault("status=500;times=1", seed=101)
    two = fault("status=500;times=1", seed=101, n=2, model="other")
    assert [ask(**one).status_code, ask(**two).status_code] == [500, 500]
    assert [ask(**one).status_code, ask(**two).status_code] == [200, 200]


def test_a_truncated_stream_ends_cleanly_without_finish_reason_or_done(
    ask: Ask, client: OpenAI
) -> None:
    raw = ask(**fault("truncate_after=5")).content
    assert b"[DONE]" not in raw
    assert raw.count(b"data: ") == 6
    assert b'"finish_reason":"stop"' not in raw
    said, reason = read(client, "truncate_after=5")
    assert said
    assert reason is None


def test_a_cut_stream_closes_the_socket(ask: Ask, client: OpenAI) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(**fault("cut_after=5"))
    with pytest.raises(openai.APIConnectionError):
        read(client, "cut_after=5")


def test_an_error_event_comes_after_partial_text(ask: Ask, client: OpenAI) -> None:
    raw = ask(**fault("error_after=3")).content
    assert raw.count(b"data: ") == 5
    assert b"server_error" in raw.split(b"\n\n")[-2]
    with pytest.raises(openai.APIError) as caught:
        read(client, "error_after=3")
    assert type(caught.value) is openai.APIError
    assert caught.value.type == "server_error"


def test_a_fault_after_zero_deltas_leaves_the_role_chunk_only(ask: Ask) -> None:
    assert ask(**fault("truncate_after=0")).content.count(b"data: ") == 1


def test_a_stall_keeps_the_stream_open_until_the_client_leaves(
    client: OpenAI, http: httpx2.Client
) -> None:
    before = http.get("/labkit/streams").json()
    extra = {"x-labkit-fault": "stall_after=4"}
    with client.chat.completions.create(
        model="m", messages=MESSAGES, stream=True, extra_headers=extra, timeout=0.3
    ) as stream:
        said = [next(iter(stream)).choices[0].delta.content for _ in range(5)]
        with pytest.raises(openai.APITimeoutError):
            next(iter(stream))
    assert len("".join(filter(None, said))) > 0
    after = settled(http, before["cancelled"] + 1)
    assert after["open"] == before["open"]


def test_a_slow_start_waits_before_the_first_delta(client: OpenAI) -> None:
    started_s = time.perf_counter()
    said, _ = read(client, "slow_start=0.2")
    assert time.perf_counter() - started_s >= 0.2
    assert said


def test_the_azure_dialect_begins_with_an_empty_chunk(ask: Ask) -> None:
    first, second, *_ = chunks(ask(**fault("dialect=azure")))
    assert (first["id"], first["choices"]) == ("", [])
    assert first["prompt_filter_results"][0]["prompt_index"] == 0
    assert second["choices"][0]["delta"]["role"] == "assistant"


def test_the_loose_dialect_repeats_names_drops_the_index_and_says_stop(ask: Ask) -> None:
    found = chunks(ask(TWO_CALLS, **fault("dialect=loose", tools=[SEARCH])))
    assert found[-1]["choices"][0]["finish_reason"] == "stop"
    parts = [p for d in deltas(ask(ONE_CALL, **fault("dialect=loose", tools=[SEARCH])))
             for p in d.get("tool_calls", [])]  # fmt: skip
    assert all("index" not in part for part in parts)
    assert all(part["function"]["name"] == "search_products" for part in parts)


def test_a_fault_of_the_whole_server_holds_until_a_header_says_otherwise() -> None:
    model = Model(pace=0, fault=parse_fault("status=503"))
    with serve(create_app(model)) as running:
        key = {"authorization": "Bearer any"}
        body = {"model": "m", "messages": MESSAGES}
        url = f"{running.url}/v1/chat/completions"
        assert httpx2.post(url, json=body, headers=key).status_code == 503
        none = key | {"x-labkit-fault": ""}
        assert httpx2.post(url, json=body, headers=none).status_code == 200


def test_an_unknown_fault_is_400_with_a_sentence(ask: Ask) -> None:
    for text in ("explode=1", "cut_after=x", "status=200", "dialect=klingon", "stall_after=-1"):
        response = ask(**fault(text))
        assert response.status_code == 400
        assert "fault" in response.json()["error"]["message"].lower()


def test_faults_combine() -> None:
    assert parse_fault("dialect=azure; cut_after=3 ;times=1") == Fault(
        dialect="azure", cut_after=3, times=1
    )
    assert parse_fault("") == Fault()


def test_a_client_that_leaves_cancels_its_stream_within_100_ms() -> None:
    model = Model(pace=5)
    with serve(create_app(model)) as running:
        client = OpenAI(base_url=f"{running.url}/v1", api_key="any", max_retries=0)
        extra = {"x-labkit-fault": "stall_after=0"}
        stream = client.chat.completions.create(
            model="m", messages=MESSAGES, stream=True, extra_headers=extra
        )
        assert model.streams.open == 1
        with httpx2.Client(base_url=running.url) as http:
            started_s = time.perf_counter()
            stream.close()
            counts = settled(http, 1)
            assert time.perf_counter() - started_s < 0.1
        client.close()
    assert counts == {"started": 1, "finished": 0, "cancelled": 1, "open": 0, "chunks": 0}


def test_streams_are_counted_however_they_end() -> None:
    with (
        serve(create_app(model := Model(pace=0))) as running,
        OpenAI(base_url=f"{running.url}/v1", api_key="any", max_retries=0) as client,
    ):
        read(client, "")
        read(client, "truncate_after=2")
        with pytest.raises(openai.APIConnectionError):
            read(client, "cut_after=2")
    assert (model.streams.started, model.streams.finished, model.streams.open) == (3, 3, 0)


def test_many_streams_at_once_lose_nothing(server: Any) -> None:
    said: list[str] = []

    def one() -> None:
        with OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
            said.append(read(client, "")[0])

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 20
    assert len(set(said)) == 1


def test_times_counts_for_each_dialect(http: httpx2.Client) -> None:
    headers, model = {"x-labkit-fault": "status=500;times=1"}, {"model": "gpt-4o-mini"}
    chat = {**model, "messages": [{"role": "user", "content": "Which socks?"}]}
    for path, body in (
        ("chat/completions", chat),
        ("responses", {**model, "input": "Which socks?"}),
    ):
        tries = [http.post(f"/v1/{path}", json=body, headers=headers) for _ in range(2)]
        assert [each.status_code for each in tries] == [500, 200]


def test_requests_that_nobody_tries_again_are_forgotten() -> None:
    counter, fault = FaultCounter(), parse_fault("status=500;times=1")
    for number in range(1_001):
        counter.apply(fault, f"request {number}")
    assert counter.apply(fault, "request 0") == fault
    assert counter.apply(fault, "request 1000") == fault.active()
