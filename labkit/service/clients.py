"""Who asks: by a bearer token, by a ticket, or, where there are no tokens, anybody here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from labkit.service import event_ids
from labkit.service.parts import Parts
from labkit.service.refusals import Refused
from labkit.service.tickets import Ticket

_EVERYBODY = "local"

bearer = HTTPBearer(
    auto_error=False, description="A token of SERVICE_API_TOKENS; none is needed without any."
)
LastEventId = Annotated[
    str | None,
    Header(
        max_length=100,
        description="The id of the last event that came: the answer goes on after it.",
    ),
]


@dataclass(frozen=True)
class Client:
    """A client by its name, and the id of the ticket that it came with, if it did.

    `again` says that the ticket has started its answer already.
    """

    name: str
    ticket: str | None = None
    again: bool = False


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
        sentence = "This service wants a token: send it as Authorization: Bearer TOKEN."
        raise Refused(401, "unauthorized", sentence, {"WWW-Authenticate": "Bearer"})
    return Client(name)


async def client_or_ticket(
    parts: Annotated[Parts, Depends(parts_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ticket: Annotated[
        str | None, Query(max_length=500, description="From POST /v1/tickets.")
    ] = None,
    last_event_id: LastEventId = None,
) -> Client:
    """Return who holds the ticket, else the token. Raises Refused 401.

    A ticket starts one answer, and that answer's id is the ticket's: an EventSource, which comes
    back with the URL it has, may go on with that answer, and with no other. If it lost the
    connection before the first event, it has no Last-Event-ID to send.
    """
    if ticket is None:
        return await known_client(parts, credentials)
    known = parts.tickets.read(ticket)
    if last_event_id is None:
        return Client(known.client, known.id, again=not await _starts(parts, known))
    if event_ids.parse(last_event_id)[0] != known.id:
        sentence = "This ticket is for another answer: get a new one from POST /v1/tickets."
        raise Refused(401, "unauthorized", sentence, {"WWW-Authenticate": "Bearer"})
    return Client(known.client, known.id)


async def _starts(parts: Parts, ticket: Ticket) -> bool:
    """Tell whether the ticket starts an answer now, or has started one that is still there.

    Raises Refused if it can do neither.
    """
    try:
        await parts.tickets.spend(ticket.text)
    except Refused:
        if await parts.answers.exist(ticket.client, ticket.id):
            return False
        raise
    return True
