"""Bodies have an end."""

import threading
from collections.abc import AsyncIterator, Iterator

import anyio
import anyio.lowlevel
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from labkit.service.body_limit import BodyLimit
from labkit.serving import serve

left = threading.Event()


async def length(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def endless(request: Request) -> StreamingResponse:
    async def numbers() -> AsyncIterator[str]:
        try:
            for number in range(10**9):
                yield f"{number}\n"
                await anyio.lowlevel.checkpoint()
        finally:
            left.set()

    return StreamingResponse(numbers())


@pytest.fixture(scope="module")
def refused() -> list[str]:
    return []


@pytest.fixture(scope="module")
def client(refused: list[str]) -> Iterator[httpx2.Client]:
    app = Starlette(
        routes=[Route("/", length, methods=["GET", "POST"]), Route("/endless", endless)]
    )
    with (
        serve(BodyLimit(app, 1000, refused.append)) as running,
        httpx2.Client(base_url=running.url) as client,
    ):
        yield client


def chunks(size: int) -> Iterator[bytes]:
    yield from (b"x" for _ in range(size))


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_what_is_short_enough_arrives_whole(client: httpx2.Client, size: int) -> None:
    assert client.post("/", content=b"x" * size).json() == size
    assert client.post("/", content=chunks(size)).json() == size
    assert client.get("/").json() == 0


@pytest.mark.parametrize("size", [1001, 3_000_000])
def test_a_length_that_is_too_long_is_refused(
    client: httpx2.Client, size: int, refused: list[str]
) -> None:
    refused.clear()
    response = client.post("/", content=b"x" * size)
    assert response.status_code == 413
    assert response.json() == {"detail": "The body is too long; at most 1000 bytes are read."}
    assert refused == ["body"]


def test_chunks_are_counted(client: httpx2.Client, refused: list[str]) -> None:
    refused.clear()
    assert client.post("/", content=chunks(1001)).status_code == 413
    assert refused == ["body"]
    assert client.post("/", content=chunks(5)).json() == 5


def test_a_reader_that_leaves_is_noticed(client: httpx2.Client) -> None:
    left.clear()
    with client.stream("GET", "/endless") as response:
        assert next(response.iter_lines()) == "0"
    assert left.wait(5)


START = {"type": "http.request", "body": b"x", "more_body": True}
GONE = {"type": "http.disconnect"}


def delivered(headers: list[tuple[bytes, bytes]], messages: list[Message]) -> list[Message]:
    """Return what an app behind the limit receives, until it is told that the client is gone."""
    seen: list[Message] = []

    async def app(scope: object, receive: object, send: object) -> None:
        while GONE not in seen:
            seen.append(await receive())  # type: ignore[operator]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        seen.append(message)

    scope = {"type": "http", "headers": headers}
    anyio.run(BodyLimit(app, 3), scope, receive, send)
    return seen


def test_a_disconnect_after_the_body_is_delivered() -> None:
    end = {"type": "http.request", "body": b"yz"}
    assert delivered([], [START, end, GONE]) == [START, end, GONE]


def test_a_disconnect_within_the_body_is_delivered() -> None:
    assert delivered([], [START, GONE]) == [START, GONE]


def test_a_length_is_refused_before_anything_is_read() -> None:
    start, _ = delivered([(b"content-length", b"4")], [])
    assert start["status"] == 413


def test_other_scopes_pass() -> None:
    seen: list[str] = []

    async def app(scope: dict[str, str], receive: object, send: object) -> None:
        seen.append(scope["type"])

    anyio.run(BodyLimit(app, 3), {"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
