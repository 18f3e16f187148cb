"""The model behind an app that is being checked: the offline model, its turns as they are planned.

It keeps what it was asked and what it said, and counts its streams.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.app import create_app
from labkit.offline.faults import HEADER
from labkit.offline.model import Model
from labkit.sse import Decoder

API_KEY = "sk-kept-from-every-reader"
SECRETS = (API_KEY, "127.0.0.1", "localhost", "/v1")
"""What no reader may see: the key, and the model's address."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One turn of the model: its fault; whether it may call tools; the calls that it has to make.

    `calls` are pairs of a tool's name and its arguments, as text.
    """

    fault: str = ""
    tools: bool = True
    calls: tuple[tuple[str, str], ...] = ()


PLAIN = Turn()
TEXT = Turn(tools=False)


class Upstream:
    """An ASGI app around an offline model. `plan` says what comes next and forgets what was.

    `text` is all that it said since then, and `last_text` what it said when it was last asked.
    """

    def __init__(self) -> None:
        self.model = Model(pace=0)
        self._app = create_app(self.model)
        self.plan()

    def plan(self, *turns: Turn) -> None:
        """Answer turn by turn as `turns` say, the last one again and again."""
        self._turns: Sequence[Turn] = turns or (PLAIN,)
        self.asked: list[Body] = []
        self.text = self.last_text = ""
        self._sign_s = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Return how long the last planned turn has said nothing; 0 before it is asked for."""
        return time.monotonic() - self._sign_s if len(self.asked) >= len(self._turns) else 0.0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] != "http" or not scope["path"].endswith("/chat/completions"):
            await self._app(scope, receive, send)
            return
        if (content := await _whole(receive)) is None:
            return
        body = json.loads(content)
        turn = self._turns[min(_turns_before(body), len(self._turns) - 1)]
        self.asked.append(body)
        self.last_text = ""
        self._sign_s = time.monotonic()
        if turn.calls:
            await _send_calls(turn.calls, send)
            return
        if not turn.tools:
            body = {name: value for name, value in body.items() if not name.startswith("tool")}
        await self._app(_with_fault(scope, turn.fault), _first(body, receive), self._heard(send))

    def _heard(self, send: Any) -> Any:
        """Return a `send` that keeps the text that goes through."""
        decoder = Decoder()

        async def pass_on(message: Any) -> None:
            for event in decoder.feed(message.get("body", b"")):
                self.text += (text := _text(event.data))
                self.last_text += text
            self._sign_s = time.monotonic()
            await send(message)

        return pass_on


def _turns_before(body: Body) -> int:
    """Return how many turns the model had since the question; a second try is no other turn."""
    return [message.get("role") for message in body.get("messages", [])].count("assistant")


async def _whole(receive: Any) -> bytes | None:
    """Return the body; None if the client leaves before all of it has come."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _first(body: Body, receive: Any) -> Any:
    """Return a `receive` that gives `body`, and then what really comes."""
    waiting = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

    async def take() -> Any:
        return waiting.pop() if waiting else await receive()

    return take


def _with_fault(scope: Any, fault: str) -> Any:
    dropped = (HEADER.encode(), b"content-length")
    headers = [pair for pair in scope["headers"] if pair[0] not in dropped]
    return {**scope, "headers": [*headers, (HEADER.encode(), fault.encode())]}


def _text(data: str) -> str:
    if data == "[DONE]":
        return ""
    choices = json.loads(data).get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""


async def _send_calls(calls: Sequence[tuple[str, str]], send: Any) -> None:
    fragments = [
        {"index": i, "id": f"call_{i}", "type": "function", "function": {"name": n, "arguments": a}}
        for i, (n, a) in enumerate(calls)
    ]
    chunks = [_chunk({"role": "assistant", "tool_calls": fragments}), _chunk({}, "tool_calls")]
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    kind = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": lines.encode(), "more_body": False})


def _chunk(delta: Body, finish_reason: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = {"id": "planned", "object": "chat.completion.chunk", "created": 1, "model": "planned"}
    return {**head, "choices": [choice]}
