"""How long an answer shall be: what a question or an instruction asks for, and keeping to it."""

import re
from dataclasses import dataclass, fields

from labkit.offline.speech.knowledge import sentences

_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_NUMBERS = {word: number for number, word in enumerate(_COUNTING.split(), start=1)} | {
    "single": 1,
    "a couple of": 2,
    "a few": 3,
    "half a dozen": 6,
    "a dozen": 12,
    "thirty": 30,
}
_NUMBER = r"(?P<n>\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_NOUN = (
    r"(?:items?|tips?|things?|essentials?|rules?|reasons?|steps?|points?|ideas?|ways?|mistakes?|"
    r"products?|options?|bullets?|bullet points?|examples?|facts?|pieces?|suggestions?|"
    r"recommendations?|advantages?|differences?|hints?|tricks?|pros|benefits?|risks?|must-haves?)"
)
_VERB = (
    r"(?:list|name|give|show|suggest|recommend|mention|tell|top|best|write|share|pick|offer|only)"
    r"(?: (?:me|us|the|my|your|exactly|only|just|at least|top|best))*"
)
_UNIT = (
    r"(?!\s*(?:-|persons?\b|people\b|days?\b|nights?\b|weeks?\b|weekends?\b|km\b|miles?\b|kg\b|"
    r"hours?\b|years?\b|seasons?\b|layers?\b|sentences?\b|words?\b|paragraphs?\b|lines?\b|"
    r"m\b|minutes?\b|°|dollars?\b|\$|%|degrees?\b|litres?\b|liters?\b|"
    r"of (?:the|my|your|us)\b|[.,]\d))"
)
_ITEMS = (
    re.compile(rf"\b{_NUMBER}\b{_UNIT}(?: [\w'-]+){{0,3}}? {_NOUN}\b", re.IGNORECASE),
    re.compile(rf"\b{_VERB} {_NUMBER}\b{_UNIT}", re.IGNORECASE),
)
_UPPER = r"(?:in|with|to|at most|under|within|of|exactly|max(?:imum)?|than|only|up to|about|around)"
_BRIEF = re.compile(
    r"\b(briefly|be brief|brief|concise(?:ly)?|short answer|in short|quick(?:ly)?|terse|"
    r"succinct(?:ly)?|keep it short|few words)\b",
    re.IGNORECASE,
)
_DETAIL = re.compile(
    r"\b(in (?:more |great |full )?detail|detailed|explain|thorough(?:ly)?|in depth|at length|"
    r"everything|comprehensive|long answer|longer|elaborate|step by step|guide)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Limits:
    """Hold how much is asked for; None where nothing is. `detail` is -1 brief, 1 detailed."""

    items: int | None = None
    sentences: int | None = None
    paragraphs: int | None = None
    words: int | None = None
    detail: int | None = None

    def over(self, other: "Limits") -> "Limits":
        """Return these limits, filled from `other` where this asks for no length at all."""
        if all(getattr(self, field.name) is None for field in fields(self)):
            return other
        return self


def _number(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    text = match["n"].lower()
    return max(_NUMBERS.get(text) or int(text), 0) or None


def _count(text: str, noun: str) -> int | None:
    pattern = rf"\b{_UPPER} (?:a |the )?{_NUMBER}[ -](?:short |simple |single )?{noun}\b"
    match = re.search(pattern, text, re.IGNORECASE)
    return _number(match or re.search(rf"\b{_NUMBER}-{noun}\b", text, re.IGNORECASE))


def read_limits(text: str) -> Limits:
    """Return the lengths that `text` asks for, such as "list 5 …" or "in one sentence"."""
    items = next(filter(None, map(_number, (p.search(text) for p in _ITEMS))), None)
    detail = -1 if _BRIEF.search(text) else 1 if _DETAIL.search(text) else None
    return Limits(
        items,
        _count(text, "sentences?"),
        _count(text, "paragraphs?"),
        _count(text, "words?"),
        detail,
    )


def cut_to_words(text: str, limit: int) -> str:
    """Return whole sentences of `text` up to `limit` words, or a cut first one if none fits."""
    kept: list[str] = []
    for sentence in sentences(text):
        if len(" ".join([*kept, sentence]).split()) > limit:
            break
        kept.append(sentence)
    return " ".join(kept) or " ".join(text.split()[:limit]).rstrip(",;:. ") + "."
