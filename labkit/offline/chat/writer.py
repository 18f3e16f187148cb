"""The chat-completions dialect: what the advisor decided, as a completion or as chunks.

The shapes are openai's own types, so they cannot drift from the SDK; the order of the chunks is
that of recorded streams.
"""

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from labkit.offline.answers import Answer, Call, new_id, usage
from labkit.offline.errors import ApiError
from labkit.offline.model import snapshot
from labkit.offline.obfuscation import Obfuscation
from labkit.offline.requests import ChatRequest
from labkit.offline.shapes import MARK, Template, as_json, checked_json
from labkit.offline.steps import Event

DONE = b"data: [DONE]\n\n"


def error(before: int) -> bytes:
    """Return the event that comes instead of the rest when the server fails within a stream."""
    return f"data: {as_json(ApiError.from_status(500).body())}\n\n".encode()


def completion(request: ChatRequest, answers: list[Answer]) -> bytes:
    """Return the whole completion as one JSON body."""
    writer = ChunkWriter(request)
    choices = [
        {
            "index": i,
            "message": _message(answer),
            "logprobs": writer.logprobs(answer.text),
            "finish_reason": answer.finish_reason,
        }
        for i, answer in enumerate(answers)
    ]
    whole = {**writer.head, "object": "chat.completion", "choices": choices}
    whole["usage"] = usage(request, answers).model_dump(exclude_unset=True)
    return checked_json(ChatCompletion, whole).encode()


def _message(answer: Answer) -> dict[str, Any]:
    text = "".join(answer.text)
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    message["annotations"] = []
    if answer.calls:
        message["content"] = text or None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": "".join(call.fragments)},
            }
            for call in answer.calls
        ]
    return message


def stream(request: ChatRequest, answers: list[Answer], dialect: str | None) -> Iterator[Event]:
    """Yield the events of a stream in the order of recorded ones, `[DONE]` last.

    `dialect` is None for the API's own, or `azure` or `loose` (see `faults.Fault.dialect`).
    """
    writer = ChunkWriter(request, loose=dialect == "loose")
    if dialect == "azure":
        yield writer.prompt_filter()
    choices = [writer.choice(i, answer) for i, answer in enumerate(answers)]
    for turn in zip_longest(*choices):
        for event in turn:
            if event is not None:
                yield event
    if request.include_usage:
        yield writer.usage(usage(request, answers))
    yield Event(DONE)


@dataclass
class ChunkWriter:
    """Writes the chunks of one stream: they share an id, a time, a model and a fingerprint."""

    request: ChatRequest
    loose: bool = False
    head: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        model = snapshot(self.request.model)
        # Reasoning models send no fingerprint and no `logprobs` key.
        self._plain = model.startswith(("gpt-5", "o1", "o3", "o4"))
        self.head = {
            "id": new_id("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "service_tier": "default",
            "system_fingerprint": None if self._plain else "fp_5a1e0ff11e",
        }
        self._random = random.Random(self.request.seed)  # noqa: S311 - made up, not a secret
        self._end = Obfuscation(self.request).end
        self._templates: dict[tuple[str, int], Template] = {}

    def choice(self, index: int, answer: Answer) -> Iterator[Event]:
        """Yield the events of one choice: role first, text, tool calls, finish."""
        calls = answer.calls
        opening: dict[str, Any] = {"role": "assistant", "content": "", "refusal": None}
        # A single call opens with its head in the same delta; several open with the role alone.
        alone = len(calls) == 1 and not answer.text
        if alone:
            head = [self._call_head(0, calls[0])]
            opening = {"role": "assistant", "content": None, "tool_calls": head, "refusal": None}
        elif calls and not answer.text:
            opening = {"role": "assistant", "content": None}
        yield Event(self._event(index, opening))
        for piece in answer.text:
            yield Event(self._text(index, piece), paced=True)
        for i, call in enumerate(calls):
            yield from self._call(index, i, call, skip_head=alone)
        reason = (
            "stop" if self.loose and answer.finish_reason == "tool_calls" else answer.finish_reason
        )
        yield Event(self._event(index, {}, reason))

    def _call(self, index: int, i: int, call: Call, *, skip_head: bool) -> Iterator[Event]:
        if not skip_head:
            head = {"tool_calls": [self._call_head(i, call)]}
            yield Event(self._event(index, head), paced=True)
        for fragment in call.fragments:
            yield Event(self._fragment(index, i, fragment, call.name), paced=True)

    def _call_head(self, i: int, call: Call) -> dict[str, Any]:
        function = {"name": call.name, "arguments": ""}
        return {"index": i, "id": call.id, "type": "function", "function": function}

    def _fragment(self, index: int, i: int, text: str, name: str) -> bytes:
        if self.loose:
            named = {"index": i, "function": {"name": name, "arguments": text}}
            return self._event(index, {"tool_calls": [named]})
        part = {"index": i, "function": {"arguments": MARK}}
        return self._splice((f"call {i}", index), {"tool_calls": [part]}, text)

    def _text(self, index: int, text: str) -> bytes:
        if self.request.logprobs:
            return self._event(index, {"content": text}, logprobs=self.logprobs([text]))
        return self._splice(("text", index), {"content": MARK}, text)

    def _splice(self, key: tuple[str, int], delta: dict[str, Any], text: str) -> bytes:
        """Return the event for `delta` with `text` in the place of its mark."""
        if key not in self._templates:
            chunk = self._chunk([self._choice(key[1], delta)])
            self._templates[key] = Template(f"data: {chunk[:-1]}")
        return f"{self._templates[key].fill(text)}{self._end(len(text))}\n\n".encode()

    def _event(self, index: int, delta: dict[str, Any], *finish: str, **more: Any) -> bytes:
        chunk = self._chunk([self._choice(index, delta, *finish, **more)])
        size = len(delta.get("content") or "")
        return f"data: {chunk[:-1]}{self._end(size)}\n\n".encode()

    def _choice(
        self, index: int, delta: dict[str, Any], finish: str | None = None, logprobs: Any = None
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        if self._plain:
            del choice["logprobs"]
        return choice

    def _chunk(self, choices: list[dict[str, Any]], usage: CompletionUsage | None = None) -> str:
        chunk = {**self.head, "choices": choices}
        if self.request.include_usage:
            chunk["usage"] = usage and usage.model_dump(exclude_unset=True)
        line = checked_json(ChatCompletionChunk, chunk)
        return _without_indexes(chunk) if self.loose else line

    def usage(self, counts: CompletionUsage) -> Event:
        """Return the usage chunk: counts, and no choices."""
        return Event(f"data: {self._chunk([], counts)[:-1]}{self._end(0)}\n\n".encode())

    def prompt_filter(self) -> Event:
        """Return Azure's first chunk: no id, no model, no choices."""
        ok = {"filtered": False, "severity": "safe"}
        results = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), ok)
        filters = [{"prompt_index": 0, "content_filter_results": results}]
        empty = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
        chunk = as_json({**empty, "prompt_filter_results": filters})
        return Event(f"data: {chunk}\n\n".encode())

    def logprobs(self, texts: list[str]) -> dict[str, Any] | None:
        """Return plausible log probabilities for each piece of text, or None if not asked for."""
        if not self.request.logprobs:
            return None
        return {"content": [self._logprob(text) for text in texts], "refusal": None}

    def _logprob(self, text: str) -> dict[str, Any]:
        best = math.log(self._random.uniform(0.55, 0.999))
        rest = (1 - math.exp(best)) / 2
        guesses = [(text, best)] + [
            (f"{text}{'’' * i}", math.log(rest / i)) for i in range(1, self.request.top_logprobs)
        ]
        top = [_token(*guess) for guess in guesses[: self.request.top_logprobs]]
        return {**_token(text, best), "top_logprobs": top}


def _without_indexes(chunk: dict[str, Any]) -> str:
    """Return `chunk` as JSON with no index in its tool calls; the SDK's type would refuse that."""
    for choice in chunk["choices"]:
        for part in choice["delta"].get("tool_calls") or []:
            del part["index"]
    return as_json(chunk)


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": round(logprob, 6), "bytes": list(text.encode())}
