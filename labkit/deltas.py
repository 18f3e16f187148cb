"""What is new in one chunk, whichever library it came from."""

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
    usage = _usage(getattr(chunk, "usage", None))
    for choice in getattr(chunk, "choices", None) or ():
        delta = getattr(choice, "delta", None)  # a blocking answer's choice has a message instead
        if not choice.index and delta is not None:
            text = delta.content or delta.refusal or ""
            calls = delta.tool_calls
            fragments = tuple(_fragment(call) for call in calls if call) if calls else ()
            return Delta(text, choice.finish_reason, usage, fragments)
    return Delta(usage=usage) if usage else NOTHING


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
    if arguments and not isinstance(arguments, str):  # some servers send the object itself
        arguments = json.dumps(arguments)
    return ToolCallFragment(call.index, call.id or "", name or "", arguments or "")


def _usage(usage: Any) -> Usage | None:
    """Return the counts as numbers: a server may leave some out, and they are added up later."""
    if usage is None:  # as in nearly every chunk
        return None
    counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    if not any(isinstance(count, int) for count in counts):
        return None
    prompt, completion = (count if isinstance(count, int) else 0 for count in counts)
    total = usage.total_tokens
    return Usage(prompt, completion, total if isinstance(total, int) else prompt + completion)
