"""What a tool call was about, in words: "tents up to $250, in stock", "order 1234"."""

import re
from typing import Any

from labkit.offline.tools.fields import compact, flag, key_words, label, value_text
from labkit.offline.tools.history import Answered
from labkit.offline.tools.roles import bound, name_words, role
from labkit.offline.words import capitalised, stem

_VERBS = frozenset(
    "get fetch find search list show look lookup check read retrieve query is has track see give "
    "calculate compute convert translate count estimate suggest recommend book reserve order "
    "cancel create add make send set update delete remove save start stop run do plan".split()
)
_DAY = re.compile(r"[A-Z]|\d{4}-")
_MAKES = frozenset("calculate compute convert translate evaluate add subtract divide".split())


def action(each: Answered) -> str:
    """Return what a call should have done: "get the product details for P999"."""
    first, *rest = label(_plain(each.name)).split()
    verb, named = (first, rest) if first in _VERBS else ("get", [first, *rest])
    return " ".join([verb, *(["the"] if named else []), *named]) + beside(each)


def heading(each: Answered) -> str:
    """Return what a call's value is: "Delivery for 0150", "Order 1234"; "" for a mere result."""
    plain = _plain(each.name)
    number = isinstance(each.value, int | float)  # it brings the unit: "3 days"
    told = (label(plain) if number else " ".join(key_words(plain))).split()
    if told[0] in _MAKES:
        return ""
    named = " ".join(told[1:] if told[0] in _VERBS else told)
    text = f"{named}{beside(each)}" if named else ""
    return capitalised(text)


def found(each: Answered, count: int, currency: str) -> str:
    """Return how many of what a call found: "3 tents up to $250, in stock", "no orders"."""
    noun, used = _noun(each)
    noun = _singular(noun) if count == 1 else noun
    rest = [(key, value) for key, value in each.arguments.items() if key not in used]
    about = [str(value) for key, value in rest if isinstance(value, str) and value]
    preposition = "in" if any(role(key, {}) == "category" for key, _ in rest) else "for"
    named = f"{count or 'no'} {noun}" + (f" {preposition} {', '.join(about)}" if about else "")
    limits = " ".join(filter(None, (_limit(*pair, currency) for pair in rest)))
    others = ", ".join(filter(None, (_condition(*pair, currency) for pair in rest)))
    if limits and others:
        return f"{named} {limits}, {others}"
    return " ".join(filter(None, (named, limits, others)))


def has_conditions(each: Answered) -> bool:
    """Tell whether a call asked for less than everything: a highest price, in stock."""
    return any(_limit(*pair, "") or _condition(*pair, "") for pair in each.arguments.items())


def target(each: Answered) -> str:
    """Return what a conversion converts to: "EUR"; else ""."""
    goals = {"to", "target", "into"}
    texts = [(k, v) for k, v in each.arguments.items() if isinstance(v, str) and len(v) <= 12]
    return next((value for key, value in texts if goals & set(name_words(key))), "")


def _noun(each: Answered) -> tuple[str, tuple[str, ...]]:
    """Return what a call looks for, in the plural, and the argument that says so."""
    for key, value in each.arguments.items():
        if role(key, {}) == "category" and isinstance(value, str) and value.endswith("s"):
            return value, (key,)
    last = label(_plain(each.name)).split()[-1]
    return (last if last.endswith("s") and last not in _VERBS else "results"), ()


def _singular(noun: str) -> str:
    *rest, last = noun.split()
    return " ".join([*rest, stem(last)])


def _limit(key: str, value: Any, currency: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not bound(key):
        return ""
    return f"{'up to' if bound(key) == 'max' else 'from'} {value_text(key, value, currency)}"


def _condition(key: str, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return flag(key, value)
    return (
        compact(key, value, currency) if isinstance(value, int | float) and not bound(key) else ""
    )


def beside(each: Answered) -> str:
    """Return the arguments after the noun they belong to: " for Oslo", " 1234" after "order"."""
    pairs = [(k, v) for k, v in each.arguments.items() if v not in (None, "", [], {})]
    told = [_argument(key, value) for key, value in pairs]
    named = name_words(_plain(each.name))[-1:]
    own = pairs and name_words(pairs[0][0]) == (*named, "id")
    when = pairs and role(pairs[0][0], {}) == "date" and _DAY.match(str(pairs[0][1]))
    text = ", ".join(filter(None, told))
    return f" {'' if own else 'on ' if when else 'for '}{text}" if text else ""


def _argument(key: str, value: Any) -> str:
    if isinstance(value, list):
        return value_text(key, value, "")
    if isinstance(value, str):
        return value[:80]
    return _limit(key, value, "") or compact(key, value, "")


def _plain(name: str) -> str:
    """Return a tool's name without its plugin's: "Lights-get_lights" gives "get_lights"."""
    return re.split(r"[-.]|__", name)[-1] or name
