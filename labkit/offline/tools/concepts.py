"""Words that mean the same to a tool: find, search, look up; cost, price."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from labkit.offline.tools.mentions import expressions
from labkit.offline.words import STOP_WORDS, stem, words

_GROUPS = (
    "search find look lookup brows query compare filter recommend suggest seek discover show list "
    "need want any best which sell offer",
    "price cost expensive cheap cheapest cheaper pricing pay",
    "recipe cook meal dish",
    "weight weigh heavy heavier heaviest",
    "total sum together altogether combined overall",
    "calculate compute calculator calculation math evaluate calculat",
    "detail info information about describe description specification spec more",
    "stock available availability inventory",
    "email mail inbox",
    "weather forecast rain rainy sunny snow wind windy warm cold umbrella climate",
    "order purchase shipment parcel package delivery deliver",
    "status track tracking track arrive shipped ship where",
    "todo task reminder remind remember",
    "create add new insert schedule",
    "delete remove cancel drop",
    "book reserve reservation booking",
    "convert exchange conversion",
    "translate translation",
    "discount off percent % rebate",
    "distance far route direction navigate",
    "customer user account client",
)
_CONCEPT = {stem(word): group.split()[0] for group in _GROUPS for word in group.split()}

_SIGNS = {"+": _CONCEPT["add"], "-": "subtract", "*": "multiply", "/": "divide"}

# Words that hint at a concept but are said for many other reasons too.
_WEAK = frozenset(
    "show list need want any best which about more where look new offer pay".split(" ")
)


@lru_cache(maxsize=4096)
def concept(word: str) -> str:
    """Return the word that stands for all with the meaning of `word` (a stem)."""
    return _CONCEPT.get(word, word)


@lru_cache(maxsize=512)
def asked_concepts(text: str) -> Mapping[str, float]:
    """Return the concepts in a question, 1.0 where they are said plainly, 0.5 where hinted at."""
    found: dict[str, float] = {}
    for word in words(text):
        root = stem(word)
        if word in STOP_WORDS and root not in _CONCEPT:
            continue
        weight = 0.5 if word in _WEAK or root in _WEAK else 1.0
        found[concept(root)] = max(weight, found.get(concept(root), 0.0))
    for expression in expressions(text):
        found |= {word: 1.0 for sign, word in _SIGNS.items() if sign in expression}
    return MappingProxyType(found)


def alike(one: str, other: str) -> bool:
    """Tell whether two stems mean the same, or one begins the other: light, lightweight."""
    shorter, longer = sorted((one, other), key=len)
    return concept(one) == concept(other) or (len(shorter) >= 4 and longer.startswith(shorter))
