"""Runs an ASGI app in a thread of this process: port 0, ready when it returns, stops cleanly."""

import asyncio
import atexit
import contextlib
import contextvars
import html
import inspect
import logging
import socket
import sys
import threading
from types import TracebackType
from typing import Any

import uvicorn

from labkit.addresses import browser_url
from labkit.app_errors import EXPECTED, Guard, ToldError
from labkit.cells import running_cell

_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0
_THREAD = "serve :"


class _Uvicorn(uvicorn.Server):
    """A uvicorn server that says when it is ready, instead of being asked again and again."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(_config(guard))
        self.ready = threading.Event()
        self._guard = guard

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._guard.tell_task)
        await super().startup(sockets)
        self.ready.set()


class AnnouncedServer(uvicorn.Server):
    """A uvicorn server that prints `line` as soon as it answers, and a signal ends it cleanly.

    Printed any earlier, it would invite a signal that nobody handles yet.
    """

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and print the line unless that failed."""
        await super().startup(sockets)
        if self.started:
            print(self._line, flush=True)


class Server:
    """An app that is being served: its `url`, its `proxy_url`, and `stop()`. `serve` makes one."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        _check(app)
        self._socket = bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._guard = Guard(app, self.url)
        self._uvicorn = _Uvicorn(self._guard)
        # The thread inherits the cell that it works for, which ipykernel keeps in the context.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=run, args=(self._run,), name=f"{_THREAD}{self.port}", daemon=True
        )
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return url_of(self.host, self.port)

    @property
    def proxy_url(self) -> str:
        """The address for the learner's browser, with a slash at its end.

        Under JupyterHub and Binder it is a path on Jupyter's own address, else it is `url`. Through
        Jupyter's proxy a stream passes as it comes only if the reader asks with the header
        `Accept: text/event-stream`, as EventSource does.
        """
        return browser_url(self.url, self.port)

    @property
    def running(self) -> bool:
        """Tell whether it still answers."""
        return self._thread.is_alive()

    def start(self) -> "Server":
        """Start serving; return when the first request can be sent."""
        self._thread.start()
        atexit.register(self.stop)
        try:
            in_time = self._uvicorn.ready.wait(_START_LIMIT_S)
        except BaseException:  # the learner interrupts the cell
            self.stop()
            raise
        if not in_time or self._failure:
            self.stop()
            raise RuntimeError(self._why_not(in_time)) from self._guard.failure or self._failure
        return self

    def stop(self) -> None:
        """Stop serving: open streams are cancelled, the port is free again. Twice is harmless."""
        self._uvicorn.should_exit = True
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_STOP_LIMIT_S)
        if self.running:
            with contextlib.suppress(OSError):  # it frees the port of an app that blocks its loop
                self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        atexit.unregister(self.stop)

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> "Server":
        return self

    async def __aexit__(self, *raised: object) -> None:
        await asyncio.to_thread(self.stop)

    def __repr__(self) -> str:
        return f"<Server {' '.join(self._links())} {self._state()}>"

    def _repr_html_(self) -> str:
        links = (
            f'<a href="{html.escape(url)}" target="_blank">{html.escape(url)}</a>'
            for url in self._links()
        )
        return f"<div>Server {' · '.join(links)} {self._state()}</div>"

    def _links(self) -> list[str]:
        """Return its addresses: one, where the browser uses the same as Python."""
        same = self.proxy_url == f"{self.url}/"
        return [self.url] if same else [self.url, self.proxy_url]

    def _state(self) -> str:
        return "running" if self.running else "stopped"

    def _why_not(self, in_time: bool) -> str:
        failure = self._guard.failure
        if not in_time:
            reason = f"its start-up is not done after {_START_LIMIT_S:g} s"
        else:
            reason = f"{type(failure).__name__}: {failure}" if failure else str(self._failure)
        return f"The app at {self.url} did not start: {reason}. Mend its lifespan and serve again."

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._socket])
        except BaseException as failure:  # shown by start(), which waits for this thread
            self._failure = failure
            self._uvicorn.ready.set()


_serving = threading.Lock()
_served: dict[tuple[str, str], Server] = {}  # by name or cell; a stopped one keeps its port


def serve(app: Any, *, name: str | None = None, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve the ASGI `app` from a daemon thread and return its running Server.

    What the same notebook cell, or the same `name`, has served before is stopped, and its port is
    used again; so is what another cell serves on a `port` that is asked for. Port 0 takes a free
    port. Raises OSError with one sentence when somebody else has the port, RuntimeError when the
    app does not start.
    """
    key = ("name", name) if name else ("cell", running_cell() or "")
    if not key[1]:
        return Server(app, host, port).start()
    with _serving:
        return _replace(key, app, host, port)


def _replace(key: tuple[str, str], app: Any, host: str, port: int) -> Server:
    _check(app)  # before its predecessor is gone
    before = _served.get(key)
    for server in list(_served.values()):
        if server is before or server.port == port:
            server.stop()
    server = _on_port_of(before, app, host) if before and not port else Server(app, host, port)
    _served[key] = server
    return server.start()


def _on_port_of(before: Server, app: Any, host: str) -> Server:
    """Return a server on the port of the one before, or on another if somebody has taken it."""
    try:
        return Server(app, host, before.port)
    except OSError:
        return Server(app, host)


def _check(app: Any) -> None:
    """Raise TypeError unless `app` can be called as an ASGI app is."""
    if inspect.isclass(app) or not callable(app):
        what = f"the class {app.__name__}" if inspect.isclass(app) else type(app).__name__
        raise TypeError(f"serve takes an ASGI app, such as FastAPI() gives; got {what}.")


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`, or raise OSError with one sentence."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if sys.platform != "win32":  # there it would let two servers share one port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit it: without, Nagle's algorithm holds a small chunk back for 40 ms.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((host, port))
        bound.listen()  # a client that comes before uvicorn does waits, and is not refused
    except (OSError, OverflowError) as error:
        bound.close()
        why = getattr(error, "strerror", None) or error
        text = f"Cannot listen on {host}:{port} ({why}). Choose another port, or 0."
        raise OSError(text) from None
    return bound


def url_of(host: str, port: int) -> str:
    """Return the base URL of a server there; an IPv6 address in brackets (RFC 3986, 3.2.2)."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


_CUT = ("ASGI callable returned without completing response", "timeout graceful shutdown")
_TOLD = ("Application startup failed", "Application shutdown failed")


def _is_news(record: logging.LogRecord) -> bool:
    """Keep cut streams, which are part of the lesson, and what is told already out of the log.

    What is no error is news only of the `uvicorn` command, which may run an app beside us.
    """
    if record.levelno < logging.ERROR and str(record.threadName).startswith(_THREAD):
        return False
    error = record.exc_info and record.exc_info[1]
    if isinstance(error, (*EXPECTED, ToldError)):
        return False
    return not any(text in record.getMessage() for text in (*_CUT, *_TOLD))


def _config(app: Any) -> uvicorn.Config:
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_news)
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,  # the notebook's own logging shows what goes wrong in the app
        log_level=log.level or "error",  # the command's own stays, for it tells the address
        server_header=False,
        timeout_graceful_shutdown=0,
    )


def run(app: Any, bound: socket.socket, path: str = "") -> None:
    """Serve `app` on `bound` in this thread, until Ctrl-C; print its URL with `path` first."""
    line = f"{url_of(*bound.getsockname()[:2])}{path}"
    asyncio.run(AnnouncedServer(_config(app), line).serve(sockets=[bound]))
