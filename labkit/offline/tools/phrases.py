"""The part of a request that is its matter: what to search for, to note down, to write."""

import re

from labkit.offline.tools.mentions import days, quotes

_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey|ok|please|now|then|also|and|can|could|would|will|you|i'd|i|we|need|want|like"
    r"|to|me|us|find|search|look|looking|up|for|show|get|give|tell|about|web|internet|online|google"
    r"|what|who|where|when|which|is|are|was|were|does|do|did|has|have|a|an|the|some|information"
    r"|info|how|much|many|on|of|out|in|docs|documentation)\b[\s,]*)+",
    re.IGNORECASE,
)
_AFTER_COLON = re.compile(r":\s+(?!\d)(.+)$", re.DOTALL)
_TITLE = (
    re.compile(r"\bremind me (?:to|about|that|of) (.+)$", re.I),
    re.compile(
        r"\b(?:task|to-?do|note|reminder|item|event|meeting|ticket)s?"
        r"(?: list)? (?:called|named|titled|to|for|about|that|saying|with the title) (.+)$",
        re.I,
    ),
    re.compile(
        r"\b(?:add|put|write|note|save|create)\s+(.+?)\s+(?:to|on|in|onto|into)\s+(?:my|the|our)\b",
        re.I,
    ),
)
_SAID = re.compile(
    r"\b(?:saying|that says|and say|telling (?:him|her|them)(?: that)?|and tell (?:him|her|them)"
    r"(?: that)?|with the (?:text|message|body)|that)\s+(?:that\s+)?(.+)$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:with (?:the )?subject|subject|about|regarding)\s+(.+?)(?=\s+saying\b|$)", re.I
)
_WHEN = re.compile(r"[\s,]+(?:(?:by|on|at|for|until|before|due)\s+)?(?:%s)[\s.]*$", re.IGNORECASE)
_CLOCK = re.compile(r"\s+(?:at\s+)?\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\.?)?\s*$", re.IGNORECASE)


def topic(text: str) -> str:
    """Return what is asked about, without the words that ask: "find me X" gives X."""
    said = re.sub(r" (?:costs?|weighs?|is|are|mean)$", "", text.strip().rstrip("?!. "))
    return _LEAD.sub("", said) or said


def title(text: str) -> str:
    """Return the thing to note down: "Remind me to buy gas tomorrow" gives "buy gas"."""
    for found in (*quotes(text), *_after(_AFTER_COLON, text), *_firsts(_TITLE, text)):
        return _without_time(found)
    return _without_time(topic(text))


def body(text: str) -> str:
    """Return what a message should say: after "saying", in quotes, after a colon."""
    said = [*quotes(text), *_after(_AFTER_COLON, text), *_after(_SAID, text), *_after(_ABOUT, text)]
    return said[0].strip().rstrip("?") if said else topic(text)


def subject(text: str) -> str:
    """Return what a message is about: after "subject" or "about", else what it says, cut short."""
    for found in _after(_ABOUT, text):
        return found.strip().rstrip("?!.")
    return " ".join(title(text).split()[:8])


def _firsts(patterns: tuple[re.Pattern[str], ...], text: str) -> list[str]:
    return [found for pattern in patterns for found in _after(pattern, text)]


def _after(pattern: re.Pattern[str], text: str) -> list[str]:
    found = pattern.search(text)
    return [found[1]] if found and found[1].strip() else []


def _without_time(text: str) -> str:
    plain = text.strip().rstrip("?!. ")
    for day in days(plain):
        shorter = re.sub(_WHEN.pattern % re.escape(day), "", _CLOCK.sub("", plain), flags=re.I)
        plain = shorter or plain
    return plain
