"""A tool call as it grows from fragments."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from labkit import strict_json
from labkit.deltas import ToolCallFragment, join

_LONGEST_SHOWN = 250


class ArgumentsError(ValueError):
    """The arguments of a tool call are not a JSON object; the message is meant for the model."""


@dataclass
class ToolCall:
    """One tool call of a reply: what has come of it so far.

    `position` counts the calls of the reply from 0; `given_id` is the server's id, or "".
    """

    position: int
    given_id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list, repr=False)
    _own_id: str = field(default_factory=lambda: f"call_{uuid4().hex[:24]}", repr=False)

    @property
    def id(self) -> str:
        """The server's id, or one of ours where it gave none: the tool result needs some id."""
        return self.given_id or self._own_id

    @property
    def arguments(self) -> str:
        """The arguments as they came: JSON once the call is whole."""
        return join(self.pieces)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are a JSON object already, so that nothing can follow."""
        if not self.pieces or not self.pieces[-1].rstrip().endswith("}"):
            return False
        try:
            self.parsed()
        except ArgumentsError:
            return False
        return True

    def parsed(self) -> dict[str, Any]:
        """Return the arguments as a dictionary; none at all are an empty one.

        Raises ArgumentsError for what is no JSON (RFC 8259) or no object, with the raw text in it.
        """
        raw = self.arguments
        try:
            values = strict_json.loads(raw or "{}")
        except (ValueError, RecursionError) as error:  # also a number too long, or nested too deep
            text = f"The arguments are not valid JSON ({error}): {_shortened(raw)}"
            raise ArgumentsError(text) from None
        if not isinstance(values, dict):
            text = f"The arguments must be a JSON object, but they are: {_shortened(raw)}"
            raise ArgumentsError(text)
        return values

    def as_message(self) -> dict[str, Any]:
        """Return the call as it stands in an assistant message."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


class ToolCalls:
    """The tool calls of one reply, in the order in which they began."""

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []
        self._at_index: dict[int, ToolCall] = {}

    def add(self, fragment: ToolCallFragment) -> ToolCall:
        """Take in `fragment` and return the call it belongs to.

        Id and name are set once, for some servers repeat them; only arguments are appended.
        """
        call = self._known(fragment)
        if call is None:
            call = ToolCall(len(self.calls))
            self.calls.append(call)
        if fragment.index is not None:
            self._at_index[fragment.index] = call
        if fragment.id and not call.given_id and not self._has(fragment.id):
            call.given_id = fragment.id
        call.name = call.name or fragment.name
        if fragment.arguments:
            call.pieces.append(fragment.arguments)
        return call

    def _has(self, id: str) -> bool:
        """Tell whether a call has this id already: each needs one of its own for its result."""
        return any(call.given_id == id for call in self.calls)

    def _known(self, fragment: ToolCallFragment) -> ToolCall | None:
        """Return the call that `fragment` continues, or None if it begins a new one."""
        call = self._nearest(fragment)
        if call is None or _begins_another(call, fragment):
            return None
        return call

    def _nearest(self, fragment: ToolCallFragment) -> ToolCall | None:
        if fragment.index is not None:
            return self._at_index.get(fragment.index)
        if fragment.id:
            return next((call for call in self.calls if call.given_id == fragment.id), None)
        return self.calls[-1] if self.calls else None


def _begins_another(call: ToolCall, fragment: ToolCallFragment) -> bool:
    """Tell whether `fragment` cannot belong to `call`: some servers count every call as 0."""
    if "" not in (fragment.id, call.given_id):
        return fragment.id != call.given_id
    if "" not in (fragment.name, call.name) and fragment.name != call.name:
        return True
    # Without ids, the same tool again: its name, and arguments that begin although ours are whole.
    return bool(fragment.name) and fragment.arguments.lstrip().startswith("{") and call.is_whole


def _shortened(raw: str) -> str:
    """Return `raw` without its middle if it is long: the model has written it and knows it."""
    return raw if len(raw) <= _LONGEST_SHOWN else f"{raw[:100]} … {raw[-100:]}"
