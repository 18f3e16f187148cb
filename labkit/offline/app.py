"""The offline model's HTTP server: routes, headers, errors, and the pace of its streams."""

import asyncio
import itertools
import os
import random
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit.offline import chat, faults
from labkit.offline.answers import answer, new_id
from labkit.offline.errors import ApiError
from labkit.offline.faults import Fault, FaultCounter, parse_fault
from labkit.offline.pacing import check_pace, delays
from labkit.offline.requests import check_model, parse_request
from labkit.offline.steps import chat_steps
from labkit.offline.streams import EventStream, Streams

INVALID_KEY = "sk-invalid"
MODEL = "offline-advisor"

_OFFERED = (MODEL, "gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini")
_CREATED = 1_793_491_200  # 1 November 2026


@dataclass
class Model:
    """The state of one offline model: its pace and fault, which may change, and its counts.

    `pace` None follows the environment variable LABKIT_PACE, read at each request.
    """

    pace: float | None = None
    fault: Fault = faults.NONE
    streams: Streams = field(default_factory=Streams)
    counter: FaultCounter = field(default_factory=FaultCounter)

    def pace_now(self) -> float:
        """Return the pace for a request that arrives now."""
        return check_pace(os.environ.get("LABKIT_PACE", "1")) if self.pace is None else self.pace


def create_app(model: Model | None = None) -> Starlette:
    """Return the ASGI app of an offline model, a fresh one unless `model` is given."""
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", _chat_completions, methods=["POST"]),
            Route("/v1/models", _models),
            Route("/v1/models/{id:path}", _model),
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


async def _chat_completions(request: Request) -> Response:
    _check_key(request)
    model: Model = request.app.state.model
    asked = parse_request(await request.body())
    fault = model.counter.apply(_fault(request, model), asked.digest)
    fault.raise_status()
    answers = answer(asked)
    if asked.stream:
        steps = chat_steps(asked, answers, fault, model.pace_now())
        return EventStream(steps, model.streams, _headers())
    pause = delays(model.pace_now(), asked.seed)
    tokens = sum(answer.tokens for answer in answers)
    await asyncio.sleep(sum(itertools.islice(pause, tokens)) + (fault.slow_start or 0))
    return Response(
        chat.completion(asked, answers), media_type="application/json", headers=_headers()
    )


def _check_key(request: Request) -> None:
    """Any key will do, but there has to be one, as with the real API; Azure sends `api-key`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else request.headers.get("api-key", "")
    if not key:
        text = "You didn't provide an API key. Send one as 'Authorization: Bearer YOUR_KEY'."
        raise ApiError(text, status=401)
    if key == INVALID_KEY:
        raise ApiError.from_status(401)


def _fault(request: Request, model: Model) -> Fault:
    text = request.headers.get(faults.HEADER)
    try:
        return model.fault if text is None else parse_fault(text)
    except ValueError as error:
        raise ApiError(str(error), param=faults.HEADER) from None


def _headers() -> dict[str, str]:
    """Return the headers that the real API adds to every answer."""
    return {
        "openai-organization": "labkit",
        "openai-processing-ms": str(random.randrange(5, 40)),  # noqa: S311 - only looks real
        "openai-version": "2020-10-01",
        "x-request-id": new_id("req_", 32).lower(),
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "199000",
        "x-ratelimit-reset-requests": "8.64s",
        "x-ratelimit-reset-tokens": "300ms",
    }


async def _models(request: Request) -> Response:
    _check_key(request)
    data = [_model_object(id) for id in _OFFERED]
    return JSONResponse({"object": "list", "data": data}, headers=_headers())


async def _model(request: Request) -> Response:
    _check_key(request)
    return JSONResponse(_model_object(check_model(request.path_params["id"])), headers=_headers())


def _model_object(id: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": _CREATED, "owned_by": "labkit"}


async def _streams(request: Request) -> Response:
    return JSONResponse(asdict(request.app.state.model.streams))


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette chose this handler by that type
    return JSONResponse(error.body(), error.status, headers=_headers() | error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    text = f"Unknown request URL: {request.method} {request.url.path}. Check the URL for typos."
    known = ApiError(text, status=error.status_code, code="unknown_url")
    return await _api_error(request, known)


async def _server_error(request: Request, error: Exception) -> Response:
    """Answer in the API's shape; Starlette raises the error again, so that it is logged."""
    return await _api_error(request, ApiError.from_status(500))
