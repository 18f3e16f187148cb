"""The events of a streamed response, in the order of recorded streams.

Each event is checked by openai's own type for it. A stream sends the same delta hundreds of times,
so it is serialised once, and its number and its text are spliced in.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, get_args

from openai import BaseModel
from openai.types import responses as types

from labkit.offline.errors import ApiError
from labkit.offline.obfuscation import Obfuscation
from labkit.offline.requests import ChatRequest
from labkit.offline.responses.draft import Draft
from labkit.offline.responses.outputs import Output, text_part
from labkit.offline.shapes import MARK, Template, as_json, checked_json
from labkit.offline.steps import Event


def error(before: int) -> bytes:
    """Return the event that comes instead of the rest when the server fails within a stream.

    It is nested as in production; the API's reference shows it flat.
    """
    body = {"type": "error", **ApiError.from_status(500).body(), "sequence_number": before}
    return f"event: error\ndata: {as_json(body)}\n\n".encode()


def stream(draft: Draft, keep: Callable[[], None]) -> Iterator[Event]:
    """Yield the events of a stream; `keep` is called before the last one.

    A client that has seen the end can then go on from this response at once.
    """
    writer = EventWriter(draft.request.chat)
    yield writer.event(types.ResponseCreatedEvent, response=draft.begun())
    yield writer.event(types.ResponseInProgressEvent, response=draft.begun())
    for index, output in enumerate(draft.outputs):
        yield from writer.output(index, output)
    keep()
    end = types.ResponseIncompleteEvent if draft.is_cut else types.ResponseCompletedEvent
    yield writer.event(end, response=draft.ended)


class EventWriter:
    """Writes the events of one stream: they are numbered from 0."""

    def __init__(self, request: ChatRequest) -> None:
        self._numbers = itertools.count()
        self._end = Obfuscation(request).end

    def event(self, kind: type[BaseModel], **fields: Any) -> Event:
        """Return one event of this kind."""
        line = checked_json(kind, _numbered(kind, next(self._numbers), fields))
        return Event(f"event: {_name(kind)}\ndata: {line}\n\n".encode())

    def output(self, index: int, output: Output) -> Iterator[Event]:
        """Yield the events of one output item."""
        opened, done = types.ResponseOutputItemAddedEvent, types.ResponseOutputItemDoneEvent
        yield self.event(opened, output_index=index, item=output.opened())
        where = {"item_id": output.item["id"], "output_index": index}
        if output.is_call:
            yield from self._arguments(output, where)
        else:
            yield from self._text(output, {**where, "content_index": 0})
        yield self.event(done, output_index=index, item=output.item)

    def _text(self, output: Output, where: dict[str, Any]) -> Iterator[Event]:
        added, done = types.ResponseContentPartAddedEvent, types.ResponseContentPartDoneEvent
        delta = {**where, "delta": MARK, "logprobs": []}
        yield self.event(added, **where, part=text_part(""))
        yield from self._deltas(types.ResponseTextDeltaEvent, delta, output.pieces)
        yield self.event(types.ResponseTextDoneEvent, **where, text=output.text, logprobs=[])
        yield self.event(done, **where, part=text_part(output.text))

    def _arguments(self, output: Output, where: dict[str, Any]) -> Iterator[Event]:
        delta = {**where, "delta": MARK}
        kind = types.ResponseFunctionCallArgumentsDeltaEvent
        yield from self._deltas(kind, delta, output.pieces)
        done = types.ResponseFunctionCallArgumentsDoneEvent
        yield self.event(done, **where, arguments=output.text)

    def _deltas(
        self, kind: type[BaseModel], fields: dict[str, Any], texts: list[str]
    ) -> Iterator[Event]:
        """Yield an event for each of `texts`, which stands in the place of the mark."""
        line = checked_json(kind, _numbered(kind, 0, fields))
        head, rest = line[:-1].split('_number":0')
        head, template = f'event: {_name(kind)}\ndata: {head}_number":', Template(rest)
        for text in texts:
            line = f"{head}{next(self._numbers)}{template.fill(text)}{self._end(len(text))}\n\n"
            yield Event(line.encode(), paced=True)


def _numbered(kind: type[BaseModel], number: int, fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": _name(kind), "sequence_number": number, **fields}


def _name(kind: type[BaseModel]) -> str:
    """Return the name of an event, which its type has as the only value of `type`."""
    return str(get_args(kind.model_fields["type"].annotation)[0])
