"""Readers that do not read, or lose the connection without a word, and models that say nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.service.running import PLAIN, Running, running
from tests.service.talker import Talker

BUFFER_BYTES = 8192
STILL = 50  # so many looks show the same
MOST_CHUNKS = 20_000  # of 6 kB each: what the sockets in between may hold


@contextmanager
def reader(service: Running, *, resume: bool = False) -> Iterator[socket.socket]:
    """Ask over a socket that takes little, and read nothing."""
    host, port = service.url.removeprefix("http://").split(":")
    body = json.dumps({"question": PLAIN, "resume": resume}).encode()
    head = f"POST /v1/chat HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(10)
        raw.connect((host, int(port)))
        raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        yield raw


def said(service: Running) -> int:
    return int(service.upstream.get("/said").json()["said"])


def ended(service: Running) -> int:
    return int(service.upstream.get("/said").json()["ended"])


def still(service: Running, before: int) -> int:
    """Return what the model could say, more than `before`, as soon as it can say no more."""
    looks = [before]
    while len(looks) < STILL:
        now = said(service)
        looks = [*looks, now] if now == looks[-1] > before else [now]
        assert now - before < MOST_CHUNKS
    return looks[-1]


def kept(service: Running) -> int:
    """Return how many bytes the answers' buffers hold."""
    answers = service.app.state.parts.answers._answers.values()
    return sum(answer.buffer._bytes for answer in answers)


def gone(service: Running) -> None:
    service.until(lambda: service.metric("service_streams_open") == 0)
    service.until(lambda: service.metric("service_answers_running") == 0)


@pytest.fixture(autouse=True)
def _nothing_is_left_to_the_garbage_collector(
    caplog: pytest.LogCaptureFixture,
) -> Iterator[None]:
    yield
    told = caplog.get_records("call")
    assert [record for record in told if record.name == "asyncio"] == []


@pytest.fixture(scope="module")
def talkative() -> Iterator[Running]:
    with running(Talker(), buffer_bytes=BUFFER_BYTES, resume_window=600) as service:
        yield service


def test_the_model_waits_for_a_reader_that_does_not_read_and_little_is_kept(
    talkative: Running,
) -> None:
    with reader(talkative) as raw:
        assert raw.recv(12) == b"HTTP/1.1 200"
        waiting = still(talkative, 0)
        assert kept(talkative) <= BUFFER_BYTES
        size = 0
        while size < 15_000_000:
            size += len(raw.recv(2**20))
        assert still(talkative, waiting) > waiting
    gone(talkative)


def test_who_leaves_without_having_read_ends_the_model_too(talkative: Running) -> None:
    before, heard = ended(talkative), said(talkative)
    with reader(talkative) as raw:
        assert raw.recv(12) == b"HTTP/1.1 200"
        still(talkative, heard)
    talkative.until(lambda: ended(talkative) == before + 1)
    gone(talkative)


def test_the_model_waits_for_a_reader_that_has_left_and_may_come_back(talkative: Running) -> None:
    before, heard = ended(talkative), said(talkative)
    with reader(talkative, resume=True) as raw:
        seen = b""
        while b"event: token" not in seen:
            seen += raw.recv(4096)
        still(talkative, heard)
    talkative.until(lambda: talkative.metric("service_streams_open") == 0)
    assert talkative.metric("service_answers_running") == 1
    assert kept(talkative) <= BUFFER_BYTES
    answer = seen.partition(b'"answer":"')[2].partition(b'"')[0].decode()
    assert talkative.http.delete(f"/v1/answers/{answer}").status_code == 204
    talkative.until(lambda: ended(talkative) == before + 1)
    gone(talkative)


def test_a_reader_that_takes_nothing_for_too_long_is_given_up() -> None:
    settings: dict[str, Any] = {"buffer_bytes": BUFFER_BYTES, "send_timeout": 0.3}
    with running(Talker(), **settings) as service, reader(service) as raw:
        assert raw.recv(12) == b"HTTP/1.1 200"
        service.until(lambda: ended(service) == 1)
        gone(service)
        assert kept(service) == 0


def test_a_reader_that_reads_slowly_is_not_given_up() -> None:
    settings: dict[str, Any] = {
        "buffer_bytes": BUFFER_BYTES,
        "send_timeout": 0.5,
        "keep_alive": 0.05,
    }
    with running(Talker(), **settings) as service, reader(service) as raw:
        over = threading.Event()
        timer = threading.Timer(1, over.set)
        timer.start()
        while not over.is_set():
            assert raw.recv(100_000)
        assert ended(service) == 0


def test_comments_keep_the_connection_alive_while_the_model_says_nothing() -> None:
    with running(keep_alive=0.05) as service:
        service.meets("stall_after=3")
        with service.http.stream("POST", "/v1/chat", json={"question": PLAIN}) as response:
            seen = b""
            for piece in response.iter_bytes():
                seen += piece
                if seen.count(b": keep-alive\n\n") == 4:
                    break
        assert seen.count(b"event: token\n") == 3
        assert seen.index(b"event: started\n") < seen.index(b": keep-alive\n\n")
        service.settled(cancelled=1)


def test_a_reader_that_leaves_between_two_comments_is_noticed_at_once(service: Running) -> None:
    before = service.streams()["cancelled"]
    service.meets("stall_after=0")
    with service.asking() as stream:  # the next comment is due in 15 s
        assert next(stream).event == "started"
        service.until(lambda: service.streams()["open"] == 1)
    assert service.settled(cancelled=before + 1)["open"] == 0
