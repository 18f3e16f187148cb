"""Serves the app until SIGTERM, and then drains: nobody new, and nothing is cut in silence."""

import asyncio
import logging
import socket
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from labkit import providers, serving
from labkit.service import logs
from labkit.service.answers import LAST_WORDS_S
from labkit.service.app import create_app
from labkit.service.http_limits import BoundedHttp
from labkit.service.origins import LOOPBACK
from labkit.service.settings import Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SEND_BUFFER_BYTES = 131_072
_IDLE_CONNECTION_S = 75
_GRACEFUL_S = 1
_CLOSE_S = 2.0  # for Redis and the model's connections

# What comes after SERVICE_DRAIN_TIMEOUT: last words to readers here, then to those at other
# replicas, then the responses' ends, then the parts'. A cluster has to wait for that, too.
AFTER_DRAIN_S = LAST_WORDS_S + _GRACEFUL_S + _CLOSE_S

_log = logging.getLogger(__name__)


class DrainingServer(serving.AnnouncedServer):
    """A uvicorn server whose first signal drains, and whose second one ends at once."""

    def __init__(self, app: FastAPI, line: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedHttp,
                ws="none",
                access_log=False,  # it would log the query, which holds questions and tickets
                log_config=None,
                server_header=False,
                lifespan="on",
                timeout_keep_alive=_IDLE_CONNECTION_S,
                timeout_graceful_shutdown=_GRACEFUL_S,
            ),
            line,
        )
        self._app = app
        self._signalled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and remember the event loop: a signal arrives outside of it."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; at the second signal, end."""
        if self.started and not self._signalled:
            self._signalled = True  # the loop may be busy when the second one comes
            self._loop.call_soon_threadsafe(self._begin_to_drain)
        else:
            self.should_exit = self.force_exit = True

    def _begin_to_drain(self) -> None:
        self._draining = self._loop.create_task(self._drain())

    async def _drain(self) -> None:
        _log.info("draining")
        try:
            await self._app.state.parts.answers.drain()
        finally:
            self.should_exit = True


def run(host: str, port: int) -> None:
    """Serve until a signal; the first line printed is the base URL.

    Raises ValueError for settings that cannot be used, OSError for an address that cannot, LabError
    where there is no model.
    """
    logs.configure()
    settings = _settings()
    if not settings.tokens and host not in LOOPBACK:
        raise ValueError(
            f"without SERVICE_API_TOKENS everybody who reaches {host} could ask, at your cost: "
            "make a token with `labkit token NAME`, or serve on 127.0.0.1"
        )
    app = create_app(settings)
    providers.reach(providers.endpoint())  # that there is no model shows here, in one sentence
    bound = serving.bind(host, port)
    # Accepted sockets inherit it: what a slow reader has not read waits in our bounded buffer.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    DrainingServer(app, serving.url_of(*bound.getsockname()[:2])).run(sockets=[bound])


def _settings() -> Settings:
    """Return the settings of the environment. Raises ValueError, without any secret."""
    try:
        return Settings()
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise ValueError("; ".join(map(_sentence, problems))) from None


def _sentence(problem: "ErrorDetails") -> str:
    """Return which variable is wrong, and why."""
    names = "".join(f"SERVICE_{name}: ".upper() for name in problem["loc"])
    return names + problem["msg"].removeprefix("Value error, ")
