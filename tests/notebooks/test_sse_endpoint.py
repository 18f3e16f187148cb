"""The endpoint of notebook 04 over real HTTP: what it refuses, streams, tells of, and stops."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import islice
from typing import Any

import httpx2
import openai
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from labkit.offline.model import Model
from labkit.serving import Server, serve
from labkit.sse import decode
from tests.notebooks.served import app_names, upstream
from tests.replay import Replay, spoken
from tests.sse.hard import TEXTS

METHODS = pytest.mark.parametrize("method", ["GET", "POST"])
QUESTION = "How do I choose hiking boots?"
LONG = "Explain in detail everything about how to choose hiking boots, a tent and a backpack."
Names = dict[str, Any]
Events = list[tuple[str, Any]]


@pytest.fixture(scope="module")
def names() -> Names:
    return app_names("04")


@contextlib.contextmanager
def served(names: Names) -> Iterator[httpx2.Client]:
    """Serve the app on a loop of its own, and close the client before the server stops."""
    with serve(names["app"]) as server, httpx2.Client(base_url=server.url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def reader(names: Names) -> Iterator[httpx2.Client]:
    with served(names) as client:
        yield client


def over(model: Server, monkeypatch: pytest.MonkeyPatch) -> Names:
    """Return the names of the app over another model server than the offline one."""
    monkeypatch.setenv("LABKIT_BASE_URL", f"{model.url}/v1")
    monkeypatch.setenv("LABKIT_MODEL", "any")
    return app_names("04")


def asking(method: str, question: Any = None) -> Names:
    """Return the arguments of a request that asks the question, or none at all."""
    given = {} if question is None else {"question": question}
    return {"params": given} if method == "GET" else {"json": given}


def read(reader: httpx2.Client, method: str = "GET", question: str = QUESTION) -> Events:
    """Return the events of the whole answer, each with its data."""
    with reader.stream(method, "/stream", **asking(method, question)) as answer:
        assert answer.status_code == 200
        return [(each.event, json.loads(each.data)) for each in decode(answer.iter_bytes())]


def text_of(events: Events) -> str:
    return "".join(data["text"] for event, data in events if event == "token")


def wait_until_cancelled(reader: httpx2.Client, model: Model, count: int) -> None:
    """Look again and again; each request gives the servers their turn."""
    limit = time.monotonic() + 10
    while model.streams.cancelled < count and time.monotonic() < limit:
        reader.get("/nowhere")
    assert model.streams.cancelled == count
    assert model.streams.open == 0


@METHODS
@pytest.mark.parametrize("question", [None, "", " \n\t ", "x" * 501], ids=repr)
def test_a_question_that_is_none_is_refused_by_its_name_and_asked_of_nobody(
    reader: httpx2.Client, method: str, question: str | None
) -> None:
    with upstream() as model:
        before = model.streams.started
        answer = reader.request(method, "/stream", **asking(method, question))
        assert answer.status_code == 422
        [problem] = answer.json()["detail"]
        assert problem["loc"][-1] == "question"
        assert model.streams.started == before


@pytest.mark.parametrize("question", [7, None, ["Which boots?"], {"text": "Which boots?"}])
def test_a_posted_question_that_is_no_text_is_refused(
    reader: httpx2.Client, question: object
) -> None:
    answer = reader.post("/stream", json={"question": question})
    assert answer.status_code == 422
    assert all("question" in problem["loc"] for problem in answer.json()["detail"])


def test_a_body_that_is_no_json_is_refused(reader: httpx2.Client) -> None:
    answer = reader.post("/stream", content="Which boots?", headers={"content-type": "text/plain"})
    assert answer.status_code == 422


@METHODS
def test_white_space_around_a_question_does_not_count(reader: httpx2.Client, method: str) -> None:
    question = "Which boots?".ljust(500, "?")
    assert read(reader, method, f"  {question}\n") == read(reader, method, question)


@METHODS
def test_the_text_is_the_one_that_the_sdk_gets(
    reader: httpx2.Client, names: Names, method: str
) -> None:
    with openai.OpenAI(**names["options"]) as client:
        asked = names["asked"](QUESTION) | {"stream": False}
        whole = client.chat.completions.create(**asked).choices[0].message.content
    events = read(reader, method)
    assert text_of(events) == whole
    assert "\n- " in text_of(events)
    assert any(data["text"].startswith(" ") for event, data in events if event == "token")
    assert {event for event, _ in events[:-1]} == {"token"}
    assert events[-1] == ("done", {"finish_reason": "stop"})


def test_a_text_that_is_hard_to_carry_arrives_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    replay = Replay(*map(spoken, TEXTS.values()))
    with serve(replay.app) as model, served(over(model, monkeypatch)) as reader:
        assert [text_of(read(reader)) for _ in TEXTS] == list(TEXTS.values())


@pytest.mark.parametrize("dialect", ["azure", "loose"])
def test_another_servers_dialect_makes_no_difference(reader: httpx2.Client, dialect: str) -> None:
    usual = read(reader)
    with upstream(f"dialect={dialect}"):
        assert read(reader) == usual


@METHODS
def test_its_headers_keep_caches_and_buffers_away(reader: httpx2.Client, method: str) -> None:
    headers = reader.request(method, "/stream", **asking(method, QUESTION)).headers
    assert headers["content-type"].split(";")[0] == "text/event-stream"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"


@METHODS
@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_an_error_before_the_stream_is_its_status_and_json(
    reader: httpx2.Client, method: str, status: int
) -> None:
    with upstream(f"status={status};retry_after=0.001"):
        answer = reader.request(method, "/stream", **asking(method, QUESTION))
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert read(reader, method)[-1][0] == "done"


def test_an_error_that_passes_is_not_seen_by_the_reader(reader: httpx2.Client) -> None:
    usual = read(reader)
    with upstream("status=429;retry_after=0.001;times=2"):
        assert read(reader) == usual


def test_a_model_that_cannot_be_reached_is_a_bad_gateway() -> None:
    with serve(Starlette()) as gone:
        pass
    names = app_names("04")
    names["options"] |= {"base_url": f"{gone.url}/v1", "max_retries": 0}
    with served(names) as reader:
        answer = reader.get("/stream", **asking("GET", QUESTION))
    assert answer.status_code == 502
    assert set(answer.json()) == {"error"}


@METHODS
@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("fault", ["error_after", "cut_after", "truncate_after"])
def test_an_error_within_the_stream_is_its_last_event(
    reader: httpx2.Client, method: str, fault: str, after: int
) -> None:
    usual = text_of(read(reader, method))
    with upstream(f"{fault}={after}"):
        *tokens, (last, data) = read(reader, method)
    assert [event for event, _ in tokens] == ["token"] * after
    assert usual.startswith(text_of(tokens))
    assert last == "error"
    assert set(data) == {"message"}
    assert data["message"].endswith(".")


@METHODS
def test_a_model_that_falls_silent_is_left_with_its_reader(
    reader: httpx2.Client, method: str
) -> None:
    with upstream("stall_after=2") as model:
        cancelled = model.streams.cancelled
        with reader.stream(method, "/stream", **asking(method, QUESTION)) as answer:
            events = list(islice(decode(answer.iter_bytes()), 2))
        wait_until_cancelled(reader, model, cancelled + 1)
    assert [event.event for event in events] == ["token", "token"]


def test_a_reader_that_leaves_stops_the_model_at_once(reader: httpx2.Client) -> None:
    with upstream(pace=1) as model:
        cancelled = model.streams.cancelled
        with reader.stream("GET", "/stream", **asking("GET", LONG)) as answer:
            next(decode(answer.iter_bytes()))
        left_s = time.perf_counter()
        wait_until_cancelled(reader, model, cancelled + 1)
        assert time.perf_counter() - left_s < 1


def test_a_reader_that_leaves_before_the_first_event_stops_the_model(
    reader: httpx2.Client,
) -> None:
    with upstream("slow_start=60") as model:
        cancelled = model.streams.cancelled
        with reader.stream("GET", "/stream", **asking("GET", QUESTION)) as answer:
            assert answer.status_code == 200
        wait_until_cancelled(reader, model, cancelled + 1)


def test_twenty_readers_that_leave_at_once_leave_nothing_open(reader: httpx2.Client) -> None:
    async def leave() -> None:
        async with (
            httpx2.AsyncClient(base_url=reader.base_url, timeout=10) as http,
            http.stream("GET", "/stream", params={"question": QUESTION}) as answer,
        ):
            await anext(answer.aiter_bytes())

    async def leave_together() -> None:
        await asyncio.gather(*(leave() for _ in range(20)))

    with upstream("stall_after=1") as model:
        cancelled = model.streams.cancelled
        asyncio.run(leave_together())
        wait_until_cancelled(reader, model, cancelled + 20)


def test_while_one_reader_waits_another_is_answered(reader: httpx2.Client) -> None:
    usual = read(reader)
    with upstream("stall_after=1") as model:
        cancelled = model.streams.cancelled
        with reader.stream("GET", "/stream", **asking("GET", LONG)) as slow:
            assert next(slow.iter_bytes()).startswith(b"event: token")
            with upstream(), httpx2.Client(base_url=reader.base_url, timeout=10) as other:
                assert read(other) == usual
        wait_until_cancelled(reader, model, cancelled + 1)


def test_comments_keep_a_quiet_line_alive_and_are_no_events(
    names: Names, reader: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(names, "with_comments", partial(names["with_comments"], every_s=0.01))
    with upstream("stall_after=1") as model:
        cancelled = model.streams.cancelled
        with reader.stream("GET", "/stream", **asking("GET", QUESTION)) as answer:
            pieces = answer.iter_bytes()
            wire = b"".join(islice(pieces, 4))
        wait_until_cancelled(reader, model, cancelled + 1)
    assert wire.count(b"\n\n: ") >= 2
    assert [event.event for event in decode([wire])] == ["token"]


def test_comments_between_the_pieces_change_nothing(
    names: Names, reader: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = read(reader)
    monkeypatch.setitem(names, "with_comments", partial(names["with_comments"], every_s=0.001))
    with upstream("slow_start=0.1", pace=0.02):
        answer = reader.get("/stream", **asking("GET", QUESTION))
    assert b"\n\n: " in b"\n\n" + answer.content
    assert [(e.event, json.loads(e.data)) for e in decode([answer.content])] == usual


def test_the_app_can_be_stopped_and_served_again_on_another_loop() -> None:
    names = app_names("04")
    answers, clients = [], []
    for _ in range(3):
        with served(names) as reader:
            answers.append(read(reader))
            clients.append(names["app"].state.upstream)
    assert answers[0] == answers[1] == answers[2]
    assert len(set(map(id, clients))) == 3
    assert all(client.is_closed() for client in clients)


def test_running_the_cell_again_ends_its_open_streams_and_answers() -> None:
    names = app_names("04")
    with upstream("stall_after=1") as model, serve(names["app"], name="cell") as first:
        cancelled = model.streams.cancelled
        with httpx2.stream("GET", f"{first.url}/stream", **asking("GET", QUESTION)) as answer:
            pieces = answer.iter_bytes()
            next(pieces)
            with serve(names["app"], name="cell") as second:
                with pytest.raises(httpx2.RemoteProtocolError):
                    list(pieces)
                assert (model.streams.cancelled, model.streams.open) == (cancelled + 1, 0)
                with upstream(), httpx2.Client(base_url=second.url, timeout=10) as reader:
                    assert read(reader)[-1][0] == "done"


class LateModel:
    """A model server that sends its headers when it is told to, and then streams for good."""

    def __init__(self) -> None:
        self.asked, self.begin, self.left = (threading.Event() for _ in range(3))
        route = Route("/v1/chat/completions", self._answer, methods=["POST"])
        self.app = Starlette(routes=[route])

    async def _answer(self, request: Request) -> Response:
        self.asked.set()
        await asyncio.to_thread(self.begin.wait, 10)
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        try:
            yield spoken("Hello").partition("\n\n")[0] + "\n\n"
            await asyncio.Event().wait()
        finally:
            self.left.set()


def test_a_reader_that_leaves_while_the_model_has_not_begun_stops_it_as_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = LateModel()
    with serve(late.app) as model, served(over(model, monkeypatch)) as reader:
        with socket.create_connection(("127.0.0.1", reader.base_url.port)) as impatient:
            impatient.sendall(b"GET /stream?question=Hi HTTP/1.1\r\nHost: x\r\n\r\n")
            assert late.asked.wait(10)
        reader.get("/nowhere")  # by now the app's server has seen that the first one left
        late.begin.set()
        assert late.left.wait(2)
