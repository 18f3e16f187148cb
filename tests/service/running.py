"""Runs the real service before a real offline model, both over HTTP, and reads its streams."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.offline.app import create_app as offline
from labkit.offline.faults import NONE, parse_fault
from labkit.offline.model import Model
from labkit.service.app import create_app
from labkit.service.settings import Settings
from labkit.serving import Server
from labkit.sse import ServerSentEvent, decode
from tests.settled import Counts, settled

PLAIN = "How do I choose hiking boots?"
WITH_TOOLS = "What are the details on product P004 and how much with 10% discount?"
LOOKS = 5_000
GENEROUS = {"rate_limit": "100000/minute", "streams_per_client": 1000}


class Heard:
    """ASGI middleware before the model: keeps the bodies of what it is asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and keep its body."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = b""

        async def listen() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            if message["type"] == "http.request" and not message.get("more_body"):
                self.bodies.append(json.loads(body))
            return message

        await self._app(scope, listen, send)


@dataclass
class Running:
    """A service that runs, the model behind it and what that was asked, HTTP clients of both."""

    app: FastAPI
    url: str
    model: Model
    heard: Heard
    http: httpx2.Client
    upstream: httpx2.Client

    def ask(self, question: str = PLAIN, **body: Any) -> list[ServerSentEvent]:
        """Ask, and return all events of the answer."""
        headers = body.pop("headers", {})
        given = {"question": question, **body}
        with self.http.stream("POST", "/v1/chat", json=given, headers=headers) as response:
            assert response.status_code == 200, response.read()
            return list(decode(response.iter_bytes()))

    @contextmanager
    def asking(self, question: str = PLAIN, **body: Any) -> Iterator[Iterator[ServerSentEvent]]:
        """Ask, and yield the events as they come; the connection is closed at the end."""
        headers = body.pop("headers", {})
        given = {"question": question, **body}
        with self.http.stream("POST", "/v1/chat", json=given, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield decode(response.iter_bytes())

    def go_on(self, event_id: str, **named: Any) -> httpx2.Response:
        """Come back with an event's id, and return the whole response."""
        headers = {"last-event-id": event_id, **named}
        return self.http.post("/v1/chat", json={"question": PLAIN}, headers=headers)

    def metric(self, name: str) -> float:
        """Return a metric's value; `name` with its labels, as it is exposed. 0 if it is not."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.http.get("/metrics").text, re.M)
        return float(found[1]) if found else 0.0

    def meets(self, fault: str) -> None:
        """Let every request to the model meet `fault` from now on."""
        self.model.fault = parse_fault(fault) if fault else NONE

    def streams(self) -> Counts:
        """Return what the model says of its streams."""
        return dict(self.upstream.get("/labkit/streams").json())

    def settled(self, cancelled: int = 0) -> Counts:
        """Return the model's counts once none of its streams is open."""
        return settled(self.upstream, cancelled)

    def until(self, true: Callable[[], bool]) -> None:
        """Look again and again until `true`; each look at HTTP gives the servers their turn."""
        for _ in range(LOOKS):
            if true():
                return
            self.http.get("/healthz")
        raise AssertionError(f"after {LOOKS} looks it still is not so")


@contextmanager
def running(behind: ASGIApp | None = None, **given: Any) -> Iterator[Running]:
    """Yield a service with these settings, and generous limits where nothing else is said.

    Its model is an offline one, or the app `behind`.
    """
    model = Model(pace=0)
    heard = Heard(behind or offline(model))
    app = create_app(Settings(**{**GENEROUS, **given}))
    with Server(heard).start() as upstream:
        with pytest.MonkeyPatch.context() as patch:  # it is read at the start, and by others later
            for name, value in model_variables(upstream.url).items():
                patch.setenv(name, value)
            server = Server(app).start()
        with server, client(server.url) as http, client(upstream.url) as up:
            yield Running(app, server.url, model, heard, http, up)


def client(url: str) -> httpx2.Client:
    """Return an HTTP client of the server at `url`."""
    return httpx2.Client(base_url=url, timeout=10)


def model_variables(url: str) -> dict[str, str]:
    """Return the environment that points the service at the model server at `url`."""
    return {
        "LABKIT_PROVIDER": "compatible",
        "LABKIT_BASE_URL": f"{url}/v1",
        "LABKIT_API_KEY": "sk-any",
        "LABKIT_MODEL": "offline-advisor",
    }


def data(event: ServerSentEvent) -> dict[str, Any]:
    """Return what the event brings."""
    return dict(json.loads(event.data))


def text_of(events: list[ServerSentEvent]) -> str:
    """Return the text of an answer."""
    return "".join(data(event)["text"] for event in events if event.event == "token")


def ids(events: list[ServerSentEvent]) -> list[tuple[str, int]]:
    """Return answer and number of each event's id."""
    parts = [str(event.id).rpartition(".") for event in events]
    return [(answer, int(number)) for answer, _, number in parts]
