"""The service as an ASGI app."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse
from starlette.types import Lifespan

from labkit.service import page, routes
from labkit.service.body_limit import BodyLimit
from labkit.service.last_resort import LastResort
from labkit.service.logs import RequestLog
from labkit.service.metrics import Metrics
from labkit.service.origins import LOOPBACK, Origins
from labkit.service.parts import opened
from labkit.service.refusals import Refused
from labkit.service.schemas import EVENT_SCHEMAS, REQUEST_ID
from labkit.service.settings import Settings

_MOST_BYTES = 32_768  # a question of 2,000 characters has 24,000 bytes if JSON escapes them all


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; without `settings`, those of the environment.

    Raises ValueError for settings that cannot be used.
    """
    settings = settings or Settings()
    metrics = Metrics()
    app = FastAPI(
        title="Streaming service",
        version="1",
        description="A Semantic Kernel agent that answers over server-sent events.",
        lifespan=_lifespan(settings, metrics),
        docs_url=None,  # they fetch their script from another site
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the query, which holds the question
    )
    app.include_router(routes.router)
    app.include_router(page.router)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(RequestValidationError, _invalid)
    _add_middleware(app, settings, metrics.reject)
    app.openapi = partial(_documented, app.openapi, settings)  # type: ignore[method-assign]
    return app


def _lifespan(settings: Settings, metrics: Metrics) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings, metrics) as app.state.parts:
            yield

    return lifespan


def _add_middleware(app: FastAPI, settings: Settings, reject: Callable[[str], None]) -> None:
    """Add what sees a request before the routes do; the last one added is the first."""
    allowed, hosts = settings.allowed_origins, _hosts(settings)
    app.add_middleware(BodyLimit, most_bytes=_MOST_BYTES, on_refused=reject)
    app.add_middleware(LastResort)
    app.add_middleware(Origins, allowed=allowed, hosts=hosts, on_refused=reject)
    app.add_middleware(RequestLog)


def _hosts(settings: Settings) -> tuple[str, ...] | None:
    """Return the names by which the app may be asked; None for any: tokens protect it then."""
    if settings.tokens or "*" in settings.allowed_hosts:
        return None
    return *LOOPBACK, *settings.allowed_hosts


def _documented(openapi: Callable[[], dict[str, Any]], settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document, with what FastAPI does not know of."""
    document = openapi()
    document["components"]["schemas"] |= EVENT_SCHEMAS
    for operation in (each for path in document["paths"].values() for each in path.values()):
        for response in operation["responses"].values():
            response["headers"] = response.get("headers", {}) | REQUEST_ID
        if not settings.tokens and "security" in operation:
            operation["security"] = [{}]  # anybody here may ask
    return document


async def _refuse(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)  # noqa: S101 - it is registered for nothing else
    request.app.state.parts.metrics.reject(refused.reason)
    return refused.response()


async def _invalid(request: Request, invalid: Exception) -> JSONResponse:
    """Say what is wrong with a request, without quoting it: it may be long, or a secret."""
    assert isinstance(invalid, RequestValidationError)  # noqa: S101 - as above
    request.app.state.parts.metrics.reject("invalid")
    wrong = [{key: error[key] for key in ("type", "loc", "msg")} for error in invalid.errors()]
    return JSONResponse({"detail": wrong}, 422)
