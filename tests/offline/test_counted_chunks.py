"""How many chunks the offline model has sent: none for nobody, and no more than can be taken."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from labkit.offline.app import create_app
from labkit.offline.model import Model
from labkit.serving import serve
from tests.offline.assistants.museum import Museum
from tests.offline.responses.conftest import FLAT
from tests.settled import settled

COUNT: dict[str, Any] = {"messages": [{"role": "user", "content": "Count to 999"}]}
TENTS = "Search for tents under 250 dollars"
LOOKS = 20


@pytest.fixture
def http(model: Model) -> Iterator[httpx2.Client]:
    """A client of an offline model that nobody else asks."""
    key = {"authorization": "Bearer sk-any"}
    with (
        serve(create_app(model)) as server,
        httpx2.Client(base_url=server.url, headers=key, timeout=10) as client,
    ):
        yield client


@pytest.fixture
def model() -> Model:
    return Model(pace=0)


def sent(http: httpx2.Client) -> int:
    return int(http.get("/labkit/streams").json()["chunks"])


def still(http: httpx2.Client) -> int:
    """Return the count once it has stayed the same for some looks, each a turn for the server."""
    looks = [sent(http)]
    while len(looks) < LOOKS or len(set(looks[-LOOKS:])) > 1:
        looks.append(sent(http))
    return looks[-1]


def streaming(http: httpx2.Client, **more: Any) -> Any:
    body = {"model": "m", "stream": True, **COUNT, **more}
    return http.stream("POST", "/v1/chat/completions", json=body)


def test_every_sse_event_of_a_chat_stream_counts(http: httpx2.Client) -> None:
    with streaming(http) as response:
        response.read()
    assert sent(http) == response.content.count(b"data: ")
    http.post("/v1/chat/completions", json={"model": "m", **COUNT})
    assert sent(http) == response.content.count(b"data: ")


def test_every_sse_event_of_a_response_counts(http: httpx2.Client) -> None:
    body = {"model": "m", "input": TENTS, "tools": FLAT, "stream": True}
    assert sent(http) + http.post("/v1/responses", json=body).content.count(b"event: ") == sent(
        http
    )


def test_every_sse_event_of_a_run_counts(http: httpx2.Client) -> None:
    assert Museum(http).run(TENTS, stream=True).content.count(b"event: ") == sent(http) > 0


@pytest.mark.parametrize("fault", ["cut_after=5", "error_after=5", "truncate_after=5"])
def test_what_a_fault_keeps_back_does_not_count(http: httpx2.Client, fault: str) -> None:
    with streaming(http, n=1) as whole:
        whole.read()
    before = sent(http)
    http.headers["x-labkit-fault"] = fault
    with streaming(http) as response:
        try:
            response.read()
        except httpx2.RemoteProtocolError:
            assert fault == "cut_after=5"
    assert sent(http) - before == 6 + (fault == "error_after=5")


def test_for_a_reader_that_has_left_no_more_chunks_are_sent(
    http: httpx2.Client, model: Model
) -> None:
    model.pace = 0.05
    with streaming(http) as response:
        for _, _ in zip(range(3), response.iter_raw(), strict=False):
            assert model.streams.open == 1
    left = settled(http, cancelled=1)["chunks"]
    assert 3 <= left < 1000
    assert {sent(http) for _ in range(200)} == {left}
    assert model.streams.cancelled == 1


def test_for_a_reader_that_does_not_read_the_model_waits(http: httpx2.Client) -> None:
    with streaming(http, n=40) as response:
        waiting = still(http)
        body = response.read()
    assert 0 < waiting < sent(http) / 2
    assert sent(http) == body.count(b"data: ")


def test_a_slow_reader_sets_the_pace(http: httpx2.Client) -> None:
    with streaming(http, n=40) as response:
        waiting, size = still(http), 0
        for piece in response.iter_raw():
            if (size := size + len(piece)) > 4_000_000:
                break
        assert waiting < still(http) < 40 * 1000
