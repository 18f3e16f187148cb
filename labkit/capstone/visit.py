"""One running app and the model behind it, as the milestones' rules use them."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from labkit.capstone.heard import BrokenRuleError, Event, Heard, listen
from labkit.capstone.limits import LIMITS, Limits
from labkit.capstone.process import AppProcess
from labkit.capstone.upstream import API_KEY, Turn, Upstream
from labkit.serving import Server
from labkit.sse import EventTooLongError

PATIENCE_S = 4.0
"""How long a reader waits for the next SSE event, where nothing has to take long."""
TOOL_PATIENCE_S = 20.0
"""How long it waits where the learner's own tools run."""
IDLE_LIMIT_S = 1.5
"""What the checks of recovery set as the app's own limit."""
_LOG_LIMIT_S = 0.5
"""What the app logs about an error may come after its answer."""

QUESTION = "How do I choose hiking boots?"


class Visit:
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
            kind = type(error).__name__
            raise BrokenRuleError(f"does not answer `GET {path}` ({kind}).") from None
        if answer.status_code != 200:
            why = await self._why()
            raise BrokenRuleError(f"answers `GET {path}` with status {answer.status_code}.{why}")
        return answer

    async def status(self, body: Any) -> int:
        """Return the status that a POST of `body` to /ask gets; it reads no more than that."""
        try:
            async with self._http.stream("POST", "/ask", json=body) as answer:
                return answer.status_code
        except httpx2.HTTPError as error:
            kind = type(error).__name__
            raise BrokenRuleError(f"does not answer `POST /ask` ({kind}).") from None

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

    async def hear_example(self, *turns: Turn, pause_s: float | None = None) -> Heard:
        """Ask the question of /about, which makes the learner's own tools run."""
        question = str((await self.about())["example"])
        return await self.hear(question, *turns, pause_s=pause_s, patience_s=TOOL_PATIENCE_S)

    async def hear(
        self,
        question: str,
        *turns: Turn,
        until: Callable[[Event], bool] = lambda event: False,
        pause_s: float | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Heard:
        """Ask, and read until the end, or `until` an event; a reader that waits too long leaves.

        The model answers as `turns` say. With `pause_s` the reader leaves as soon as the last of
        them has said nothing for so long.
        """
        self.upstream.plan(*turns)
        asked = self._http.stream(
            "POST", "/ask", json={"question": question}, timeout=patience_s + 1
        )
        try:
            async with asked as answer:
                heard = Heard(answer.status_code, answer.headers)
                await self._check_stream(heard)
                await listen(answer, heard, until, lambda: self._enough(heard, pause_s, patience_s))
                return heard
        except httpx2.TimeoutException:
            raise BrokenRuleError(
                f"sends nothing for {patience_s:g} s after `POST /ask`, not even its headers."
            ) from None
        except (httpx2.HTTPError, EventTooLongError) as error:
            kind, why = type(error).__name__, await self._why()
            raise BrokenRuleError(f"breaks off `POST /ask` ({kind}).{why}") from None

    def _enough(self, heard: Heard, pause_s: float | None, patience_s: float) -> bool:
        paused_s = min(self.upstream.silent_s, heard.silent_s)
        return heard.silent_s > patience_s or (pause_s is not None and paused_s > pause_s)

    async def pause(self, pause_s: float, hearing: "asyncio.Task[Heard]") -> None:
        """Wait until the model has said nothing for `pause_s`, or until `hearing` is over."""
        while self.upstream.silent_s <= pause_s:
            if (await asyncio.wait([hearing], timeout=0.02))[0]:
                return

    async def _check_stream(self, heard: Heard) -> None:
        if heard.status != 200:
            why = await self._why()
            raise BrokenRuleError(f"answers `POST /ask` with status {heard.status}.{why}")
        kind = heard.headers.get("content-type", "nothing").partition(";")[0]
        if kind != "text/event-stream":
            raise BrokenRuleError(f"answers `POST /ask` with {kind} instead of text/event-stream.")

    async def _why(self) -> str:
        """Return the last error that the app logged, as a sentence to append; maybe empty."""
        limit = time.monotonic() + _LOG_LIMIT_S
        while time.monotonic() < limit:
            said = list(self._app.said)
            if errors := [line for line in said if re.match(r"[\w.]*(Error|Exception)\b", line)]:
                return f" It logged `{errors[-1][:160].replace('`', '')}`."
            await asyncio.sleep(0.02)
        return ""

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


@asynccontextmanager
async def visit_of(
    path: Path, more: Mapping[str, str], limits: Limits = LIMITS
) -> AsyncIterator[Visit]:
    """Run the app of the file at `path` on a fresh model, `more` in its environment.

    Raises StartError.
    """
    upstream = Upstream()
    with Server(upstream.app) as model:
        model.start()
        settings = environment(f"{model.url}/v1") | dict(more)
        with AppProcess(path, settings, limits=limits) as app:
            # In a thread, as it takes seconds, and the model has to answer meanwhile.
            await asyncio.to_thread(app.start)
            visit = Visit(app.url, upstream, app)
            try:
                yield visit
            finally:
                await visit.close()


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
