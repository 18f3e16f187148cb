"""Sending a stream's steps, and counting how streams end, over a real socket."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labkit.offline.steps import CutError, Step
from labkit.offline.streams import EventStream, Streams
from labkit.serving import Server, serve

Make = Callable[[], Iterator[Step]]


class Steps:
    """Serves whatever steps a test puts in, and tells when a stream has ended."""

    def __init__(self) -> None:
        self.make: Make = lambda: iter([])
        self.streams = Streams()
        self.over = 0
        self.ended = threading.Event()

    async def answer(self, request: Request) -> Response:
        return _Told(self)

    def count(self) -> None:
        self.over += 1


class _Told(EventStream):
    def __init__(self, steps: Steps) -> None:
        super().__init__(steps.make(), steps.streams, {"x-our-own": "1"}, steps.count)
        self._told = steps.ended

    async def __call__(self, *asgi: object) -> None:
        try:
            await super().__call__(*asgi)  # type: ignore[arg-type]
        finally:
            self._told.set()


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def served(steps: Steps) -> Iterator[Server]:
    with serve(Starlette(routes=[Route("/", steps.answer)])) as server:
        yield server


def test_the_steps_are_the_body(steps: Steps, served: Server) -> None:
    steps.make = lambda: (Step(0, b"data: %d\n\n" % i) for i in range(100))
    response = httpx2.get(served.url)
    assert response.content == b"".join(b"data: %d\n\n" % i for i in range(100))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-our-own"] == "1"
    assert "content-length" not in response.headers
    assert steps.ended.wait(10)
    assert steps.streams == Streams(started=1, finished=1, chunks=100)


def test_what_is_due_at_once_is_sent_together_and_nothing_is_lost(
    steps: Steps, served: Server
) -> None:
    pieces = [b"%d " % i for i in range(100)]
    steps.make = lambda: iter([Step(0, piece) for piece in pieces])
    with httpx2.stream("GET", served.url) as response:
        assert b"".join(response.iter_raw()) == b"".join(pieces)


def test_what_is_due_is_sent_before_a_wait_begins(steps: Steps, served: Server) -> None:
    steps.make = lambda: iter([Step(0, b"a"), Step(0, b"b"), Step(None, b"never")])
    with httpx2.stream("GET", served.url) as response:
        assert next(response.iter_raw()) == b"ab"


def test_a_wait_of_none_lasts_until_the_client_leaves(steps: Steps, served: Server) -> None:
    steps.make = lambda: iter([Step(0, b"first"), Step(None, b"never")])
    with httpx2.stream("GET", served.url) as response:
        body = response.iter_raw()  # a name keeps it open
        assert next(body) == b"first"
        assert steps.streams == Streams(started=1, open=1, chunks=1)
    assert steps.ended.wait(10)
    assert steps.streams == Streams(started=1, cancelled=1, chunks=1)


def test_a_cut_closes_the_socket_and_counts_as_finished(steps: Steps, served: Server) -> None:
    def make() -> Iterator[Step]:
        yield Step(0, b"first")
        raise CutError

    steps.make = make
    with httpx2.stream("GET", served.url) as response:
        body = response.iter_raw()
        assert next(body) == b"first"
        with pytest.raises(httpx2.RemoteProtocolError):
            next(body)
    assert steps.ended.wait(10)
    assert steps.streams == Streams(started=1, finished=1, chunks=1)


def test_the_end_is_told_once_and_before_the_client_can_know(steps: Steps, served: Server) -> None:
    httpx2.get(served.url)
    assert steps.over == 1
    steps.make = lambda: iter([Step(0, b"first"), Step(None, b"never")])
    with httpx2.stream("GET", served.url) as response:
        body = response.iter_raw()
        assert next(body) == b"first"
        assert steps.over == 1
        steps.ended.clear()
    assert steps.ended.wait(10)
    assert steps.over == 2


def test_an_endless_stream_at_full_speed_sees_its_client_leave(
    steps: Steps, served: Server
) -> None:
    def make() -> Iterator[Step]:
        while True:
            yield Step(0, b"x")

    steps.make = make
    with httpx2.stream("GET", served.url) as response:
        body = response.iter_raw()
        assert next(body)
        assert not steps.ended.is_set()
    assert steps.ended.wait(10)
    assert steps.streams.cancelled == 1


def test_a_cancelled_block_counts_as_cancelled_and_a_failed_one_as_finished() -> None:
    streams = Streams()
    for error in (asyncio.CancelledError, ValueError):
        with contextlib.suppress(error), streams.count():
            assert streams.open == 1
            raise error
    assert streams == Streams(started=2, finished=1, cancelled=1, open=0)
