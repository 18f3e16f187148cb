"""Serving an app from a thread: ready when it returns, gone when it is stopped."""

import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from labkit.serving import bind, serve


async def greet(request: Request) -> Response:
    return PlainTextResponse("hello")


async def explode(request: Request) -> Response:
    raise ValueError("the app is broken")


APP = Starlette(routes=[Route("/", greet), Route("/explode", explode)])


@contextlib.asynccontextmanager
async def no_start(app: Starlette) -> AsyncIterator[None]:
    if app.routes == []:
        raise ValueError("no database")
    yield


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_it_answers_as_soon_as_serve_returns() -> None:
    with serve(APP) as server:
        assert httpx2.get(server.url).text == "hello"
        assert server.running
        assert repr(server) == f"<Server {server.url} running>"
        assert server.url == f"http://127.0.0.1:{server.port}"


def test_stopping_frees_the_port_and_ends_the_thread() -> None:
    before = set(threading.enumerate())
    with serve(APP) as server:
        pass
    assert not server.running
    assert repr(server) == f"<Server {server.url} stopped>"
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url)


def test_stopping_twice_is_harmless() -> None:
    server = serve(APP)
    server.stop()
    server.stop()
    assert not server.running


def test_the_same_port_can_be_used_again_at_once() -> None:
    port = 0
    for _ in range(3):  # as when a cell is run again
        with serve(APP, port=port) as server:
            assert httpx2.get(server.url).text == "hello"
            assert port in (0, server.port)
            port = server.port


def test_two_servers_take_two_ports() -> None:
    with serve(APP) as one, serve(APP) as other:
        assert one.port != other.port


def test_a_taken_port_is_one_sentence() -> None:
    with serve(APP) as server, pytest.raises(OSError, match="Choose another port, or 0") as caught:
        serve(APP, port=server.port)
    assert str(caught.value).count(f"Cannot listen on 127.0.0.1:{server.port}") == 1
    assert "\n" not in str(caught.value)


def test_a_port_is_taken_from_the_moment_it_is_bound() -> None:
    with bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        with pytest.raises(OSError, match="Cannot listen"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70_000), ("127.0.0.1", -1), ("no host", 0), ("192.0.2.1", 0)]
)
def test_an_impossible_address_is_one_sentence(host: str, port: int) -> None:
    with pytest.raises(OSError, match=f"Cannot listen on {host}:{port} .*Choose another"):
        bind(host, port)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    with serve(APP, host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert httpx2.get(server.url).text == "hello"


def test_an_app_that_raises_is_logged_and_answers_500(caplog: pytest.LogCaptureFixture) -> None:
    with serve(APP) as server:
        assert httpx2.get(f"{server.url}/explode").status_code == 500
        assert httpx2.get(server.url).text == "hello"
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.name == "uvicorn.error"
    assert "Exception in ASGI application" in caplog.text
    assert "the app is broken" in caplog.text


def test_an_app_that_does_not_start_raises_and_frees_its_port() -> None:
    before = set(threading.enumerate())
    with bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
    with pytest.raises(RuntimeError, match=f"The server at .*:{port} did not start"):
        serve(Starlette(lifespan=no_start), port=port)
    assert set(threading.enumerate()) <= before
    bind("127.0.0.1", port).close()


def test_what_is_no_app_raises() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        serve("labkit.no_such_module:app")


def test_a_server_can_stop_from_within_its_own_thread() -> None:
    async def leave(request: Request) -> Response:
        server.stop()
        return PlainTextResponse("bye")

    server = serve(Starlette(routes=[Route("/", leave)]))
    thread = next(t for t in threading.enumerate() if t.name == f"serve :{server.port}")
    with contextlib.suppress(httpx2.HTTPError):  # its socket may be gone before the answer is
        httpx2.get(server.url)
    thread.join(10)
    assert not server.running


def test_stopping_cancels_an_open_stream_without_noise(caplog: pytest.LogCaptureFixture) -> None:
    from labkit.offline.app import Model, create_app

    model = Model(pace=0)
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    headers = {"authorization": "Bearer any", "x-labkit-fault": "stall_after=1"}
    with serve(create_app(model)) as server:
        url = f"{server.url}/v1/chat/completions"
        with httpx2.stream("POST", url, json=body, headers=headers) as response:
            chunks = response.iter_raw()
            assert next(chunks).startswith(b"data: ")
            server.stop()
            with pytest.raises(httpx2.RemoteProtocolError):
                list(chunks)
    assert not server.running
    assert (model.streams.cancelled, model.streams.open) == (1, 0)
    assert caplog.records == []
