"""One running app and the model behind it, as the milestones' rules use them."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2

from labkit.capstone.process import AppProcess
from labkit.capstone.upstream import API_KEY, Turn, Upstream
from labkit.serving import Server
from labkit.sse import EventTooLongError, adecode

PATIENCE_S = 4.0
"""How long a reader waits for the next SSE event, where nothing has to take long."""
IDLE_LIMIT_S = 1.5
"""What the checks of recovery set as the app's own limit."""

QUESTION = "How do I choose hiking boots?"


class BrokenRuleError(Exception):
    """The app breaks a rule; the message says what it did, beginning with a verb."""


@dataclass(frozen=True)
class Event:
    """One SSE event of the app: its name, its data, and when it came, in seconds."""

    name: str
    data: dict[str, Any]
    at_s: float


@dataclass
class Heard:
    """What a reader got: the status, the headers, the SSE events, and how it ended.

    `ended` tells that the app ended the response, `silent` that the reader gave up waiting.
    """

    status: int
    headers: httpx2.Headers
    events: list[Event] = field(default_factory=list)
    ended: bool = False
    silent: bool = False

    @property
    def names(self) -> list[str]:
        """Return the names of the SSE events in their order."""
        return [event.name for event in self.events]

    @property
    def text(self) -> str:
        """Return the text of all `token` events."""
        return "".join(str(e.data.get("text", "")) for e in self.events if e.name == "token")

    @property
    def in_short(self) -> str:
        """Return the names in their order, equal neighbours once: "token, done"."""
        names = [n for i, n in enumerate(self.names) if i == 0 or self.names[i - 1] != n]
        return ", ".join(f"`{name}`" for name in names) or "nothing"


class Trial:
    """Asks an app at `url` questions over HTTP, with `upstream` as its model."""

    def __init__(self, url: str, upstream: Upstream, app: AppProcess) -> None:
        self.upstream = upstream
        self._app = app
        # A little more, as our own limit says better what was missing.
        self._http = httpx2.AsyncClient(base_url=url, timeout=PATIENCE_S + 1)

    async def get(self, path: str) -> httpx2.Response:
        """Return the answer to a GET. Raises BrokenRuleError if there is none, or no success."""
        try:
            answer = await self._http.get(path)
        except httpx2.HTTPError as error:
            raise BrokenRuleError(f"does not answer `GET {path}` ({_kind(error)}).") from None
        if answer.status_code != 200:
            status = answer.status_code
            raise BrokenRuleError(f"answers `GET {path}` with status {status}.{self._why()}")
        return answer

    async def status(self, body: Any) -> int:
        """Return the status that a POST of `body` to /ask gets; it reads no more than that."""
        try:
            async with self._http.stream("POST", "/ask", json=body) as answer:
                return answer.status_code
        except httpx2.HTTPError as error:
            raise BrokenRuleError(f"does not answer `POST /ask` ({_kind(error)}).") from None

    async def about(self) -> dict[str, Any]:
        """Return what /about tells, of the right shape. Raises BrokenRuleError."""
        try:
            told = (await self.get("/about")).json()
        except json.JSONDecodeError:
            raise BrokenRuleError("answers `GET /about` with something that is no JSON.") from None
        try:
            names = [str(tool["name"]) for tool in told["tools"]]
            texts = [told["name"], told["example"], *(t["description"] for t in told["tools"])]
        except (TypeError, KeyError) as error:
            raise BrokenRuleError(f"tells something without {error} in `GET /about`.") from None
        if len(names) < 2 or not all(isinstance(text, str) and text.strip() for text in texts):
            raise BrokenRuleError(
                "has to tell a name, an example question, and two tools with their descriptions in "
                f"`GET /about`; it tells {json.dumps(told)[:160]}."
            )
        return dict(told)

    async def example(self) -> str:
        """Return the question of /about that makes the agent use a tool."""
        return str((await self.about())["example"])

    async def hear(
        self,
        question: str,
        *turns: Turn,
        until: Callable[[Event], bool] = lambda event: False,
        patience_s: float = PATIENCE_S,
        plan: bool = True,
    ) -> Heard:
        """Ask, and read until the end, or `until` an event; a reader that waits too long leaves.

        The model answers as `turns` say. With `plan=False` it goes on as it was told before.
        """
        if plan:
            self.upstream.plan(*turns)
        try:
            async with self._http.stream("POST", "/ask", json={"question": question}) as answer:
                heard = Heard(answer.status_code, answer.headers)
                self._check_stream(heard)
                await _read(answer, heard, until, patience_s)
                return heard
        except httpx2.TimeoutException:
            raise BrokenRuleError(
                f"sends nothing for {PATIENCE_S:g} s after `POST /ask`, not even its headers."
            ) from None
        except (httpx2.HTTPError, EventTooLongError) as error:
            raise BrokenRuleError(
                f"breaks off `POST /ask` ({_kind(error)}).{self._why()}"
            ) from None

    def _check_stream(self, heard: Heard) -> None:
        if heard.status != 200:
            raise BrokenRuleError(f"answers `POST /ask` with status {heard.status}.{self._why()}")
        kind = heard.headers.get("content-type", "nothing").partition(";")[0]
        if kind != "text/event-stream":
            raise BrokenRuleError(f"answers `POST /ask` with {kind} instead of text/event-stream.")

    def _why(self) -> str:
        """Return the last thing that the app logged, as a sentence to append; maybe empty."""
        errors = [line for line in self._app.said if re.match(r"[\w.]*(Error|Exception)\b", line)]
        return f" It logged `{errors[-1][:160].replace('`', '')}`." if errors else ""

    async def cancelled(self, count: int, limit_s: float = 2.0) -> bool:
        """Tell whether the model's streams that were cancelled become `count`, and none is open."""
        streams, limit = self.upstream.model.streams, time.monotonic() + limit_s
        while time.monotonic() < limit:
            if streams.cancelled >= count and not streams.open:
                return True
            await asyncio.sleep(0.01)
        return False

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Return what no reader may see: the key, and the model's address."""
        return (API_KEY, "127.0.0.1", "localhost", "/v1")


@asynccontextmanager
async def trial_of(path: Path, more: Mapping[str, str]) -> AsyncIterator[Trial]:
    """Run the app of the file at `path` on a fresh model, `more` in its environment.

    Raises StartError.
    """
    upstream = Upstream()
    with Server(upstream.app) as model:
        model.start()
        settings = environment(f"{model.url}/v1") | dict(more)
        # In a thread, as starting takes seconds, and the model has to answer meanwhile.
        app = await asyncio.to_thread(AppProcess, path, settings)
        with app:
            trial = Trial(app.url, upstream, app)
            try:
                yield trial
            finally:
                await trial.close()


def environment(base_url: str) -> dict[str, str]:
    """Return what tells the app where its model is, whatever the learner's own settings are."""
    loopback = "127.0.0.1,localhost"
    return {
        "LABKIT_PROVIDER": "compatible",
        "LABKIT_BASE_URL": base_url,
        "LABKIT_API_KEY": API_KEY,
        "LABKIT_MODEL": "offline-advisor",
        "NO_PROXY": f"{os.environ.get('NO_PROXY', '')},{loopback}".strip(","),
        "no_proxy": f"{os.environ.get('no_proxy', '')},{loopback}".strip(","),
    }


async def _read(
    answer: httpx2.Response, heard: Heard, until: Callable[[Event], bool], patience_s: float
) -> None:
    events = adecode(answer.aiter_bytes())
    while True:
        try:
            async with asyncio.timeout(patience_s):
                each = await anext(events)
        except TimeoutError:
            heard.silent = True
            return
        except StopAsyncIteration:
            heard.ended = True
            return
        event = Event(each.event, _data(each.data), time.perf_counter())
        heard.events.append(event)
        if until(event):
            return


def _data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise BrokenRuleError(f"sends `data: {text[:80]}`, which is no JSON object.")
    return data


def _kind(error: Exception) -> str:
    return type(error).__name__
