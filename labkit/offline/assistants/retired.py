"""Says in the headers of every answer that the Assistants API was switched off."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "warning": (
        '299 - "The Assistants API was switched off on 26 August 2026; '
        'only this offline model still speaks it. Use the Responses API."'
    ),
    "deprecation": "@1756166400",  # RFC 9745: since 26 August 2025, in seconds after 1970
    "sunset": "Wed, 26 Aug 2026 00:00:00 GMT",  # RFC 8594: the end, as an HTTP date
}


class Retired:
    """Wraps an app: its answers, streams and errors too, carry the headers of a retired API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the headers added."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_marked)
