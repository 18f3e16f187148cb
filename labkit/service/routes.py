"""The routes of the service."""

from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from starlette.responses import JSONResponse

from labkit.service.answers import Reading
from labkit.service.clients import Client, LastEventId, client_or_ticket, known_client, parts_of
from labkit.service.event_ids import event_id
from labkit.service.event_stream import EventStream
from labkit.service.metrics import CONTENT_TYPE
from labkit.service.parts import Parts
from labkit.service.redis_link import ping
from labkit.service.refusals import Refused, draining
from labkit.service.schemas import (
    COUNTED,
    STREAM,
    Asked,
    Health,
    Question,
    TicketIssued,
    refusals,
)

_NOTHING_LEFT = {204: {"description": "Nothing follows the event of Last-Event-ID."}}

router = APIRouter(responses=refusals(403, 413))  # of what stands before all routes
_Parts = Annotated[Parts, Depends(parts_of)]
_Known = Annotated[Client, Depends(known_client)]


@router.post(
    "/v1/chat",
    summary="Ask, and read the answer as SSE events",
    response_class=Response,  # a class with a media type gives it to the refusals, too
    responses=STREAM | _NOTHING_LEFT | refusals(400, 401, 404, 410, 429, 503),
)
async def chat(
    asked: Asked, parts: _Parts, client: _Known, last_event_id: LastEventId = None
) -> Response:
    """Answer a question; with Last-Event-ID, go on with an answer instead."""
    if last_event_id:
        return await _go_on(parts, client, last_event_id)
    return await _begin(parts, client, asked.question, resumable=asked.resume)


@router.get(
    "/stream",
    summary="The same for EventSource and curl",
    response_class=Response,  # a class with a media type gives it to the refusals, too
    responses=STREAM | _NOTHING_LEFT | refusals(401, 404, 410, 429, 503),
)
async def stream(
    question: Annotated[Question, Query()],
    parts: _Parts,
    client: Annotated[Client, Depends(client_or_ticket)],
    resume: Annotated[bool, Query(description="As for POST /v1/chat.")] = True,
    last_event_id: LastEventId = None,
) -> Response:
    """Answer a question in the URL; an EventSource comes back by itself when it is cut."""
    if after := last_event_id or await _before_the_first(parts, client):
        return await _go_on(parts, client, after)
    return await _begin(parts, client, question, resumable=resume)


@router.delete(
    "/v1/answers/{answer_id}",
    status_code=204,
    summary="End an answer that nobody comes back to",
    responses=refusals(401, 404, 503),
)
async def end(
    answer_id: Annotated[str, Path(max_length=64)], parts: _Parts, client: _Known
) -> None:
    """End an answer of one's own; the model stops at once."""
    await parts.answers.stop(client.name, answer_id)


@router.post(
    "/v1/tickets",
    summary="Get a ticket for EventSource",
    responses=COUNTED | refusals(401, 429, 503),
)
async def ticket(response: Response, parts: _Parts, client: _Known) -> TicketIssued:
    """Return a ticket that starts one answer; EventSource can send it in its URL.

    Tickets have the rate of questions, but a count of their own: asking with one costs a question.
    """
    response.headers.update(await parts.quotas.admit(f"{client.name}:tickets"))
    issued = parts.tickets.issue(client.name)
    return TicketIssued(ticket=issued.text, expires_s=issued.expires_s)


@router.head("/healthz", include_in_schema=False)  # some load balancers ask so
@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Tell that the event loop turns."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False, response_model=None)
@router.get(
    "/readyz",
    summary="Shall it get requests?",
    response_model=Health,
    responses=refusals(503),
)
async def readyz(parts: _Parts) -> Health | JSONResponse:
    """Tell whether new questions are welcome; they are not while the service drains."""
    try:
        _refuse_while_draining(parts)
        if parts.redis:
            await ping(parts.redis)
    except Refused as refused:  # answered here: the metrics count questions, not probes
        return refused.response()
    return Health(status="ok")


@router.get("/metrics", summary="For Prometheus", response_class=Response)
async def metrics(parts: _Parts) -> Response:
    """Return the metrics in Prometheus' text format."""
    return Response(parts.metrics.exposition(), media_type=CONTENT_TYPE)


async def _before_the_first(parts: Parts, client: Client) -> str | None:
    """Return the place before all events, if the ticket has started its answer just now."""
    if client.ticket and await parts.tickets.comes_again(client.ticket):
        return event_id(client.ticket.id, 0)
    return None


async def _begin(parts: Parts, client: Client, question: str, *, resumable: bool) -> Response:
    """Return the response that streams a new answer. Raises Refused."""
    _refuse_while_draining(parts)
    async with AsyncExitStack() as slot:  # the answer takes it over
        await slot.enter_async_context(parts.quotas.open_stream(client.name))
        headers = await parts.quotas.admit(client.name)
        if client.ticket:  # last, so that it is still good if any of these refuses
            await parts.tickets.spend(client.ticket)
        ticket = client.ticket and client.ticket.id
        reading = parts.answers.start(
            client.name, question, slot, resumable=resumable, ticket=ticket
        )
    closing = AsyncExitStack()
    closing.callback(reading.leave)
    return _streamed(parts, reading, closing, headers)


async def _go_on(parts: Parts, client: Client, last_event_id: str) -> Response:
    """Return the response that goes on with an answer; 204 tells an EventSource to stop."""
    reading = await parts.answers.resume(client.name, last_event_id)
    if reading is None:
        return Response(status_code=204)
    async with AsyncExitStack() as closing:
        closing.callback(reading.leave)
        if reading.elsewhere:  # one that is made here has its slot
            await closing.enter_async_context(parts.quotas.open_stream(client.name))
        return _streamed(parts, reading, closing.pop_all(), {})


def _streamed(
    parts: Parts, reading: Reading, closing: AsyncExitStack, headers: dict[str, str]
) -> EventStream:
    closing.enter_context(parts.metrics.streams_open.track_inprogress())
    return EventStream(
        reading.frames,
        closing,
        keep_alive_s=parts.settings.keep_alive,
        send_timeout_s=parts.settings.send_timeout,
        headers=headers,
    )


def _refuse_while_draining(parts: Parts) -> None:
    if parts.answers.draining:
        raise draining()
