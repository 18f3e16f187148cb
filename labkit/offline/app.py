"""The offline model's HTTP server: its routes over all dialects, its models, its errors."""

from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit.offline import azure
from labkit.offline.chat import routes as chat
from labkit.offline.errors import ApiError
from labkit.offline.gate import api_headers, check_key
from labkit.offline.late import LateRoutes
from labkit.offline.model import MODEL, Model
from labkit.offline.requests import check_model

_RESPONSES = "labkit.offline.responses.routes"
_ASSISTANTS = "labkit.offline.assistants.routes"
_OFFERED = (MODEL, "gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini")
_CREATED = 1_793_491_200  # 1 November 2026


def create_app(model: Model | None = None) -> Starlette:
    """Return the ASGI app of an offline model, a fresh one unless `model` is given."""
    v1 = [
        *chat.ROUTES,
        LateRoutes(_RESPONSES, "ROUTES", "/v1/responses"),
        LateRoutes(_ASSISTANTS, "ROUTES", "/v1/assistants", "/v1/threads"),
        Route("/v1/models", _models),
        Route("/v1/models/{id:path}", _model),
    ]
    versioned = [
        *chat.AZURE,
        LateRoutes(_RESPONSES, "AZURE", "/responses"),
        LateRoutes(_ASSISTANTS, "AZURE", "/assistants", "/threads"),
    ]
    app = Starlette(
        routes=[
            *v1,
            azure.mount(v1, versioned),
            Route("/labkit/streams", _streams),
        ],
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _http_error,
            Exception: _server_error,
        },
    )
    app.state.model = model or Model()
    return app


async def _models(request: Request) -> Response:
    check_key(request)
    data = [_model_object(id) for id in _OFFERED]
    return JSONResponse({"object": "list", "data": data}, headers=api_headers())


async def _model(request: Request) -> Response:
    check_key(request)
    return JSONResponse(
        _model_object(check_model(request.path_params["id"])), headers=api_headers()
    )


def _model_object(id: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": _CREATED, "owned_by": "labkit"}


async def _streams(request: Request) -> Response:
    return JSONResponse(asdict(request.app.state.model.streams))


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette chose this handler by that type
    return JSONResponse(error.body(), error.status, headers=api_headers() | error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if request.url.path.startswith(azure.PREFIX) and error.status_code == 404:
        return JSONResponse(azure.NOT_FOUND, 404, headers=api_headers())
    text = f"Unknown request URL: {request.method} {request.url.path}. Check the URL for typos."
    known = ApiError(text, status=error.status_code, code="unknown_url")
    return await _api_error(request, known)


async def _server_error(request: Request, error: Exception) -> Response:
    """Answer in the API's shape; Starlette raises the error again, so that it is logged."""
    return await _api_error(request, ApiError.from_status(500))
