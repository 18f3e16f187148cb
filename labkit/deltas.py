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


@dataclass(frozen=True)
class Delta:
    """What one chunk adds: `text` may be empty, the rest is None where the chunk says nothing."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None


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
    text = delta.content or delta.refusal or ""
    return Delta(text, choice.finish_reason, _usage(usage) if usage else None)


def join(texts: Iterable[str]) -> str:
    """Return the texts as one; a character that a server cut in two becomes whole again.

    JSON may write an emoji as two escapes (RFC 8259, 7), and a chunk may end between them. A half
    whose other half never came becomes U+FFFD, for nothing can show or send it.
    """
    text = "".join(texts)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _usage(usage: Any) -> Usage:
    return Usage(usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
