"""Accumulates deltas into a reply."""

from dataclasses import dataclass, field

from labkit.deltas import Delta, Usage, join


@dataclass
class Reply:
    """What a stream has said so far: its text, why it ended, what it cost."""

    texts: list[str] = field(default_factory=list, repr=False)
    finish_reason: str | None = None
    usage: Usage | None = None

    @property
    def text(self) -> str:
        """The snapshot: all text so far."""
        return join(self.texts)

    @property
    def complete(self) -> bool:
        """Whether the model has said why it ended; a stream that breaks off never does."""
        return self.finish_reason is not None

    def add(self, delta: Delta) -> None:
        """Take in `delta`. A finish reason or usage once seen is not erased by a later None."""
        if delta.text:
            self.texts.append(delta.text)
        self.finish_reason = delta.finish_reason or self.finish_reason
        self.usage = delta.usage or self.usage

    def __repr__(self) -> str:
        state = self.finish_reason or "incomplete"
        return f"<Reply {len(self.text)} characters, {state}>"
