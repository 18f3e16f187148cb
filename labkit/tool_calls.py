"""A tool call as it grows from fragments."""

import json
from dataclasses import dataclass, field
from typing import Any

from labkit.deltas import ToolCallFragment, join


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

    @property
    def id(self) -> str:
        """The server's id, or one of ours where it gave none: the tool result needs some id."""
        return self.given_id or f"call_{self.position}"

    @property
    def arguments(self) -> str:
        """The arguments as they came: JSON once the call is whole."""
        return join(self.pieces)

    def parsed(self) -> dict[str, Any]:
        """Return the arguments as a dictionary; none at all are an empty one.

        Raises ArgumentsError for what is no JSON (RFC 8259) or no object, with the raw text in it.
        """
        raw = self.arguments
        try:
            values = json.loads(raw or "{}")
        except (ValueError, RecursionError) as error:  # also a number too long, or nested too deep
            raise ArgumentsError(f"The arguments are not valid JSON ({error}): {raw}") from None
        if not isinstance(values, dict):
            raise ArgumentsError(f"The arguments must be a JSON object, but they are: {raw}")
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
        call.given_id = call.given_id or fragment.id
        call.name = call.name or fragment.name
        if fragment.arguments:
            call.pieces.append(fragment.arguments)
        return call

    def _known(self, fragment: ToolCallFragment) -> ToolCall | None:
        """Return the call that `fragment` continues, or None if it begins a new one."""
        if fragment.index is not None:
            call = self._at_index.get(fragment.index)
        elif fragment.id:
            return next((call for call in self.calls if call.given_id == fragment.id), None)
        else:  # nothing says which: the last one, unless the name is another
            call = self.calls[-1] if self.calls else None
            return call if call and fragment.name in ("", call.name) else None
        # Some servers count every call as 0; then it is another id that begins a new one.
        other = call and call.given_id and fragment.id not in ("", call.given_id)
        return None if other else call
