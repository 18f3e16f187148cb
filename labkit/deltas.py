"""What one chunk adds to an answer: its text, tool-call fragments, finish reason, usage."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """The token counts that a stream reported."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, prompt: Any, completion: Any, total: Any = None) -> "Usage | None":
        """Return the counts as numbers, or None if there is none: a server may leave some out."""
        if not isinstance(prompt, int) and not isinstance(completion, int):
            return None
        prompt, completion = (n if isinstance(n, int) else 0 for n in (prompt, completion))
        return cls(prompt, completion, total if isinstance(total, int) else prompt + completion)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.total_tokens + other.total_tokens,
        )


@dataclass(frozen=True)
class ToolCallFragment:
    """A piece of one tool call. What a fragment does not say is "", or None for `index`.

    Usually `id` and `name` come whole in the first fragment of a call, and the others bring pieces
    of the JSON `arguments` (OpenAI API reference, "The chat completion chunk object").
    """

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""

    @classmethod
    def of(cls, index: int | None, id: Any, name: Any, arguments: Any) -> "ToolCallFragment":
        """Return the fragment of these; None says nothing, arguments may be the object itself."""
        if arguments and not isinstance(arguments, str):  # some servers and libraries parse them
            arguments = json.dumps(arguments)
        return cls(index, id or "", name or "", arguments or "")


@dataclass(frozen=True)
class Delta:
    """What one chunk adds: `text` may be empty, the rest is None or () where it says nothing."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    fragments: tuple[ToolCallFragment, ...] = ()


NOTHING = Delta()


def join(texts: Iterable[str]) -> str:
    """Return the texts as one; a character that a server cut in two becomes whole again.

    JSON may write an emoji as two escapes (RFC 8259, 7), and a chunk may end between them. A half
    whose other half never came becomes U+FFFD, for nothing can show or send it.
    """
    text = "".join(texts)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
