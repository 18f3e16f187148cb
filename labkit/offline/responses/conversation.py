"""Turns the items of a conversation into the messages that the advisor reads."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

from labkit.offline.errors import ApiError
from labkit.offline.responses.store import Item
from labkit.offline.words import plain_text

_CALL, _OUTPUT = "function_call", "function_call_output"


def as_messages(items: Sequence[Item], instructions: str | None) -> list[dict[str, Any]]:
    """Return `items` as chat-completions messages, or raise the ApiError for an orphan among them.

    A conversation that goes on from a stored response may hold other items between a call and its
    output, and an output twice: Semantic Kernel repeats the question and all outputs so far. So
    a turn's calls stand where the last of their outputs is.
    """
    items = list(_told_apart(items))
    last = {item["call_id"]: i for i, item in enumerate(items) if item["type"] == _OUTPUT}
    turns = _turns(items)
    _check_pairs(turns, last)
    place = {max(last[call["call_id"]] for call in turn): turn for turn in turns}
    messages = [{"role": "developer", "content": instructions}] if instructions else []
    for i, item in enumerate(items):
        if item["type"] == "message":
            messages.append({"role": item["role"], "content": plain_text(item["content"])})
        elif i in place:
            messages += _answered(place[i], [items[last[call["call_id"]]] for call in place[i]])
    return messages


def _told_apart(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the items; a call id that stands for another call by now, or its output, is changed.

    Some clients count their calls anew in each turn.
    """
    known: dict[tuple[str, str], list[Any]] = {}
    for item in items:
        if item["type"] not in (_CALL, _OUTPUT):
            yield item
            continue
        said = (item["name"], item["arguments"]) if item["type"] == _CALL else item["output"]
        before = known.setdefault((item["type"], item["call_id"]), [])
        if said not in before:
            before.append(said)
        number = before.index(said)
        yield item | {"call_id": f"{item['call_id']}.{number}"} if number else item


def _turns(items: Sequence[Item]) -> list[list[Item]]:
    """Return the calls of each turn, which are those that follow one another, each call once."""
    fresh: list[Item] = []
    seen: set[str] = set()
    for item in items:
        if item.get("call_id") not in seen or item["type"] != _CALL:
            fresh.append(item)
        if item["type"] == _CALL:
            seen.add(item["call_id"])
    grouped = groupby(fresh, key=lambda item: item["type"] == _CALL)
    return [list(group) for is_calls, group in grouped if is_calls]


def _check_pairs(turns: list[list[Item]], answered: Collection[str]) -> None:
    """Refuse a call without its output, and an output without its call."""
    asked = [call["call_id"] for turn in turns for call in turn]
    for call_id in asked:
        if call_id not in answered:
            raise ApiError(f"No tool output found for function call {call_id}.", param="input")
    for call_id in answered:
        if call_id not in asked:
            text = f"No tool call found for function call output with call_id {call_id}."
            raise ApiError(text, param="input")


def _answered(calls: list[Item], outputs: list[Item]) -> list[dict[str, Any]]:
    """Return the message that makes `calls`, and those that answer them."""
    asks = {"role": "assistant", "content": None, "tool_calls": [_call(call) for call in calls]}
    return [asks, *(_answer(output) for output in outputs)]


def _call(item: Item) -> dict[str, Any]:
    function = {"name": item["name"], "arguments": item["arguments"]}
    return {"id": item["call_id"], "type": "function", "function": function}


def _answer(item: Item) -> dict[str, Any]:
    text = plain_text(item["output"])
    return {"role": "tool", "tool_call_id": item["call_id"], "content": text}
