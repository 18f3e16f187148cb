"""The parts of a question: each request in it, and the part that a tool call was made for."""

import re

from labkit.offline.tools.history import Answered
from labkit.offline.tools.mentions import COUNT, ID
from labkit.offline.tools.picking import says_wish
from labkit.offline.words import stems

_BREAK = re.compile(
    r"(?<=[.!?;])\s+|\n+|\s*,?\s+(?:and then|and also|as well as|then|and|also|but)\s+|,\s+",
    re.IGNORECASE,
)
# What somebody should write or note down is no request of its own; ids in a row belong together.
_OPAQUE = re.compile(
    r"[\"“«][^\"”»]*[\"”»]|\b(?:saying|that says|remind me to|telling (?:him|her|them))\b.*$"
    r"|\bbetween\s+\S+\s+and\s+\S+"
    rf"|{ID}(?:\s*(?:,\s*and\b|,|&|\band\b|\bor\b)\s*(?:{COUNT}\s+(?:of\s+|x\s+)?)?{ID})+",
    re.IGNORECASE | re.DOTALL,
)


def clauses(text: str) -> list[str]:
    """Return the parts of `text` that may each be a request: its sentences, and their parts."""
    masked = _OPAQUE.sub(lambda match: "x" * len(match[0]), text)
    cuts = [match.span() for match in _BREAK.finditer(masked)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    parts = [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [part for part in parts if part][:24]


def scope(question: str, each: Answered) -> str:
    """Return the part of `question` that says what a call's result should be like, else all.

    In "the lightest tent and the warmest bag" only the bag should be warm.
    """
    named = {stem for value in each.arguments.values() for stem in stems(str(value))[-1:]}
    parts = [part for part in clauses(question) if named & set(stems(part)) and says_wish(part)]
    return parts[0] if parts else question
