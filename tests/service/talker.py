"""A model that never stops talking, and tells how much it could say, for readers that are slow."""

import asyncio
import json
from dataclasses import dataclass

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "talker",
    "choices": [{"index": 0, "delta": {"content": "tents " * 1000}, "finish_reason": None}],
}
_EVENT = f"data: {json.dumps(CHUNK)}\n\n".encode()


@dataclass
class Talker:
    """An ASGI app that answers as the chat-completions API does, without end.

    `said` counts the chunks that its socket has taken, `ended` the streams whose client has left.
    """

    said: int = 0
    ended: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk until the client leaves; tell the counts to whoever asks for anything else."""
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            await JSONResponse({"said": self.said, "ended": self.ended})(scope, receive, send)
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _talk(self, receive, send)


async def _talk(talker: Talker, receive: Receive, send: Send) -> None:
    async def talk() -> None:
        while True:
            await send({"type": "http.response.body", "body": _EVENT, "more_body": True})
            talker.said += 1
            await asyncio.sleep(0)

    talking = asyncio.ensure_future(talk())
    while (await receive())["type"] != "http.disconnect":
        pass
    talking.cancel()
    talker.ended += 1
