"""The items that a response is made of: messages and function calls."""

from dataclasses import dataclass
from typing import Any

from labkit.offline.answers import Answer, Call, new_id
from labkit.offline.responses.store import Item


@dataclass(frozen=True)
class Output:
    """One output item as it is in the end, and the pieces in which a stream sends it."""

    item: Item
    pieces: list[str]

    @property
    def is_call(self) -> bool:
        """Whether it is a function call; else it is a message."""
        return bool(self.item["type"] == "function_call")

    @property
    def text(self) -> str:
        """All its pieces: the text of a message, the arguments of a call."""
        return "".join(self.pieces)

    def opened(self) -> Item:
        """Return the item as it is first shown: in progress, with nothing in it."""
        empty: Item = {"arguments": ""} if self.is_call else {"content": []}
        return {**self.item, "status": "in_progress", **empty}


def outputs(answer: Answer) -> list[Output]:
    """Return the items of `answer`: its text first, then its calls; the last one may be cut."""
    found = [_message(answer.text)] if answer.text or not answer.calls else []
    found += [_function_call(call) for call in answer.calls]
    if answer.finish_reason == "length":
        found[-1].item["status"] = "incomplete"
    return found


def _message(pieces: list[str]) -> Output:
    return Output(message("assistant", [text_part("".join(pieces))]), pieces)


def _function_call(call: Call) -> Output:
    return Output(function_call(call.id, call.name, "".join(call.fragments)), call.fragments)


def message(role: str, content: list[dict[str, Any]], id: str | None = None) -> Item:
    """Return a message with the parts in `content`, under a fresh id unless one is given."""
    head = {"id": id or new_id("msg_", 48), "type": "message", "status": "completed"}
    return {**head, "role": role, "content": content}


def text_part(text: str) -> dict[str, Any]:
    """Return the part of a message that holds what the model says."""
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def function_call(call_id: str, name: str, arguments: str, id: str | None = None) -> Item:
    """Return a function call, under a fresh id unless one is given."""
    head = {"id": id or new_id("fc_", 48), "type": "function_call", "status": "completed"}
    return {**head, "arguments": arguments, "call_id": call_id, "name": name}
