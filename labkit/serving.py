"""Runs an ASGI app in a thread of this process: port 0, ready when it returns, stops cleanly."""

import asyncio
import logging
import socket
import sys
import threading
from types import TracebackType
from typing import Any

import uvicorn

_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0


class _Uvicorn(uvicorn.Server):
    """A uvicorn server that says when it is ready, instead of being asked again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Server:
    """An app that is being served: its `url`, and `stop()`. Use `serve` to make one."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self._socket = bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._uvicorn = _Uvicorn(_config(app))
        self._thread = threading.Thread(target=self._run, name=f"serve :{self.port}", daemon=True)
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return url_of(self.host, self.port)

    @property
    def running(self) -> bool:
        """Tell whether it still answers."""
        return self._thread.is_alive()

    def start(self) -> "Server":
        """Start serving; return when the first request can be sent."""
        self._thread.start()
        if not self._uvicorn.ready.wait(_START_LIMIT_S) or self._failure:
            self.stop()
            raise RuntimeError(f"The server at {self.url} did not start.") from self._failure
        return self

    def stop(self) -> None:
        """Stop serving: open streams are cancelled, the port is free again. Twice is harmless."""
        self._uvicorn.should_exit = True
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_STOP_LIMIT_S)
        self._socket.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.running else "stopped"
        return f"<Server {self.url} {state}>"

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._socket])
        except BaseException as failure:  # shown by start(), which waits for this thread
            self._failure = failure
            self._uvicorn.ready.set()


def serve(app: Any, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve the ASGI `app` from a daemon thread and return its running Server.

    Port 0 takes a free port. Raises OSError with one sentence when the port is taken.
    """
    return Server(app, host, port).start()


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


_EXPECTED = ("ASGI callable returned without completing response", "timeout graceful shutdown")


def _is_news(record: logging.LogRecord) -> bool:
    """Keep cut and cancelled streams, which are part of the lesson, out of the log."""
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (cancelled or any(text in record.getMessage() for text in _EXPECTED))


def _config(app: Any) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,  # the notebook's own logging shows what goes wrong in the app
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=0,
    )


def run(app: Any, bound: socket.socket) -> None:
    """Serve `app` on `bound` in this thread, until Ctrl-C."""
    asyncio.run(uvicorn.Server(_config(app)).serve(sockets=[bound]))
