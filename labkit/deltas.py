"""What is new in one chunk, whichever library it came from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """The token counts that a stream reported."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

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


@dataclass(frozen=True)
class Delta:
    """What one chunk adds: `text` may be empty, the rest is None or () where it says nothing."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    fragments: tuple[ToolCallFragment, ...] = ()


NOTHING = Delta()


def delta_of(chunk: Any) -> Delta:
    """Return what is new in `chunk`: a string, a chat-completions chunk, or an SDK's event of one.

    A chunk without choices adds no text: it is the usage chunk, or Azure's first. Of several
    choices the first one (`index` 0) counts. What is of no known kind adds nothing.
    """
    if isinstance(chunk, str):
        return Delta(chunk)
    if getattr(chunk, "type", None) == "chunk":  # of `client.chat.completions.stream()`
        chunk = chunk.chunk
    choices = getattr(chunk, "choices", None)
    usage = getattr(chunk, "usage", None)
    if not choices:
        return Delta(usage=_usage(usage)) if usage else NOTHING
    choice = choices[0]
    delta = getattr(choice, "delta", None)  # a blocking answer's choice has a message instead
    if choice.index or delta is None:
        return NOTHING
    return Delta(
        delta.content or delta.refusal or "",
        choice.finish_reason,
        _usage(usage) if usage else None,
        tuple(map(_fragment, delta.tool_calls)) if delta.tool_calls else (),
    )


def join(texts: Iterable[str]) -> str:
    """Return the texts as one; a character that a server cut in two becomes whole again.

    JSON may write an emoji as two escapes (RFC 8259, 7), and a chunk may end between them. A half
    whose other half never came becomes U+FFFD, for nothing can show or send it.
    """
    text = "".join(texts)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _fragment(call: Any) -> ToolCallFragment:
    function = call.function  # None where a server sends an id alone
    name, arguments = (function.name, function.arguments) if function else ("", "")
    return ToolCallFragment(call.index, call.id or "", name or "", arguments or "")


def _usage(usage: Any) -> Usage:
    """Return the counts as numbers: a server may leave some out, and they are added up later."""
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    return Usage(prompt, completion, usage.total_tokens or prompt + completion)
