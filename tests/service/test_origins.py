"""Which pages may make a browser ask."""

from collections.abc import Mapping

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from labkit.service.origins import LOOPBACK, Origins

HERE = "127.0.0.1:8080"
SHOP = "https://shop.example"


async def answer(request: Request) -> JSONResponse:
    return JSONResponse("answered", headers={"Vary": "Accept"})


PATHS = ("/", "/stream", "/v1/chat")
APP = Starlette(routes=[Route(path, answer, methods=["GET", "POST"]) for path in PATHS])


def ask(
    headers: Mapping[str, str],
    method: str = "GET",
    path: str = "/stream",
    hosts: tuple[str, ...] | None = None,
    allowed: tuple[str, ...] = (SHOP,),
    refused: list[str] | None = None,
) -> Response:
    """Return what a request with `headers` gets."""
    said: list[Message] = []
    sent = {"host": HERE, **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
    }

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    note = [].append if refused is None else refused.append
    anyio.run(Origins(APP, allowed, hosts, note), scope, receive, send)
    response = Response(said[1]["body"], said[0]["status"])
    response.raw_headers = list(said[0]["headers"])
    return response


def browser(site: str, origin: str = "", mode: str = "cors", into: str = "empty") -> dict[str, str]:
    fetch = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": into}
    return {"origin": origin, **fetch}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        browser("same-origin"),
        browser("same-origin", f"http://{HERE}"),
        browser("same-origin", "null"),
        browser("none", mode="navigate", into="document"),
        {"origin": f"http://{HERE}"},
        {"origin": f"https://{HERE}"},
    ],
    ids=["curl", "EventSource", "fetch", "no referrer", "address", "no metadata", "behind TLS"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_ours_and_what_is_no_browser_are_answered(headers: dict[str, str], method: str) -> None:
    response = ask(headers, method, "/v1/chat")
    assert (response.status_code, response.body) == (200, b'"answered"')
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        browser("cross-site", "https://evil.example"),
        browser("cross-site", mode="no-cors", into="image"),
        browser("cross-site", "null"),
        browser("same-site", "http://127.0.0.1:9999"),
        browser("cross-site", mode="navigate", into="document"),
        browser("never heard of", f"http://{HERE}"),
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"origin": f"{SHOP}.evil.example"},
        {"origin": SHOP.upper()},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_another_site_is_refused_with_a_sentence(headers: dict[str, str], method: str) -> None:
    refused: list[str] = []
    asked = {**headers, "access-control-request-method": "POST"}
    response = ask(asked, method, refused=refused)
    assert (response.status_code, refused) == (403, ["origin"])
    assert response.body.startswith(b'{"detail":"Another site made this request')
    assert response.headers["vary"] == "Origin"
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_link_to_the_page_works_but_not_a_frame_around_it() -> None:
    link = browser("cross-site", mode="navigate", into="document")
    assert ask(link, path="/").status_code == 200
    assert ask(link, path="/stream").status_code == 403
    assert ask(link, "POST", "/").status_code == 403
    assert ask(browser("cross-site", mode="navigate", into="iframe"), path="/").status_code == 403
    assert ask(browser("cross-site", mode="no-cors"), path="/").status_code == 403


def test_an_allowed_page_may_read_the_response_and_its_limits() -> None:
    response = ask(browser("cross-site", SHOP))
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in response.headers["access-control-expose-headers"]
    assert response.headers["vary"] == "Accept, Origin"
    assert "access-control-allow-credentials" not in response.headers


def test_caches_learn_that_the_origin_matters_only_where_it_does() -> None:
    assert ask({}).headers["vary"] == "Accept, Origin"
    assert ask({}, allowed=()).headers["vary"] == "Accept"


def test_a_preflight_is_answered_without_the_app() -> None:
    headers = {**browser("cross-site", SHOP), "access-control-request-method": "DELETE"}
    response = ask(headers, "OPTIONS", "/v1/answers/any")
    assert (response.status_code, response.body) == (204, b"")
    assert dict(response.headers) == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": "authorization, content-type, last-event-id",
        "access-control-expose-headers": "Retry-After, RateLimit, RateLimit-Policy, X-Request-ID",
        "access-control-max-age": "600",
        "vary": "Origin",
    }


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_loopback_is_asked_by_its_own_names(host: str) -> None:
    assert ask({"host": host}, hosts=LOOPBACK).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "[::1",
        "",
        "0.0.0.0",
    ],
)
def test_a_name_that_suddenly_points_here_is_refused(host: str) -> None:
    refused: list[str] = []
    rebound = {**browser("same-origin", f"http://{host}"), "host": host}
    response = ask(rebound, hosts=LOOPBACK, refused=refused)
    assert (response.status_code, refused) == (403, ["origin"])
    assert b"is asked as 127.0.0.1, ::1, localhost only" in response.body


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:3000", "http://[::1]:3000"])
def test_an_origin_is_allowed_as_browsers_spell_it(origin: str) -> None:
    response = ask(browser("cross-site", origin), allowed=(origin,))
    assert response.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "wrong",
    ["*", "null", "", "shop.example", "//shop.example", "https://", "ftp://a"]
    + [SHOP + more for more in ("/", "/page", "?a", "#", ":443", ":0443", ":b", ":99999")]
    + [f"https://{host}" for host in ("*.example", "Shop.example", "a@shop.example", "[::1")],
)
def test_anything_else_is_an_error_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected one like https://"):
        Origins(APP, [wrong])


def test_other_scopes_pass() -> None:
    seen: list[str] = []

    async def app(scope: dict[str, str], receive: object, send: object) -> None:
        seen.append(scope["type"])

    anyio.run(Origins(app), {"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
