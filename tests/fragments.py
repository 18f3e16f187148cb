"""Streams of tool calls in every way that a server may cut, mix and repeat them (hypothesis)."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

Part = dict[str, Any]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Call:
    """A tool call as the model meant it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Cut:
    """What a server made of calls: `calls` in the order in which they begin, and its `parts`."""

    calls: list[Call]
    parts: list[Part]

    def chunks(self) -> list[ChatCompletionChunk]:
        """Return a chunk for each part, out of bytes as the SDK makes them."""
        deltas = [{"tool_calls": [part]} for part in self.parts]
        wire = [json.dumps({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
        return [ChatCompletionChunk.construct(**json.loads(line)) for line in wire]


@st.composite
def cut_by_index(draw: st.DrawFn) -> Cut:
    """Draw calls whose fragments are mixed in any way; each says its index."""
    calls = draw(_calls())
    indexes = draw(st.permutations(range(len(calls))))
    queues = [draw(_parts(call, index)) for call, index in zip(calls, indexes, strict=True)]
    turns = draw(st.permutations([i for i, parts in enumerate(queues) for _ in parts]))
    begun = [calls[i] for i in dict.fromkeys(turns)]
    return Cut(begun, [queues[i].pop(0) for i in turns])


@st.composite
def cut_without_index(draw: st.DrawFn) -> Cut:
    """Draw calls one after the other, told apart by their ids alone: no index, or always 0."""
    calls, index = draw(_calls()), draw(st.sampled_from([None, 0]))
    return Cut(calls, [part for call in calls for part in draw(_parts(call, index))])


def _calls() -> st.SearchStrategy[list[Call]]:
    arguments = st.builds(
        lambda values, ascii: json.dumps(values, ensure_ascii=ascii),
        st.dictionaries(st.text(), JSON, max_size=4),
        st.booleans(),
    )
    some = st.text(min_size=1)
    one = st.builds(Call, some, some, arguments)
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda call: call.id)


@st.composite
def _parts(draw: st.DrawFn, call: Call, index: int | None) -> list[Part]:
    """Draw the fragments of one call; later ones repeat id and name, leave them blank, or out."""
    head, *later = draw(_pieces(call.arguments))
    first = _part(index, head, name=call.name) | {"id": call.id, "type": "function"}
    parts = [first]
    for piece in later:
        id, name = draw(st.sampled_from([call.id, "", None])), draw(_later_name(call.name))
        parts.append(_part(index, piece, **name) | ({} if id is None else {"id": id}))
    return parts


def _later_name(name: str) -> st.SearchStrategy[dict[str, str | None]]:
    return st.sampled_from([{}, {"name": name}, {"name": ""}, {"name": None}])


def _part(index: int | None, arguments: str, **name: str | None) -> Part:
    part: Part = {"function": {"arguments": arguments, **name}}
    return part if index is None else part | {"index": index}


@st.composite
def _pieces(draw: st.DrawFn, text: str) -> list[str]:
    """Draw the text cut at any places, also between the two halves of an emoji (UTF-16)."""
    units = text.encode("utf-16-le")
    cuts = sorted(draw(st.lists(st.integers(0, len(units) // 2), max_size=6)))
    ends = zip([0, *cuts], [*cuts, len(units) // 2], strict=True)
    halves = [units[2 * start : 2 * end] for start, end in ends]
    empty_head = draw(st.sampled_from([[""], []]))
    return [*empty_head, *(half.decode("utf-16-le", "surrogatepass") for half in halves)]
