"""A small app that speaks the service's HTTP, and does what a test has planned."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Body, FastAPI, Header, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints
from starlette.types import Receive, Scope, Send

from labkit.service.page import router
from labkit.sse import ServerSentEvent, encode

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Event = tuple[str, dict[str, Any]]
USAGE = {"prompt_tokens": 312, "completion_tokens": 95, "total_tokens": 407}


def said(*texts: str) -> list[Event]:
    """Return a whole answer: a step that works, one that fails, and these texts."""
    given = {"category": "tents", "max_price": 200}
    return [
        ("started", {"answer": "a.1", "model": "offline"}),
        ("tool_started", {"call": "c1", "name": "search_products", "arguments": given}),
        ("tool_finished", {"call": "c1", "name": "search_products", "seconds": 0.12, "ok": True}),
        ("tool_started", {"call": "c2", "name": "calculate_total", "arguments": {}}),
        ("tool_finished", {"call": "c2", "name": "calculate_total", "seconds": 1, "ok": False}),
        *(("token", {"text": text}) for text in texts),
        ("done", {"finish_reason": "stop", "usage": USAGE, "seconds": 2.5}),
    ]


class StandIn:
    """What the service says, where it breaks off, and what it was asked."""

    def __init__(self) -> None:
        self.events = said("We have ", "two ⛺ tents:\n", "- one\n", "- two")
        self.token = ""  # that it asks for; none if empty
        self.waits_after: int | None = None  # so many events, then silence, until POST /go
        self.breaks_after: int | None = None  # so many events, then the connection is gone
        self.questions: list[str] = []
        self.resumed: list[str] = []  # the Last-Event-IDs that came
        self.go = asyncio.Event()
        self.left = asyncio.Event()  # the reader of a silent answer has gone
        self.deleted: list[str] = []
        self.app = FastAPI(openapi_url=None)
        self.app.include_router(router)
        self.app.post("/v1/chat")(self.chat)
        self.app.post("/go")(self.go_on)
        self.app.get("/stream")(self.stream)
        self.app.post("/v1/tickets")(self.tickets)
        self.app.delete("/v1/answers/{answer}", status_code=204)(self.delete)

    def _check(self, authorization: str) -> None:
        if self.token and authorization != f"Bearer {self.token}":
            raise HTTPException(401, "A token is needed: send it as `Authorization: Bearer TOKEN`.")

    async def chat(
        self,
        question: Annotated[Question, Body(embed=True)],
        authorization: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        self._check(authorization)
        return self._answer(question, 0)

    async def tickets(self, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        self._check(authorization)
        return {"ticket": "a ticket/+&", "expires_s": 60}

    async def stream(
        self,
        question: Question,
        ticket: Annotated[str, Query(pattern="^a ticket/\\+&$")],
        last_event_id: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        if not last_event_id:
            return self._answer(question, 0)
        self.resumed.append(last_event_id)
        self.breaks_after = None
        return self._answer(question, int(last_event_id.rpartition(".")[2]))

    async def delete(self, answer: str, authorization: Annotated[str, Header()] = "") -> None:
        self._check(authorization)
        self.deleted.append(answer)

    def _answer(self, question: str, after: int) -> StreamingResponse:
        self.questions.append(question)
        return _Stream(self._frames(after), breaks=self.breaks_after is not None)

    async def _frames(self, after: int) -> AsyncIterator[bytes]:
        for number, (name, data) in enumerate(self.events, 1):
            if number - 1 == self.waits_after:
                await self._silence()
            if number - 1 == self.breaks_after:
                return
            if number > after:
                retry_ms = 20 if number == 1 else None
                yield encode(ServerSentEvent(json.dumps(data), name, f"a.1.{number}", retry_ms))

    async def _silence(self) -> None:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def go_on(self) -> None:
        self.go.set()


class _Stream(StreamingResponse):
    """A stream of events, which `breaks` without the last, empty chunk of HTTP."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], *, breaks: bool) -> None:
        super().__init__(frames, headers={"cache-control": "no-cache"})
        self._breaks = breaks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def unfinished(message: Any) -> None:
            if not self._breaks or message.get("more_body") is not False:
                await send(message)

        await super().__call__(scope, receive, unfinished)
