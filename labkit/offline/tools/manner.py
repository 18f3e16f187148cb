"""How a question is put: whether it asks for knowledge, or speaks of something named before."""

import re

from labkit.offline.tools.mentions import COUNT, ids

_GENERAL = re.compile(
    r"^\W*(?:(?:please|so|and|hi|hello|hey)\W+)*"
    r"(?:how (?:do|can|should|would|to|does)\b(?! (?:much|many))"
    r"|why\b|explain\b|should i\b|what should (?:i|we) (?:pack|wear|bring|do|eat|drink|know)\b"
    r"|what (?:does|do) .*\bmean|what(?:'s| is| are) the difference"
    r"|what(?:'s| is) an? (?!good|best|cheap)|who are you|tell me (?:a joke|about yourself|a story)"
    r"|write (?:me )?(?:a|an|some) (?:poem|story|haiku|song|joke|essay)|how are you|thank)",
    re.IGNORECASE,
)
_WONDERS = re.compile(
    r"^\W*(?:how (?:do|can|should|to|does)|why|what|which|should|does|do|is|are|can)\b"
    r"(?!.*\b(?:you|your|yourself|joke|poem)\b)(?:.*\w{3,}){2}",
    re.IGNORECASE | re.DOTALL,
)
_BACK = re.compile(
    rf"\b(?:its?|they|them|their|theirs|those|these|both|together|that one|this one"
    r"|(?:is|does|do|will|would) (?:that|this|all)"
    rf"|the (?:{COUNT} )?(?:first|second|last|cheapest|lightest|warmest|biggest|best|same)"
    r"(?: one| two| three)?)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"^\W*(?:is|are|does|do you)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(r"\bdifferences?\b", re.IGNORECASE)


def is_general(text: str) -> bool:
    """Tell whether `text` asks for knowledge or a chat, not for something to be looked up."""
    if ids(text) and _DIFFERENCE.search(text):
        return False
    return _GENERAL.match(text) is not None


def is_asking(text: str) -> bool:
    """Tell whether a part of a question asks by itself: "is P003 available"."""
    return _ASKING.match(text) is not None


def wonders(text: str) -> bool:
    """Tell whether `text` is a question about the world, not to us: why, what, which."""
    return _WONDERS.match(text) is not None


def looks_back(text: str) -> bool:
    """Tell whether `text` speaks of something named before: its, them, together."""
    return _BACK.search(text) is not None
