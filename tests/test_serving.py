"""Serving an app from a thread: ready when it returns, gone when it is stopped."""

import asyncio
import contextlib
import gc
import logging
import socket
import threading
import traceback
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

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


def test_where_the_browser_uses_another_address_both_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve(APP) as server:
        assert server.proxy_url == f"{server.url}/"
        assert server._repr_html_().count("<a ") == 1
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", '/user/"x"&<b>/')
        path = f'/user/"x"&<b>/proxy/{server.port}/'
        assert server.proxy_url == path
        assert repr(server) == f"<Server {server.url} {path} running>"
        shown = f"/user/&quot;x&quot;&amp;&lt;b&gt;/proxy/{server.port}/"
        assert f'<a href="{shown}" target="_blank">{shown}</a>' in server._repr_html_()
        assert f'<a href="{server.url}" target="_blank">' in server._repr_html_()


def test_a_name_is_served_once_outside_a_notebook_too() -> None:
    with serve(APP, name="shop") as old, serve(APP, name="shop") as new:
        assert not old.running
        assert new.url == old.url
        assert httpx2.get(new.url).text == "hello"


def test_stopping_frees_the_port_and_ends_the_thread() -> None:
    before = set(threading.enumerate())
    with serve(APP) as server:
        pass
    assert not server.running
    assert repr(server) == f"<Server {server.url} stopped>"
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url)


def test_leaving_async_with_stops_it() -> None:
    async def main() -> None:
        async with serve(APP) as server:
            assert server.running
        assert not server.running

    asyncio.run(main())


def test_an_app_that_blocks_its_loop_cannot_keep_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.serving._STOP_LIMIT_S", 0.01)
    begun, release = threading.Event(), threading.Event()

    async def block(request: Request) -> Response:
        begun.set()
        release.wait(30)  # a learner may write this
        return PlainTextResponse("late")

    blocked = serve(Starlette(routes=[Route("/", block)]))
    with socket.create_connection(("127.0.0.1", blocked.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(10)
        blocked.stop()
        assert blocked.running
        with serve(APP, port=blocked.port) as server:
            assert httpx2.get(server.url).text == "hello"
            release.set()
    thread = next((t for t in threading.enumerate() if t.name == f"serve :{blocked.port}"), None)
    if thread:
        thread.join(10)
    assert not blocked.running


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


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return what is logged as an error, which must be one record."""
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return record.getMessage()


def test_an_app_that_raises_is_told_by_its_own_lines_and_answers_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serve(APP) as server:
        assert httpx2.get(f"{server.url}/explode").status_code == 500
        assert httpx2.get(server.url).text == "hello"
    text = told(caplog)
    assert text.startswith(f"The app at {server.url} failed.\n")
    assert 'raise ValueError("the app is broken")' in text
    assert text.endswith("ValueError: the app is broken")
    assert "starlette" not in text


def test_an_error_in_mid_stream_is_told_and_cuts_the_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one"
        raise ValueError("no second piece")

    async def stream(request: Request) -> Response:
        return StreamingResponse(pieces())

    with (
        serve(Starlette(routes=[Route("/", stream)])) as server,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        httpx2.get(server.url)
    assert told(caplog).endswith("ValueError: no second piece")
    assert "ExceptionGroup" not in told(caplog)


def test_an_error_without_own_lines_shows_all_its_lines(caplog: pytest.LogCaptureFixture) -> None:
    async def no_json(request: Request) -> Response:
        return JSONResponse(request.query_params)  # fails within Starlette, called from here

    with serve(Starlette(routes=[Route("/", no_json)])) as server:
        httpx2.get(server.url)
    assert "return JSONResponse" in told(caplog)

    caplog.clear()
    with serve(
        Starlette(routes=[Mount("/", StaticFiles(directory="no", check_dir=False))])
    ) as server:
        httpx2.get(f"{server.url}/file")
    assert "staticfiles.py" in told(caplog)


def test_a_task_of_the_app_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    async def fail() -> None:
        raise ValueError("nobody awaits me")

    async def forget(request: Request) -> Response:
        task = asyncio.create_task(fail())
        task.add_done_callback(lambda _: done.set())
        return PlainTextResponse("started")

    with serve(Starlette(routes=[Route("/", forget)])) as server:
        httpx2.get(server.url)
        assert done.wait(10)
    gc.collect()
    assert told(caplog).endswith("ValueError: nobody awaits me")


def test_a_client_that_leaves_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    async def take(request: Request) -> Response:
        try:
            return PlainTextResponse(await request.body())
        finally:
            ended.set()

    with serve(Starlette(routes=[Route("/", take, methods=["POST"])])) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        assert ended.wait(10)
    assert caplog.records == []


def test_an_app_that_does_not_start_is_one_error_and_frees_its_port(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = set(threading.enumerate())
    with bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
    with pytest.raises(RuntimeError, match=f":{port} did not start: ValueError: no data") as caught:
        serve(Starlette(lifespan=no_start), port=port)
    trace = traceback.format_exception(caught.value.__cause__)
    assert ["starlette" in line for line in trace].count(True) == 0
    assert 'raise ValueError("no database")' in "".join(trace)
    assert set(threading.enumerate()) <= before
    assert caplog.records == []
    bind("127.0.0.1", port).close()


def test_a_start_up_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.serving._START_LIMIT_S", 0.01)
    monkeypatch.setattr("labkit.serving._STOP_LIMIT_S", 0.01)
    release = threading.Event()

    @contextlib.asynccontextmanager
    async def slow(app: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(release.wait, 30)
        yield

    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match=r"start-up is not done after 0\.01 s\. Mend"):
        serve(Starlette(lifespan=slow))
    release.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def test_an_app_that_fails_at_its_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    @contextlib.asynccontextmanager
    async def no_end(app: Starlette) -> AsyncIterator[None]:
        yield
        raise ValueError("the database is still open")

    serve(Starlette(lifespan=no_end)).stop()
    assert told(caplog).endswith("ValueError: the database is still open")


def test_an_app_without_a_lifespan_starts(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await PlainTextResponse("bare")(scope, receive, send)

    with serve(app) as server:
        assert httpx2.get(server.url).text == "bare"
    assert caplog.records == []


@pytest.mark.parametrize(
    ("app", "what"), [("module:app", "str"), (Starlette, "the class Starlette"), (None, "NoneType")]
)
def test_what_is_no_app_is_one_sentence(app: object, what: str) -> None:
    with pytest.raises(TypeError, match=rf"serve takes an ASGI app, .*; got {what}\."):
        serve(app)


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
    from labkit.offline.app import create_app
    from labkit.offline.model import Model

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
