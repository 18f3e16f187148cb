"""A model server that answers each request with the next prepared stream, and keeps what it got."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Body = dict[str, Any]


class Replay:
    """Answers with `streams` in turn, the last one again and again; `asked` has the requests."""

    def __init__(self, *streams: str) -> None:
        self.prepare(*streams)
        route = Route("/v1/chat/completions", self._answer, methods=["POST"])
        self.app = Starlette(routes=[route])

    def prepare(self, *streams: str) -> None:
        """Begin anew, with these streams."""
        self.asked: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self._streams = streams

    async def _answer(self, request: Request) -> Response:
        stream = self._streams[min(len(self.asked), len(self._streams) - 1)]
        self.asked.append(await request.json())
        self.headers.append(dict(request.headers))
        return Response(stream, media_type="text/event-stream")


def spoken(*texts: str, tokens: int | None = None) -> str:
    """Return a stream that says `texts` and ends with `stop`; `tokens` asks for a usage chunk."""
    chunks = [*(_chunk({"content": text}) for text in texts), _chunk({}, "stop")]
    if tokens:
        counts = {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": 2 * tokens}
        chunks.append({**_chunk({}), "choices": [], "usage": counts})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def calling(*calls: tuple[str, str]) -> str:
    """Return a stream that makes `calls` of (name, arguments), each whole in one chunk."""
    fragments = [
        {"index": i, "id": f"c{i}", "function": {"name": name, "arguments": arguments}}
        for i, (name, arguments) in enumerate(calls)
    ]
    chunks = [_chunk({"tool_calls": fragments}), _chunk({}, "tool_calls")]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def _chunk(delta: Body, finish_reason: str | None = None) -> Body:
    head = {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": "replay"}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**head, "choices": [choice]}
