"""What comes before a request reaches the app is short, and comes in time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from labkit.service.http_limits import BoundedHttp

MOST = BoundedHttp.most_head_bytes
PIECE = 4096
LIMIT_S = 10
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
HALVES = [b"", b"\r\n", b"G", b"GET / HT", GET, GET + b"x: ", POST, POST + b"abc"]


class Hasty(BoundedHttp):
    request_s = 0.1


class Connection:
    """A connection to the app, as a client has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def rest(self) -> bytes:
        """Return what comes until the server closes."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""

    async def body(self) -> bytes:
        """Return the body of the next response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        return await self.reader.readexactly(1)


Connect = Callable[[], Awaitable[Connection]]


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def endless(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        while True:
            yield "piece\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(pieces())


APP = Starlette(routes=[Route("/", length, methods=["GET", "POST"]), Route("/endless", endless)])


def served(work: Callable[[Connect], Awaitable[Any]], kind: type[BoundedHttp] = Hasty) -> Any:
    """Serve the app by a protocol of this kind, and return what `work` with its clients returns."""

    async def run() -> Any:
        config = uvicorn.Config(APP, log_config=None, ws="none")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: kind(config, ServerState(), {}), "127.0.0.1")
        async with AsyncExitStack() as stack, asyncio.timeout(LIMIT_S):
            stack.callback(server.close)

            async def connect() -> Connection:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                stack.callback(writer.close)
                return Connection(reader, writer)

            return await work(connect)

    return asyncio.run(run())


@pytest.mark.parametrize("half", HALVES)
def test_half_a_request_is_cut_off(half: bytes) -> None:
    async def work(connect: Connect) -> bytes:
        connection = await connect()
        await connection.send(half)
        return await connection.rest()

    assert served(work) == b""


def test_many_halves_are_cut_off_and_others_are_served_meanwhile() -> None:
    async def work(connect: Connect) -> list[bytes]:
        halves = [await connect() for _ in range(100)]
        for number, half in enumerate(halves):
            await half.send(HALVES[number % len(HALVES)])
        whole = await connect()
        await whole.send(POST + b"whole")
        assert await whole.body() == b"5"
        return [await half.rest() for half in halves]

    assert served(work) == [b""] * 100


def test_a_request_that_trickles_is_cut_off() -> None:
    async def work(connect: Connect) -> None:
        connection = await connect()
        await connection.send(GET + b"x: ")
        while True:
            await connection.send(b"v")
            await asyncio.sleep(0.01)

    with pytest.raises(ConnectionError):  # without an end, it would be a TimeoutError
        served(work)


def test_the_time_between_two_requests_and_that_of_a_stream_is_not_counted() -> None:
    async def work(connect: Connect) -> None:
        kept, streaming, half = await connect(), await connect(), await connect()
        await kept.send(POST + b"whole")
        assert await kept.body() == b"5"
        await streaming.send(GET.replace(b"/ ", b"/endless ") + b"\r\n")
        await streaming.reader.readuntil(b"piece")
        await half.send(GET)
        assert await half.rest() == b""  # now the limit is over for all three
        await kept.send(POST + b"whole")
        assert await kept.body() == b"5"
        assert await streaming.reader.readuntil(b"piece")

    served(work)


@pytest.mark.parametrize("more", [b"\r\n", b"GET", GET + b"\r\n" + GET])
def test_a_stream_goes_on_whatever_its_client_sends_meanwhile(more: bytes) -> None:
    async def work(connect: Connect) -> None:
        streaming, half = await connect(), await connect()
        await streaming.send(GET.replace(b"/ ", b"/endless ") + b"\r\n" + more)
        await streaming.reader.readuntil(b"piece")
        await half.send(GET)
        assert await half.rest() == b""
        for _ in range(30):
            await streaming.reader.readuntil(b"piece")

    served(work)


def test_half_a_request_after_a_whole_one_is_cut_off() -> None:
    async def work(connect: Connect) -> bytes:
        connection = await connect()
        await connection.send(POST + b"whole" + GET)
        assert await connection.body() == b"5"
        return await connection.rest()

    assert served(work) == b""


def padded(size: int) -> bytes:
    """Return the beginning of a request that has so many bytes without an end."""
    start = GET + b"x: "
    return start + b"v" * (size - len(start))


def test_a_head_that_is_long_enough_is_served() -> None:
    async def work(connect: Connect) -> None:
        connection = await connect()
        for _ in range(2):  # each is counted for itself
            await connection.send(padded(MOST - PIECE) + b"\r\n\r\n")
            assert await connection.body() == b"0"

    served(work, BoundedHttp)


@pytest.mark.parametrize(
    "head", [padded(MOST + 1), b"GET /" + b"x" * MOST, (GET + b"y: z\r\n" * MOST)[: MOST + 1]]
)
def test_a_head_that_is_too_long_is_refused(head: bytes) -> None:
    async def work(connect: Connect) -> bytes:
        connection = await connect()
        await connection.send(head)
        return await connection.rest()

    assert served(work, BoundedHttp).startswith(b"HTTP/1.1 431 ")


def test_a_head_that_is_too_long_within_a_stream_only_ends_it() -> None:
    async def work(connect: Connect) -> bytes:
        connection = await connect()
        await connection.send(GET.replace(b"/ ", b"/endless ") + b"\r\n")
        await connection.reader.readuntil(b"piece")
        await connection.send(padded(MOST + 1))
        return await connection.rest()

    assert b"431" not in served(work, BoundedHttp)


def test_a_body_may_be_longer_than_a_head() -> None:
    async def work(connect: Connect) -> None:
        connection = await connect()
        head = POST.replace(b": 5", b": %d" % (4 * MOST))
        await connection.send(head + b"b" * 4 * MOST)
        await connection.reader.readuntil(b"\r\n\r\n%d" % (4 * MOST))

    served(work, BoundedHttp)
