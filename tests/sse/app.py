"""A server of hard event streams, and the page that reads them."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from labkit.sse import ServerSentEvent, encode
from tests.sse.hard import CUT_OFF, HERE, WIRE, pieces


def again_events(id: str) -> list[ServerSentEvent]:
    """Return the events of /again, each for a connection of its own."""
    first = ServerSentEvent("first", id=id, retry_ms=0)
    return [first, ServerSentEvent("second"), ServerSentEvent("third", id="")]


def create_app() -> Starlette:
    """Return a new app; its `state.last_event_ids` are those that the readers of /again sent."""
    routes = [
        Route("/", empty_page),
        Route("/collect.mjs", script),
        Route("/hard/{size:int}", hard),
        Route("/again", again),
    ]
    app = Starlette(routes=routes)
    app.state.last_event_ids = []
    return app


async def empty_page(request: Request) -> Response:
    return HTMLResponse("<!doctype html><title>A reader</title>")


async def script(request: Request) -> Response:
    return FileResponse(HERE / "collect.mjs", media_type="text/javascript")


async def hard(request: Request) -> Response:
    """Stream the whole wire, cut every `size` bytes, and an event that does not end."""
    return stream(pieces(request.path_params["size"], WIRE + CUT_OFF))


async def again(request: Request) -> Response:
    """Stream the next of the events at each connection, then say that there is no more."""
    last_event_ids = request.app.state.last_event_ids
    last_event_ids.append(last_event_id(request))
    events = again_events(request.query_params["id"])
    if len(last_event_ids) > len(events):
        return Response(status_code=204)
    return stream([encode(events[len(last_event_ids) - 1])])


def last_event_id(request: Request) -> str | None:
    """Return the header as text: it is sent in UTF-8, and ASGI servers read Latin-1."""
    value = request.headers.get("last-event-id")
    return None if value is None else value.encode("latin-1").decode()


def stream(chunks: list[bytes]) -> Response:
    async def sent() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return StreamingResponse(sent(), media_type="text/event-stream")
