"""The bodies of requests and responses, as the OpenAPI document shows them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints
from pydantic.json_schema import models_json_schema

from labkit.service.events import EVENTS

MOST_CHARACTERS = 2000

Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARACTERS)
]


class Asked(BaseModel):
    """The body of POST /v1/chat."""

    question: Question
    resume: bool = Field(
        False,
        description="Keep the answer going for a while when the connection is lost, so that "
        "Last-Event-ID can take it up again. Without it, leaving ends the answer.",
    )


class TicketIssued(BaseModel):
    """The response to POST /v1/tickets."""

    ticket: str
    expires_s: float = Field(description="When it ends, in seconds since 1970 (UTC).")


class Refusal(BaseModel):
    """Why a request is not answered."""

    detail: str


class Health(BaseModel):
    """That the service is there."""

    status: str


_STATUSES = {
    400: "The body is no text in UTF-8.",
    401: "No token, or one that nobody knows; or a ticket that is not good, or not any more.",
    403: "A page of a site that may not ask, or a name by which the service is not asked.",
    404: "There is no such answer.",
    410: "What follows Last-Event-ID is kept no longer.",
    413: "The body is too long.",
    429: "The client has asked too often, or has too many streams open.",
    503: "The service is restarting, or what it needs is gone.",
}
_STRING, _SECONDS = {"type": "string"}, {"type": "integer", "minimum": 0}


def _header(description: str, schema: dict[str, Any] = _STRING) -> dict[str, Any]:
    return {"description": description, "schema": schema}


LIMIT_HEADERS = {
    "RateLimit-Policy": _header("The limits: their names, quotas (q), windows in seconds (w)."),
    "RateLimit": _header("What is left of them (r), and for how many seconds (t)."),
}
"""The headers of draft-ietf-httpapi-ratelimit-headers-10."""

COUNTED: dict[int | str, dict[str, Any]] = {200: {"headers": LIMIT_HEADERS}}
"""What is said of a response that has cost something."""

REQUEST_ID = {"X-Request-ID": _header("The id of the request, as the log has it.")}
"""The header that all responses have."""

_AGAIN = {"Retry-After": _header("When to ask again, in seconds.", _SECONDS)}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": _header("Bearer.")},
    429: _AGAIN | LIMIT_HEADERS,
    503: _AGAIN,
}
_REF = "#/components/schemas/{model}"
_, _definitions = models_json_schema(
    [(event, "serialization") for event in EVENTS], ref_template=_REF
)

EVENT_SCHEMAS: dict[str, Any] = _definitions["$defs"]
"""The data of each SSE event, for the components of the OpenAPI document."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these refusals."""
    return {
        status: {
            "model": Refusal,
            "description": _STATUSES[status],
            "headers": _HEADERS.get(status, {}),
        }
        for status in statuses
    }


def _sse_event(name: str, model: str) -> dict[str, Any]:
    """Return the schema of an SSE event, as in OpenAPI 3.2.0, 4.14.4."""
    data = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": _REF.format(model=model)},
    }
    properties = {"event": {"const": name}, "id": {"type": "string"}, "data": data}
    return {"type": "object", "required": ["event", "id", "data"], "properties": properties}


STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "SSE events: `started`, then tools and tokens; `done` or `error` is last.",
        "headers": LIMIT_HEADERS,
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "itemSchema": {"oneOf": [_sse_event(e.event, e.__name__) for e in EVENTS]},
            }
        },
    }
}
"""The OpenAPI response of an answer."""
