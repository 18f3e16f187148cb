"""Which of the things that a tool found the question is after."""

from collections.abc import Sequence
from typing import Any

from labkit.offline.tools.history import entities
from labkit.offline.tools.mentions import KINDS, numbers
from labkit.offline.tools.roles import name_words
from labkit.offline.words import stem, words

# What somebody says, the keys it speaks of, and whether the least or the most is best.
_WISHES = (
    ("light lightweight lightest ultralight", KINDS["weight"][1], 1),
    ("cheap cheapest inexpensive budget affordable", KINDS["money"][1], 1),
    ("expensive priciest", KINDS["money"][1], -1),
    ("best top rated", frozenset({"rating", "score", "star", "review"}), -1),
    ("warm warmest", KINDS["degree"][1], 1),
    (
        "big biggest large largest roomy",
        frozenset({"capacity", "volume", "size", "litre", "sleep"}),
        -1,
    ),
    ("near nearest close closest short shortest", KINDS["length"][1], 1),
    ("fast fastest quick quickest early earliest", frozenset({"duration", "minute", "hour"}), 1),
)


def pick(result: Any, question: str) -> dict[str, Any] | None:
    """Return the one object of `result` that suits `question` best; None if there is none."""
    found = entities(result)
    if not found:
        return None
    ranked = sorted(enumerate(found), key=lambda row: (*_rank(row[1], question), row[0]))
    return ranked[0][1]


def wishes(question: str) -> bool:
    """Tell whether `question` says which of several things it would like: light, cheapest."""
    return any(_says(question, said) for said, _, _ in _WISHES)


def _rank(thing: dict[str, Any], question: str) -> tuple[float, ...]:
    wished = [_value(thing, keys) * sign for said, keys, sign in _WISHES if _says(question, said)]
    return (_out_of_stock(thing), *_too_warm(thing, question), *wished)


def _says(question: str, said: str) -> bool:
    return bool(set(said.split()) & set(words(question)))


def _value(thing: dict[str, Any], keys: frozenset[str]) -> float:
    for key, value in thing.items():
        if keys & set(name_words(key)) and isinstance(value, int | float):
            return float(value)
    return 0.0


def _out_of_stock(thing: dict[str, Any]) -> float:
    return float(any("stock" in name_words(key) and not value for key, value in thing.items()))


def _too_warm(thing: dict[str, Any], question: str) -> Sequence[float]:
    """Rank by how far the thing's temperature is from the one asked for; too warm comes last."""
    asked = [number.value for number in numbers(question) if number.kind == "degree"]
    keys = KINDS["degree"][1] | {"c", stem("comfort")}
    if not asked or not any(keys & set(name_words(key)) for key in thing):
        return ()
    least = _value(thing, keys)
    return (float(least > asked[0]), abs(least - asked[0]))
