"""The routes of the service."""

from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from labkit.service.answers import Reading
from labkit.service.clients import Client, LastEventId, client_or_ticket, known_client, parts_of
from labkit.service.event_ids import event_id
from labkit.service.event_stream import EventStream
from labkit.service.metrics import CONTENT_TYPE
from labkit.service.parts import Parts
from labkit.service.redis_link import ping
from labkit.service.refusals import Refused
from labkit.service.schemas import STREAM, Asked, Health, Question, TicketIssued, refusals

_NOTHING_LEFT = {204: {"description": "Nothing follows the event of Last-Event-ID."}}

router = APIRouter()
_Parts = Annotated[Parts, Depends(parts_of)]
_Known = Annotated[Client, Depends(known_client)]


@router.post(
    "/v1/chat",
    summary="Ask, and read the answer as SSE events",
    response_class=Response,  # a class with a media type gives it to the refusals, too
    responses=STREAM | _NOTHING_LEFT | refusals(400, 401, 403, 404, 410, 413, 429, 503),
)
async def chat(
    asked: Asked, parts: _Parts, client: _Known, last_event_id: LastEventId = None
) -> Response:
    """Answer a question; with Last-Event-ID, go on with an answer instead."""
    if last_event_id is not None:
        return await _go_on(parts, client, last_event_id)
    return await _begin(parts, client, asked.question, resumable=asked.resume)


@router.get(
    "/stream",
    summary="The same for EventSource and curl",
    response_class=Response,  # a class with a media type gives it to the refusals, too
    responses=STREAM | _NOTHING_LEFT | refusals(401, 403, 404, 410, 429, 503),
)
async def stream(
    question: Annotated[Question, Query()],
    parts: _Parts,
    client: Annotated[Client, Depends(client_or_ticket)],
    resume: Annotated[bool, Query(description="As for POST /v1/chat.")] = True,
    last_event_id: LastEventId = None,
) -> Response:
    """Answer a question in the URL; an EventSource comes back by itself when it is cut."""
    if client.ticket and client.again:
        last_event_id = last_event_id or event_id(client.ticket, 0)
    if last_event_id is not None:
        return await _go_on(parts, client, last_event_id)
    return await _begin(parts, client, question, resumable=resume)


@router.delete(
    "/v1/answers/{answer_id}",
    status_code=204,
    summary="End an answer that nobody comes back to",
    responses=refusals(401, 403, 404),
)
async def end(answer_id: str, parts: _Parts, client: _Known) -> None:
    """End an answer of one's own; the model stops at once."""
    await parts.answers.stop(client.name, answer_id)


@router.post(
    "/v1/tickets",
    summary="Get a ticket for EventSource",
    responses=refusals(401, 403, 429),
)
async def ticket(parts: _Parts, client: _Known) -> TicketIssued:
    """Return a ticket that starts one answer; EventSource can send it in its URL."""
    issued = parts.tickets.issue(client.name)
    return TicketIssued(ticket=issued.text, expires_s=issued.expires_s)


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Tell that the event loop turns."""
    return Health(status="ok")


@router.get("/readyz", summary="Shall it get requests?", responses=refusals(503))
async def readyz(parts: _Parts) -> Health:
    """Tell whether new questions are welcome; they are not while the service drains."""
    _refuse_while_draining(parts)
    if parts.redis:
        await ping(parts.redis)
    return Health(status="ok")


@router.get("/metrics", summary="For Prometheus", response_class=Response)
async def metrics(parts: _Parts) -> Response:
    """Return the metrics in Prometheus' text format."""
    return Response(parts.metrics.exposition(), media_type=CONTENT_TYPE)


async def _begin(parts: Parts, client: Client, question: str, *, resumable: bool) -> Response:
    """Return the response that streams a new answer. Raises Refused."""
    _refuse_while_draining(parts)
    async with AsyncExitStack() as slot:
        await slot.enter_async_context(parts.quotas.open_stream(client.name))
        headers = await parts.quotas.admit(client.name)
        reading = parts.answers.start(
            client.name, question, slot.pop_all(), resumable=resumable, ticket=client.ticket
        )
    return _streamed(parts, reading, headers)


async def _go_on(parts: Parts, client: Client, last_event_id: str) -> Response:
    """Return the response that goes on with an answer; 204 tells an EventSource to stop."""
    reading = await parts.answers.resume(client.name, last_event_id)
    return _streamed(parts, reading, {}) if reading else Response(status_code=204)


def _streamed(parts: Parts, reading: Reading, headers: dict[str, str]) -> EventStream:
    closing = AsyncExitStack()
    closing.enter_context(parts.metrics.streams_open.track_inprogress())
    closing.callback(reading.leave)
    return EventStream(
        reading.frames,
        closing,
        keep_alive_s=parts.settings.keep_alive,
        send_timeout_s=parts.settings.send_timeout,
        headers=headers,
    )


def _refuse_while_draining(parts: Parts) -> None:
    if parts.answers.draining:
        sentence = "The service is restarting: please ask again in a moment."
        raise Refused(503, "draining", sentence, {"Retry-After": "2", "Connection": "close"})
