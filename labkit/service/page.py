"""The page to try the service in a browser: its files, and the headers that fence it in."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import APIRouter, Request, Response

FILES = {
    "/": ("page.html", "text/html"),
    "/page/main.js": ("main.js", "text/javascript"),
    "/page/sse.js": ("sse.js", "text/javascript"),
    "/page/view.js": ("view.js", "text/javascript"),
    "/page/ways.js": ("ways.js", "text/javascript"),
    "/page/style.css": ("style.css", "text/css"),
    "/page/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""What is served where: the file in static/, and its media type."""

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",  # its icon; without, browsers ask for /favicon.ico and complain
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    # JupyterLab may frame it behind its proxy, as the same origin; `origins` refuses all others.
    "frame-ancestors": "'self'",
    "require-trusted-types-for": "'script'",  # no text becomes markup, not even by mistake
}
HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

router = APIRouter()


def _endpoint(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of one file, which is read now and never again."""
    content = files("labkit.service").joinpath("static", name).read_bytes()

    async def send(request: Request) -> Response:
        return Response(content, headers=HEADERS, media_type=media_type)

    return send


for _path, _file in FILES.items():
    # A plain route: it answers HEAD too, and is no part of the OpenAPI document.
    router.add_route(_path, _endpoint(*_file), methods=["GET"])
