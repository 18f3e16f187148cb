"""Cuts a text into pieces of about a token each; no piece is lost and none is empty."""

import json
import re
from typing import Any

from labkit.offline.words import plain_text

# A word with the space before it, long words in two or three; digits by threes; punctuation in
# runs; newlines by themselves. Close enough to a real tokenizer to look and count like one.
_PIECE = re.compile(r" ?[^\W\d_]{1,8}| ?\d{1,3}|\n+| ?[^\w\s]+|[^\S\n]+|.", re.DOTALL)

_PER_MESSAGE = 4  # what the chat format adds around each message, in tokens


def pieces(text: str) -> list[str]:
    """Return `text` cut into token-sized pieces; joined, they are `text` again."""
    return _PIECE.findall(text)


def count_tokens(text: str) -> int:
    """Return how many pieces `text` has."""
    return len(pieces(text))


def count_prompt(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
    """Return the tokens of a prompt: messages, the calls within them, and the tools' schemas."""
    total = 3
    for message in messages:
        total += _PER_MESSAGE + count_tokens(plain_text(message.get("content")))
        if message.get("tool_calls"):
            total += count_tokens(json.dumps(message["tool_calls"]))
    return total + (count_tokens(json.dumps(tools)) if tools else 0)
