"""Which of the things that a tool found the question is after, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.offline.tools.fields import compact, is_money, is_stock, label, value_text
from labkit.offline.tools.mentions import COUNT, KINDS, Number, count_of, numbers
from labkit.offline.tools.roles import name_words
from labkit.offline.words import stem, words

Thing = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What somebody would like most: the `keys` it speaks of, and the word for the winner."""

    said: frozenset[str]
    keys: frozenset[str]
    sign: int
    winner: str


def _wish(said: str, keys: frozenset[str], sign: int, winner: str) -> Wish:
    return Wish(frozenset(said.split()), keys, sign, winner)


_SIZES = frozenset("capacity volume size litre sleep person people".split())
_LIGHT = _wish("light lighter lightweight lightest ultralight", KINDS["weight"][1], 1, "lightest")
_CHEAP = _wish("cheap cheaper cheapest inexpensive affordable", KINDS["money"][1], 1, "cheapest")
_WISHES = (
    *(_LIGHT, _CHEAP),
    _wish("expensive priciest", KINDS["money"][1], -1, "most expensive"),
    _wish("best top rated", frozenset({"rating", "score", "star"}), -1, "best rated"),
    _wish("warm warmer warmest", KINDS["degree"][1], 1, "warmest"),
    _wish("big bigger biggest large larger largest roomy", _SIZES, -1, "largest"),
    _wish("near nearest close closest short shortest", KINDS["length"][1], 1, "nearest"),
    _wish(
        *("fast fastest quick quickest early earliest", frozenset({"duration", "minute", "hour"})),
        *(1, "quickest"),
    ),
)
# What something must be able to do: the kind of number, its keys, and whether less is enough.
_NEEDS = (
    ("degree", KINDS["degree"][1] | {"c", stem("comfort")}, 1),
    ("people", KINDS["people"][1], -1),
    ("volume", KINDS["volume"][1] | {"litre"}, -1),
)
_FREEZING = re.compile(r"\b(?:freezing|frosty?)\b", re.IGNORECASE)
_SUPERLATIVE = r"(?:first|best|top|(?:most|least) \w+|\w+est)"
_SOME = re.compile(rf"\b({COUNT}) {_SUPERLATIVE}\b|\b{_SUPERLATIVE} ({COUNT})\b", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all|every|each)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:they|them|their|those|these|together)\b", re.IGNORECASE)
_MANY, _CROWD = 20, 12


def ranked(things: Sequence[dict[str, Any]], question: str) -> list[dict[str, Any]]:
    """Return `things`, the one first that suits `question` best; as they come if nothing speaks."""
    return sorted(things, key=lambda thing: _rank(thing, question))


def how_many(text: str, *, results: int) -> int:
    """Return how many things of each of so many `results` a text means: "the two cheapest"."""
    if said := _SOME.search(text):
        return count_of(said[1] or said[2])
    if _ALL.search(text) or (not results and _PLURAL.search(text)):
        return _MANY
    return 2 if results < 2 and re.search(r"\bboth\b", text, re.IGNORECASE) else 1


def has_wish(things: Sequence[Thing], question: str) -> bool:
    """Tell whether `question` says which of these `things` it would like: light, for 0 °C."""
    return bool(_wishes(things, question) or _needs(things, question))


def says_wish(text: str) -> bool:
    """Tell whether `text` says what anything should be like: light, cheapest, for 0 °C."""
    kinds = {number.kind or _meant(number) for number in numbers(text)}
    needs = {kind for kind, _, _ in _NEEDS}
    return bool(_said(text) or kinds & needs or _FREEZING.search(text))


def reason(best: Thing, things: Sequence[Thing], question: str, currency: str) -> str:
    """Return in a sentence why `best`, the first of the ranked `things`, suits `question`."""
    for kind, keys, sign, asked in _needs(things, question):
        return _fitting(best, kind, keys, sign, asked, currency)
    wish = _wishes(things, question)[0]
    key = _key(best, wish.keys)
    others = [
        thing for thing in things if _value(thing, wish.keys) * wish.sign < _least(best, wish)
    ]
    two = len(things) == 2
    rivals = f"{of_two(wish.winner)} of the two" if two else f"{wish.winner} of the {len(things)}"
    if others:
        rivals = f"{wish.winner} in stock" if _stocked(best) else f"{wish.winner} that fits"
    # The price stands beside the name already.
    told = "" if is_money(key) else f"with {_told(key, best, currency)} "
    return f"{told}it is the {rivals}"


def of_two(winner: str) -> str:
    """Return the word for the winner of two: "lightest" gives "lighter"."""
    if winner.startswith(("most ", "best ")):
        return winner.replace("most", "more").replace("best", "better")
    return f"{winner.removesuffix('st')}r"


def suitable(things: Sequence[dict[str, Any]], question: str) -> list[dict[str, Any]]:
    """Return those of `things` that can do what `question` demands, and are in stock."""
    return [
        thing for thing in things if not any(_rank(thing, question)[: _demands(thing, question)])
    ]


def _demands(thing: Thing, question: str) -> int:
    """Return how many parts of a rank say what is missing: each need, and the stock."""
    return len(_needs([thing], question)) + 1


def extremes(things: Sequence[Thing]) -> list[tuple[str, Thing]]:
    """Return which of `things` is the "cheapest" and which the "lightest", if all tell."""
    told = (w for w in (_CHEAP, _LIGHT) if all(_key(thing, w.keys) for thing in things))
    return [(w.winner, min(things, key=lambda t: _value(t, w.keys))) for w in told]


def _least(best: Thing, wish: Wish) -> float:
    return _value(best, wish.keys) * wish.sign


def _fitting(
    best: Thing, kind: str, keys: frozenset[str], sign: int, asked: float, currency: str
) -> str:
    key = _key(best, keys)
    told, wanted = _told(key, best, currency), value_text(key, asked, currency)
    if _misses(best, keys, sign, asked):
        return f"with {told} it comes closest to the {wanted} asked for"
    if kind == "people" and best[key] == asked:
        return f"it is made for {told}"
    if kind == "degree":
        return f"with {told} it is warm enough for {wanted}"
    return f"with {told} it is large enough for {compact(key, asked, currency)}"


def _told(key: str, thing: Thing, currency: str) -> str:
    """Return a field as a reason: "980 g", "a comfort of 0 °C"."""
    told = compact(key, thing[key], currency)
    name = label(key)
    return f"a {name} of {value_text(key, thing[key], currency)}" if told.startswith(name) else told


def _rank(thing: Thing, question: str) -> tuple[float, ...]:
    """Return the rank of a thing: can do what it must, is in stock, comes near, is as wished."""
    needs = _needs([thing], question)
    missed = [float(_misses(thing, keys, sign, asked)) for _, keys, sign, asked in needs]
    apart = [abs(_value(thing, keys) - asked) for _, keys, _, asked in needs]
    wished = [_value(thing, wish.keys) * wish.sign for wish in _said(question)]
    return (*missed, float(not _stocked(thing)), *apart, *wished)


def _misses(thing: Thing, keys: frozenset[str], sign: int, asked: float) -> bool:
    return _value(thing, keys) * sign > asked * sign


def _needs(things: Sequence[Thing], question: str) -> list[tuple[str, frozenset[str], int, float]]:
    """Return what the numbers of `question` demand of `things`, as far as they have such a key."""
    said = [(number.kind or _meant(number), float(number.value)) for number in numbers(question)]
    said += [("degree", 0.0)] * bool(_FREEZING.search(question))
    return [
        (kind, keys, sign, next(value for each, value in said if each == kind))
        for kind, keys, sign in _NEEDS
        if any(each == kind for each, _ in said) and any(_key(thing, keys) for thing in things)
    ]


def _meant(number: Number) -> str:
    """Return what a bare number most likely counts: "a tent for 2", "a bag for -10"."""
    if number.bound or number.near[-1:] != ("for",):
        return ""
    return "people" if 0 < number.value <= _CROWD else "degree" if number.value <= 0 else ""


def _wishes(things: Sequence[Thing], question: str) -> list[Wish]:
    return [
        wish for wish in _said(question) if things and all(_key(each, wish.keys) for each in things)
    ]


def _said(question: str) -> list[Wish]:
    said = set(words(question))
    return [wish for wish in _WISHES if wish.said & said]


def _key(thing: Thing, keys: frozenset[str]) -> str:
    """Return the key of a number that `keys` speak of; "" if the thing has none."""
    fitting = (
        key
        for key, value in thing.items()
        if keys & set(name_words(key))
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    )
    return next(fitting, "")


def _value(thing: Thing, keys: frozenset[str]) -> float:
    key = _key(thing, keys)
    return float(thing[key]) if key else float("inf")


def _stocked(thing: Thing) -> bool:
    return not any(is_stock(key) and not value for key, value in thing.items())
