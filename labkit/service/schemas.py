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
    401: "No token, or one that nobody knows.",
    403: "A page of a site that may not ask.",
    404: "There is no such answer.",
    410: "What follows Last-Event-ID is kept no longer.",
    413: "The body is too long.",
    429: "The client has asked too often, or has too many streams open.",
    503: "The service is restarting, or what it needs is gone.",
}
_REF = "#/components/schemas/{model}"
_, _definitions = models_json_schema(
    [(event, "serialization") for event in EVENTS], ref_template=_REF
)

EVENT_SCHEMAS: dict[str, Any] = _definitions["$defs"]
"""The data of each SSE event, for the components of the OpenAPI document."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these refusals."""
    return {status: {"model": Refusal, "description": _STATUSES[status]} for status in statuses}


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
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "itemSchema": {"oneOf": [_sse_event(e.event, e.__name__) for e in EVENTS]},
            }
        },
    }
}
"""The OpenAPI response of an answer."""
