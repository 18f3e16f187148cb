"""What every dialect does before it answers: it asks for a key, and finds the fault to show."""

import random

from starlette.requests import Request

from labkit.offline import faults
from labkit.offline.answers import new_id
from labkit.offline.errors import ApiError
from labkit.offline.faults import Fault, parse_fault
from labkit.offline.model import Model

INVALID_KEY = "sk-invalid"


def check_key(request: Request) -> None:
    """Any key will do, but there has to be one, as with the real API; Azure sends `api-key`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else request.headers.get("api-key", "")
    if not key:
        text = "You didn't provide an API key. Send one as 'Authorization: Bearer YOUR_KEY'."
        raise ApiError(text, status=401)
    if key == INVALID_KEY:
        raise ApiError.from_status(401)


def fault_for(request: Request, digest: str) -> Fault:
    """Return the fault that this try of a request meets; raise the ApiError of a fault `status`.

    `digest` tells one request to a path from another, so that `times=N` counts the tries of each.
    """
    model: Model = request.app.state.model
    fault = model.counter.apply(_asked(request, model), f"{request.url.path} {digest}")
    fault.raise_status()
    return fault


def _asked(request: Request, model: Model) -> Fault:
    text = request.headers.get(faults.HEADER)
    try:
        return model.fault if text is None else parse_fault(text)
    except ValueError as error:
        raise ApiError(str(error), param=faults.HEADER) from None


def api_headers() -> dict[str, str]:
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
