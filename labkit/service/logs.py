"""The service's log: a JSON object a line, with the request's id and without what was said."""

import asyncio
import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_OURS = ("labkit.service", "uvicorn")
# What uvicorn calls errors, and what here is an end: of a reader that takes nothing, of a stop.
_ENDS = ("ASGI callable returned without completing response", "timeout graceful shutdown")
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_log = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON.

    An error's text may quote a question, an answer or a key, and so may what a library logs: of an
    error there is its type and where it was raised, of a library's record where it was logged.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON (RFC 8259), without a newline."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": _level(record),
            "logger": record.name,
            "message": _message(record),
        }
        if request_id := _request_id.get():
            line["request_id"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            line["error"] = _raised(record.exc_info[1])
        return json.dumps(line)


def configure() -> None:
    """Send this process's log records to standard error as JSON, and only those that are safe.

    What nobody caught becomes such a record, too: Python itself would print it with its text.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.getLogger("labkit.service").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    sys.excepthook = lambda kind, error, trace: _log_uncaught(error)
    sys.unraisablehook = lambda event: _log_uncaught(event.exc_value)
    threading.excepthook = lambda event: _log_uncaught(event.exc_value)


class RequestLog:
    """ASGI middleware: gives each request an id, and logs it when its response has ended.

    A client's own `X-Request-ID` is kept if it is short and plain. Of the URL only the path is
    logged: the query holds questions and tickets.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        _request_id.set(request_id)
        began_s, status = time.monotonic(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _log.info("request", extra={"fields": _fields(scope, status, began_s)})


def _fields(scope: Scope, status: int, began_s: float) -> dict[str, Any]:
    seconds = round(time.monotonic() - began_s, 3)
    route = scope.get("route")
    path = getattr(route, "path", "unknown")  # the template: a path may be typed wrong, with words
    return {"method": scope["method"], "path": path, "status": status, "seconds": seconds}


def _level(record: logging.LogRecord) -> str:
    """Return the record's level; that of an end which is no failure is info."""
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    ended = record.name == "uvicorn.error" and any(end in record.getMessage() for end in _ENDS)
    return "info" if cancelled or ended else record.levelname.lower()


def _log_uncaught(error: BaseException | None) -> None:
    if not isinstance(error, SystemExit):  # a thread that exits has not failed
        _log.error("nobody caught an error", exc_info=error)


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage().strip() if record.name.startswith(_OURS) else "\n"
    if "\n" not in text:  # else it is a traceback, which uvicorn passes on as Starlette wrote it
        return text
    return f"logged by {record.module}, line {record.lineno}"


def _raised(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{frame.name}, line {frame.lineno}" for frame in frames[-5:]]
    cause = error.__cause__ or error.__context__
    named = {"type": type(error).__name__, "at": at}
    return named | ({"cause": type(cause).__name__} if cause else {})
