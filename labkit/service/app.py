"""The service as an ASGI app."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from labkit.service import page, routes
from labkit.service.body_limit import BodyLimit
from labkit.service.logs import RequestLog
from labkit.service.metrics import Metrics
from labkit.service.origins import LOOPBACK, Origins
from labkit.service.parts import opened
from labkit.service.refusals import Refused
from labkit.service.schemas import EVENT_SCHEMAS
from labkit.service.settings import Settings

_MOST_BYTES = 32_768  # a question of 2,000 characters has 24,000 bytes if JSON escapes them all


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; without `settings`, those of the environment.

    Raises ValueError for settings that cannot be used.
    """
    settings = settings or Settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings, metrics) as app.state.parts:
            yield

    app = FastAPI(
        title="Streaming service",
        version="1",
        description="A Semantic Kernel agent that answers over server-sent events.",
        lifespan=lifespan,
        docs_url=None,  # they fetch their script from another site
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the query, which holds the question
    )
    app.include_router(routes.router)
    app.include_router(page.router)
    app.add_exception_handler(Refused, _refuse)
    app.add_exception_handler(RequestValidationError, _invalid)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, most_bytes=_MOST_BYTES, on_refused=metrics.reject)
    app.add_middleware(
        Origins,
        allowed=settings.allowed_origins,
        hosts=_hosts(settings),
        on_refused=metrics.reject,
    )
    app.add_middleware(RequestLog)
    app.openapi = partial(_documented, app.openapi)  # type: ignore[method-assign]
    return app


def _hosts(settings: Settings) -> tuple[str, ...] | None:
    """Return the names by which the app may be asked; None for any: tokens protect it then."""
    if settings.api_tokens.get_secret_value() or "*" in settings.allowed_hosts:
        return None
    return *LOOPBACK, *settings.allowed_hosts


def _documented(openapi: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the OpenAPI document, with the events that a stream refers to."""
    document = openapi()
    document["components"]["schemas"] |= EVENT_SCHEMAS
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
