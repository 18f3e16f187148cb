"""ASGI middleware for browsers: strict CORS, and no request that another site makes.

A page of any site can make a browser send requests here, and on loopback nothing else protects us.
The browser says where they come from: Origin (Fetch, 3.2), Sec-Fetch-* (Fetch Metadata, 2).
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.service.refusals import Refused

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": "600",
}
_PORTS = {"http": 80, "https": 443}
_EXPOSED = "Retry-After, RateLimit, RateLimit-Policy, X-Request-ID"


class Origins:
    """Lets through what is no browser, the page of this very origin, and those `allowed`.

    `hosts`, if given, are the only names by which the service may be asked: a site whose name
    suddenly points to this machine (DNS rebinding) is of the same origin as far as browsers know.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed: Sequence[str] = (),
        hosts: Sequence[str] | None = None,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app, self._hosts, self._on_refused = app, hosts, on_refused
        self._allowed = frozenset(map(checked, allowed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, answer it if it is a preflight, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
        except Refused as refused:
            self._on_refused(refused.reason)
            return await refused.response()(scope, receive, self._varying(send))
        origin = headers.get("origin")
        if origin not in self._allowed:
            return await self._app(scope, receive, self._varying(send))
        sharing = _sharing(send, origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, sharing)
        return await self._app(scope, receive, sharing)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            names = ", ".join(self._hosts)
            raise Refused(403, "origin", f"Without tokens the service is asked as {names} only.")
        if headers.get("origin") in self._allowed or _is_our_own(headers, host):
            return
        if not _opens_the_page(scope, headers):
            sentence = "Another site made this request, and its origin is not allowed here."
            raise Refused(403, "origin", sentence)

    def _varying(self, send: Send) -> Send:
        """Return a `send` that tells caches that the origin matters, where it does."""
        return _adding(send, {}) if self._allowed else send


def checked(origin: str) -> str:
    """Return `origin` if a browser could send it as such. Raises ValueError."""
    wrong = f"The allowed origin {origin!r} is none; expected one like https://example.com:8443."
    try:
        parts = urlsplit(origin)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise ValueError(wrong) from None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    spelled = f"{parts.scheme}://{host}{port}"
    usual = _PORTS.get(parts.scheme)  # A browser never says the usual port.
    if usual is None or parts.port == usual or not host or "*" in host or spelled != origin:
        raise ValueError(wrong)
    return origin


def _name(host: str) -> str | None:
    """Return the name in a Host header, without port and brackets; None if there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_our_own(headers: Headers, host: str) -> bool:
    """Return whether our own page asks, or no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    # Browsers send Sec-Fetch-* over https and to loopback only; and a proxy may have taken off the
    # TLS, so that we cannot know our own scheme.
    origin = headers.get("origin")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _opens_the_page(scope: Scope, headers: Headers) -> bool:
    """Return whether somebody follows a link to the page, in a window of its own."""
    mode, into = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    page = scope["method"] == "GET" and scope["path"] == "/"
    return page and mode == "navigate" and into == "document"


def _sharing(send: Send, origin: str) -> Send:
    """Return a `send` that lets the pages of `origin` read the response."""
    return _adding(
        send,
        {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED},
    )


def _adding(send: Send, more: dict[str, str]) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(more)
            headers.add_vary_header("Origin")
        await send(message)

    return adding
