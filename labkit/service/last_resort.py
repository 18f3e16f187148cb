"""ASGI middleware that answers when the app fails in a way that nobody has thought of."""

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SENTENCE = "The service failed; its log says why, under the X-Request-ID of this response."

_log = logging.getLogger(__name__)


class LastResort:
    """Answers 500 as JSON; within the other middleware, so that id and CORS are added to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; raise what fails once the response has begun."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            _log.exception("a request failed")
            await JSONResponse({"detail": _SENTENCE}, 500)(scope, receive, send)
