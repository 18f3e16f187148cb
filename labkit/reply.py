"""Accumulates deltas into a reply."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labkit.chunks import delta_of
from labkit.deltas import Delta, Usage, join
from labkit.tool_calls import ToolCall, ToolCalls


@dataclass
class Reply:
    """What a stream has said so far: its text, its tool calls, why it ended, what it cost."""

    texts: list[str] = field(default_factory=list, repr=False)
    finish_reason: str | None = None
    usage: Usage | None = None
    _calls: ToolCalls = field(default_factory=ToolCalls, repr=False)

    @classmethod
    def of(cls, chunks: Iterable[Any]) -> "Reply":
        """Return what all `chunks`, of any kind that `delta_of` knows, have said."""
        reply = cls()
        for chunk in chunks:
            reply.add(delta_of(chunk))
        return reply

    @property
    def text(self) -> str:
        """The snapshot: all text so far."""
        return join(self.texts)

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The tool calls so far, in the order in which they began."""
        return self._calls.calls

    @property
    def whole_calls(self) -> list[ToolCall]:
        """The tool calls that may be run; none if the last of them may be half of one.

        That is so while the stream lasts, when it broke off, and at the token limit (`length`).
        """
        return [] if self.finish_reason in (None, "length") else self.tool_calls

    @property
    def complete(self) -> bool:
        """Whether the model has said why it ended; a stream that breaks off never does."""
        return self.finish_reason is not None

    def add(self, delta: Delta) -> list[ToolCall]:
        """Take in `delta`; return the tool call of each of its fragments.

        A finish reason or usage once seen is not erased by a later None.
        """
        if delta.text:
            self.texts.append(delta.text)
        self.finish_reason = delta.finish_reason or self.finish_reason
        self.usage = delta.usage or self.usage
        return [self._calls.add(fragment) for fragment in delta.fragments]

    def as_message(self) -> dict[str, Any]:
        """Return the assistant message to append to a conversation, with its tool calls if any."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text or None}
        if self.tool_calls:
            message["tool_calls"] = [call.as_message() for call in self.tool_calls]
        return message

    def __repr__(self) -> str:
        state = self.finish_reason or "incomplete"
        calls = f", {len(self.tool_calls)} tool calls" if self.tool_calls else ""
        return f"<Reply {len(self.text)} characters{calls}, {state}>"
