"""One thing in a sentence or two: what a tool told of a product, a place, an order."""

import re
from collections.abc import Iterator
from typing import Any

from labkit.offline.tools.concepts import alike, asked_concepts, concept
from labkit.offline.tools.fields import (
    compact,
    flag,
    id_of,
    is_money,
    is_text,
    label,
    name_of,
    value_text,
)
from labkit.offline.tools.mentions import KINDS
from labkit.offline.tools.roles import name_words, role
from labkit.offline.words import capitalised, enumerated, stems

_ALL = re.compile(
    r"(?<![a-z])(?:details?|about|describe|everything|info\w*|specs?)\b", re.IGNORECASE
)
_YES_NO = re.compile(r"^\W*(?:is|are|does|do|has|have|can)\b|\b(?:whether|if)\b", re.IGNORECASE)
_BRIEF, _FEW = 3, 4  # of so few fields all are told, whatever was asked


def portrait(
    thing: dict[str, Any], question: str, currency: str, *, heading: str = "", brief: bool = False
) -> str:
    """Return what is known of `thing`, or what `question` asks about it; `heading` if nameless."""
    currency = str(thing.get("currency") or currency)
    name, about = _title(thing), _rest(thing)
    whole = len(about) < _FEW or _ALL.search(question)
    asked = {} if whole else _asked(about, question)
    shown = asked or about
    if asked and name and (answer := _yes_no(name, asked, question)):
        return answer
    verbs = dict(_verbs(shown, currency)) if name else {}
    others = {key: value for key, value in shown.items() if key not in verbs}
    plain = {k: v for k, v in others.items() if not isinstance(v, list) and not is_text(v)}
    facts = [compact(k, v, currency) for k, v in plain.items()]
    if heading and not name and len(shown) == 1:  # the heading says what it is
        facts = [value_text(k, v, currency) for k, v in plain.items()]
    facts = [text for text in facts if text][: _BRIEF if brief else None]
    texts = [] if brief else [*_texts(others), *_lists(others, currency)]
    return " ".join([*_opening(name or heading, list(verbs.values()), facts), *texts])


def _opening(name: str, verbs: list[str], facts: list[str]) -> list[str]:
    """Return the sentences of the short fields: "Oslo: 12 °C." "It costs $9 and is in stock."."""
    told = ", ".join(facts)
    if verbs:
        said = enumerated(verbs)
        return [f"{name} {said}.", *([f"{capitalised(told)}."] if told else [])]
    if not told:
        return [f"{name}."] if name else []
    return [f"{name}: {told}." if name else f"{capitalised(told)}."]


def _title(thing: dict[str, Any]) -> str:
    name, id = name_of(thing)[1], id_of(thing)[1]
    return f"**{name}** ({id})" if name and id else f"**{name}**" if name else ""


def _rest(thing: dict[str, Any]) -> dict[str, Any]:
    """Return the fields beside the name, and the id that stands with it; no mere category."""
    name = name_of(thing)[0]
    used = {name, id_of(thing)[0]} if name else set()
    if name:
        used |= {key for key in thing if role(key, {}) == "category"}
    if any(is_money(key) for key in thing):
        used.add("currency")
    return {key: value for key, value in thing.items() if key not in used}


def _asked(thing: dict[str, Any], question: str) -> dict[str, Any]:
    """Return the fields that `question` names."""
    concepts, said = asked_concepts(question), stems(question)
    return {
        key: value
        for key, value in thing.items()
        if any(
            concept(word) in concepts or any(alike(word, each) for each in said)
            for word in name_words(label(key))
            if len(word) > 2
        )
    }


def _yes_no(name: str, asked: dict[str, Any], question: str) -> str:
    """Return the answer to "Is it in stock?"; "" if no such thing was asked."""
    flags = {key: value for key, value in asked.items() if isinstance(value, bool)}
    if len(flags) != 1 or not _YES_NO.search(question):
        return ""
    ((key, value),) = flags.items()
    return f"{'Yes' if value else 'No'}, {name} {_be(key, value)}."


def _verbs(thing: dict[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    """Yield the fields that a verb tells better: what it costs, weighs, whom it is for."""
    flags = []
    for key, value in thing.items():
        if isinstance(value, bool):
            flags.append((key, _be(key, value)))
        elif isinstance(value, int | float) and (verb := _verb(key)):
            told = value_text(key, value, currency)
            yield key, f"{verb} {told if verb == 'costs' else compact(key, value, currency)}"
    yield from flags


def _verb(key: str) -> str:
    named = set(name_words(key))
    if named & {"price", "cost"} and len(named) == 1 + bool(named & {"usd", "eur"}):
        return "costs"
    if "weight" in named:
        return "weighs"
    return "is for" if named & KINDS["people"][1] else ""


def _be(key: str, value: bool) -> str:
    told = flag(key, value)
    has = name_words(key)[:1] == ("has",)
    return f"{'has' if has else 'is'} {told}"


def _texts(thing: dict[str, Any]) -> list[str]:
    texts = (" ".join(value.split()) for value in thing.values() if is_text(value))
    return [text if text.endswith((".", "!", "?")) else f"{text}." for text in texts]


def _lists(thing: dict[str, Any], currency: str) -> list[str]:
    lists = ((k, v) for k, v in thing.items() if isinstance(v, list) and v)
    return [f"{label(k).capitalize()}: {value_text(k, v, currency)}." for k, v in lists]
