"""A small app that speaks the service's event contract, and breaks it on request."""

import json
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from labkit.sse import ServerSentEvent, comment, encode

WORDS = ("Start ", "with ", "your ", "feet.")


class SmallService:
    """Answers `POST /v1/chat` as its `fault` says, and keeps what it was asked."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.tokens: list[str] = []
        self.questions: list[str] = []
        self.app = FastAPI()
        self.app.post("/v1/chat")(self.chat)

    async def chat(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization", ""))
        self.questions.append((await request.json())["question"])
        if self.fault == "refuse":
            detail = {"detail": "Too many questions."}
            return JSONResponse(detail, status_code=429, headers={"Retry-After": "0"})
        media_type = "text/html" if self.fault == "page" else "text/event-stream"
        coding = {"content-encoding": "gzip"} if self.fault == "garbage" else None
        return StreamingResponse(self._frames(), media_type=media_type, headers=coding)

    async def _frames(self) -> AsyncIterator[bytes]:
        yield comment("keep-alive")
        for number, (name, data) in enumerate(self._events(), 1):
            if self.fault == "skip" and number == 3:
                continue
            if self.fault == "break" and number == 4:
                raise ConnectionResetError("the small service breaks off, as it was told to")
            event_id = "answer" if self.fault == "nameless" else f"a7.{number}"
            yield encode(ServerSentEvent(json.dumps(data), name, event_id))

    def _events(self) -> list[tuple[str, object]]:
        events: list[tuple[str, object]] = [("started", {"answer": "a7", "model": "small"})]
        events += [("token", {"text": word}) for word in WORDS]
        if self.fault == "error":
            return [*events, ("error", {"code": "idle_timeout", "message": "It is silent."})]
        return events if self.fault == "cut" else [*events, ("done", {"seconds": 0})]
