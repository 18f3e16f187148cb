"""Small streams for the exercises, made of openai's own types."""

from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import httpx2
import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

_REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def _chunk(*choices: dict[str, Any], **more: Any) -> ChatCompletionChunk:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "offline"}
    # As the SDK makes them of the wire, unvalidated: a server may leave out what is required.
    return ChatCompletionChunk.construct(**{**head, "choices": list(choices), **more})


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def text_chunk(text: str | None) -> ChatCompletionChunk:
    """Return a chunk whose delta has `text` as its content; None is legal."""
    return _chunk(_choice({"content": text}))


def role_chunk(content: str | None = "") -> ChatCompletionChunk:
    """Return the chunk that usually comes first: the role, and no text yet."""
    return _chunk(_choice({"role": "assistant", "content": content}))


def call_chunk(
    index: int | None, arguments: str = "", *, id: str | None = None, name: str | None = None
) -> ChatCompletionChunk:
    """Return a chunk with a fragment of a tool call; usually the first has `id` and `name`."""
    function = {"name": name, "arguments": arguments}
    part = {"index": index, "id": id, "type": "function" if id else None, "function": function}
    return _chunk(_choice({"tool_calls": [part]}))


def finish_chunk(reason: str = "stop") -> ChatCompletionChunk:
    """Return the chunk that ends the text: an empty delta and a finish reason."""
    return _chunk(_choice({}, reason))


def usage_of(prompt: int = 12, completion: int = 2) -> CompletionUsage:
    """Return a usage of `prompt` and `completion` tokens."""
    total = prompt + completion
    return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=total)


def usage_chunk(usage: CompletionUsage | None = None) -> ChatCompletionChunk:
    """Return the chunk after the text: empty `choices`, and the usage."""
    return _chunk(usage=(usage or usage_of()).model_dump())


def empty_chunk() -> ChatCompletionChunk:
    """Return a chunk with empty `choices` and nothing else, as a moderation result leaves it."""
    return _chunk()


def azure_chunk() -> ChatCompletionChunk:
    """Return Azure's first chunk: no id, empty `choices`, what the prompt filter found."""
    return _chunk(id="", model="", prompt_filter_results=[{"prompt_index": 0}])


def reply(*texts: str | None, finish: str = "stop") -> list[ChatCompletionChunk]:
    """Return a whole reply: the role, a chunk for each text, and the finish reason."""
    return [role_chunk(), *map(text_chunk, texts), finish_chunk(finish)]


def cut(*texts: str) -> list[ChatCompletionChunk]:
    """Return a reply that the server cut silently: no finish reason, no error."""
    return [role_chunk(), *map(text_chunk, texts)]


def error_event() -> openai.APIError:
    """Return what the SDK raises for an error event in the middle of a stream."""
    body = {"message": "The server had an error", "type": "server_error", "code": None}
    return openai.APIError(str(body["message"]), _REQUEST, body=body)


def lost_connection() -> openai.APIConnectionError:
    """Return what the SDK raises when the socket closes in the middle of a stream."""
    return openai.APIConnectionError(request=_REQUEST)


class PreparedStream:
    """Behaves like `openai.Stream` over prepared chunks, then raises `error` if there is one.

    It knows how many chunks were taken and whether it is closed. Like the original it closes itself
    at its end or at an error, and stays open when a loop is left early.
    """

    def __init__(
        self, chunks: Iterable[ChatCompletionChunk], error: Exception | None = None
    ) -> None:
        self._chunks = iter(chunks)
        self._error = error
        self.taken = 0
        self.closed = False

    @property
    def response(self) -> Self:
        """Return what closes the connection, as `stream.response` does."""
        return self

    def __iter__(self) -> Iterator[ChatCompletionChunk]:
        return self

    def __next__(self) -> ChatCompletionChunk:
        if self.closed:
            raise StopIteration
        for chunk in self._chunks:
            self.taken += 1
            return chunk.model_copy(deep=True)  # the learner may change it
        self.closed = True
        # Without its old traceback: the same error is raised in every check.
        raise self._error.with_traceback(None) if self._error else StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the stream; later reads find nothing."""
        self.closed = True


class Closes:
    """Gives an asynchronous stream with `close` the other ways to be closed that the SDK's has."""

    async def close(self) -> None:
        """Close the stream; later reads find nothing."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close the stream, under the name that `contextlib.aclosing` looks for."""
        await self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class PreparedAsyncStream(Closes):
    """Behaves like `openai.AsyncStream`: a PreparedStream that is awaited."""

    def __init__(
        self, chunks: Iterable[ChatCompletionChunk], error: Exception | None = None
    ) -> None:
        self._stream = PreparedStream(chunks, error)

    @property
    def taken(self) -> int:
        """Return how many chunks were taken."""
        return self._stream.taken

    @property
    def closed(self) -> bool:
        """Tell whether the stream is closed."""
        return self._stream.closed

    def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        return self

    async def __anext__(self) -> ChatCompletionChunk:
        for chunk in self._stream:
            return chunk
        raise StopAsyncIteration

    async def close(self) -> None:
        """Close the stream; later reads find nothing."""
        self._stream.close()
