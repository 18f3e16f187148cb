"""Who asks: by a bearer token, by a ticket, or, where there are no tokens, anybody here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyQuery, HTTPAuthorizationCredentials, HTTPBearer

from labkit.service import event_ids
from labkit.service.parts import Parts
from labkit.service.refusals import unauthorized
from labkit.service.tickets import AGAIN_S, Ticket

_EVERYBODY = "local"

bearer = HTTPBearer(
    auto_error=False, description="A token of SERVICE_API_TOKENS; none is needed without any."
)
in_url = APIKeyQuery(
    name="ticket",
    auto_error=False,
    scheme_name="Ticket",
    description="From POST /v1/tickets. It starts one answer, which bears its id; with "
    f"Last-Event-ID it goes on with that answer, and for {AGAIN_S:g} seconds after the start also "
    "without: a connection may be lost before the first event. Then it is 401.",
)
LastEventId = Annotated[
    str | None,
    Header(
        max_length=100,
        description="The id of the last event that came: the answer goes on after it. An empty one "
        "is none.",
    ),
]


@dataclass(frozen=True)
class Client:
    """A client by its name, and the ticket that it came with, if it did."""

    name: str
    ticket: Ticket | None = None


async def parts_of(request: Request) -> Parts:
    """Return the parts of the app that serves `request`."""
    parts: Parts = request.app.state.parts
    return parts


async def known_client(
    parts: Annotated[Parts, Depends(parts_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Client:
    """Return who holds the bearer token. Raises Refused 401."""
    if not parts.tokens:
        return Client(_EVERYBODY)
    name = credentials and parts.tokens.client_of(credentials.credentials)
    if not name:
        raise unauthorized("This service wants a token: send it as Authorization: Bearer TOKEN.")
    return Client(name)


async def client_or_ticket(
    parts: Annotated[Parts, Depends(parts_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ticket: Annotated[str | None, Depends(in_url)],
    last_event_id: LastEventId = None,
) -> Client:
    """Return who holds the ticket, else the token. Raises Refused 401.

    The ticket is read only; whether it starts an answer is asked when all else is well.
    """
    if ticket is None:
        return await known_client(parts, credentials)
    known = parts.tickets.read(ticket)
    if last_event_id and event_ids.parse(last_event_id)[0] != known.id:
        raise unauthorized("This ticket is for another answer. Get one from POST /v1/tickets.")
    return Client(known.client, known)
