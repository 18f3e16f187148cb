"""Tells what goes wrong in a served app: in the cell that serves it, and to `all_quiet`."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect

from labkit import background
from labkit.own_lines import keep_own_lines, picture

_log = logging.getLogger(__name__)

# A stream that is cancelled and a client that leaves are no failures of the app.
EXPECTED = (asyncio.CancelledError, ClientDisconnect, WebSocketDisconnect)


class ToldError(Exception):
    """Ends a request whose error has been told."""


class Guard:
    """An ASGI app around `app` that tells its errors; `failure` says why it did not start."""

    def __init__(self, app: Any, where: str) -> None:
        self.failure: BaseException | None = None
        self._app = app
        self._where = where
        self._context = contextvars.copy_context()  # ipykernel keeps the cell in it

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the app (ASGI 3.0, "Applications")."""
        if scope["type"] == "lifespan":
            await _Lifespan(self, send).run(self._app, scope, receive)
            return
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.tell(error)
            raise ToldError from error

    def tell(self, error: BaseException) -> None:
        """Show `error` in the cell, with the app's own lines, and note it; skip what is no news."""
        if (news := _news(error)) is not None:
            background.note(f"{type(news).__name__} in the app at {self._where}: {news}")
            text = f"The app at {self._where} failed.\n{picture(news)}"
            self._context.copy().run(_log.error, "%s", text)

    def tell_task(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tell what failed in a task that nobody awaits; a loop's exception handler."""
        if isinstance(error := context.get("exception"), BaseException):
            self.tell(error)
        else:
            loop.default_exception_handler(context)


class _Lifespan:
    """The app's start and end; hands what fails there to its guard, once."""

    def __init__(self, guard: Guard, send: Callable[[Any], Awaitable[None]]) -> None:
        self._guard = guard
        self._send = send
        self._last: dict[str, Any] = {"type": ""}

    async def run(self, app: Any, scope: Any, receive: Any) -> None:
        try:
            await app(scope, receive, self._pass_on)
        except Exception as error:
            self._take(error)
            raise
        if self._last["type"].endswith("failed"):
            self._take(RuntimeError(self._last.get("message", "")))

    async def _pass_on(self, message: dict[str, Any]) -> None:
        self._last = message
        # Without its text, which uvicorn would log beside what we tell.
        await self._send({"type": message["type"]})

    def _take(self, error: Exception) -> None:
        if self._last["type"] == "lifespan.startup.failed":
            self._guard.failure = keep_own_lines(error)
        elif self._last["type"]:  # else it has no lifespan, and may raise to say so (ASGI 3.0)
            self._guard.tell(error)


def _news(error: BaseException) -> BaseException | None:
    """Return what of `error` is not expected: all, a part of a group, or None."""
    if not isinstance(error, BaseExceptionGroup):
        return None if isinstance(error, EXPECTED) else error
    rest = error.split(EXPECTED)[1]
    while isinstance(rest, BaseExceptionGroup) and len(rest.exceptions) == 1:
        rest = rest.exceptions[0]
    return rest
