"""The arguments of a tool call, read from a question by each parameter's type and name."""

import re
from collections.abc import Sequence
from typing import Any

from labkit.offline.tools import mentions, phrases, roles
from labkit.offline.tools.concepts import alike
from labkit.offline.tools.context import Context, Schema
from labkit.offline.tools.readers import (
    CURRENCIES,
    GENERIC,
    GUESSES,
    coordinated,
    integer_ids,
    listed,
    name_in,
    read_strings,
)
from labkit.offline.words import stem, words
from labkit.outdoor import find_categories, find_category

_NOT = frozenset("no not without never non exclude excluding except don't doesn't isn't".split(" "))
# What people say for the values that schemas like to list.
_EVERYDAY = {
    "celsius": "°c °",
    "metric": "°c kg km",
    "fahrenheit": "°f",
    "imperial": "°f mile lb",
    "high": "urgent important asap critical",
    "urgent": "important asap critical",
    "asc": "cheapest lowest ascending",
    "desc": "highest descending expensive",
    "ascending": "cheapest lowest",
    "descending": "highest expensive",
    "beginner": "easy first novice",
    "add": "plus sum +",
    "subtract": "minus -",
    "multiply": "times multiplied *",
    "divide": "divided /",
}


class Asked:
    """The context of a question: `text` first, then the `wider` text around it, then `facts`."""

    def __init__(
        self,
        text: str,
        *,
        wider: str = "",
        facts: Sequence[dict[str, Any]] = (),
        fixed: dict[str, Any] | None = None,
        ids_from: str = "",
    ) -> None:
        self.text, self.wider, self.facts, self.fixed = text, wider, facts, fixed or {}
        self.ids_from = ids_from
        self._taken: dict[mentions.Number, str] = {}

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return what the question says for the parameter `name`, best first."""
        if name in self.fixed:
            return [self.fixed[name]]
        many = schema.get("type") == "array"
        found = self._find(name, schema["items"] if many else schema, self.text)
        if not found and self.wider and roles.kind(name, "") != "degree":
            found = self._find(name, schema["items"] if many else schema, self.wider)
        if not found and roles.role(name, {}) == "id":
            found = self._find(name, schema["items"] if many else schema, self.ids_from)
        if many and not schema.get("uniqueItems"):
            found = self._counted(found)
        return found or self._from_facts(name, schema) or self._listed(name, schema)

    def _listed(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return what is listed for an array of free texts: "with lentils and rice"."""
        items = schema.get("items", {}) if schema.get("type") == "array" else {}
        free = items.get("type") == "string" and "enum" not in items
        return listed(self.text) if free and not roles.role(name, items) else ()

    def guess(self, name: str, schema: Schema) -> Any | None:
        """Return what the question most likely means for a parameter that must be given."""
        if schema.get("type") in ("integer", "number"):
            return self._spare_number(name)
        if schema.get("type") != "string":
            return None
        part = roles.role(name, schema)
        if part == "title":
            return phrases.subject(self.text) if "subject" in name else phrases.title(self.text)
        named = name_in(name, self.text) if part in ("person", "place", "") else ""
        return named or GUESSES.get(part, phrases.topic)(self.text)

    def items(self, name: str, schema: Schema) -> Sequence[Context]:
        """Return one context per part of the question that names an id or a number."""
        parts = [part for part in coordinated(self.text) if re.search(r"\d|[\"“]", part)]
        return [Asked(part) for part in parts or ([self.text] if self.text else [])]

    def _counted(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return `found`, ids as often as they are wanted: "two P004"."""
        counted = mentions.counted_ids(self.text)
        return counted if found and list(dict.fromkeys(counted)) == list(found) else found

    def _find(self, name: str, schema: Schema, text: str) -> Sequence[Any]:
        if "enum" in schema:
            return enum_values(schema["enum"], text)
        kind = schema.get("type", "string")
        if kind == "boolean":
            return _flag(name, text)
        if kind in ("integer", "number"):
            return self._numbers(name, schema, text)
        return read_strings(name, schema, text) if kind == "string" else ()

    def _numbers(self, name: str, schema: Schema, text: str) -> Sequence[Any]:
        if roles.role(name, {}) == "id" and "number" not in roles.name_words(name):
            return integer_ids(name, text)
        description = str(schema.get("description", ""))
        ranks = {number: _rank(number, name, description) for number in self._free(name, text)}
        fitting = sorted((n for n in ranks if ranks[n] > 0), key=lambda n: (-ranks[n], n.start))
        if fitting:
            self._taken.setdefault(fitting[0], name)
        return [number.value for number in fitting]

    def _free(self, name: str, text: str) -> list[mentions.Number]:
        return [n for n in mentions.numbers(text) if self._taken.get(n, name) == name]

    def _spare_number(self, name: str) -> int | float | None:
        for text in (self.text, self.wider):
            for number in self._free(name, text):
                self._taken[number] = name
                return number.value
        return None

    def _from_facts(self, name: str, schema: Schema) -> Sequence[Any]:
        named = roles.name_words(name)
        if named and schema.get("type") in ("integer", "number") and named[-1] != "id":
            return self._amounts(name)
        if not named:
            return ()
        # product_ids is told by a result's product_id, else by its id.
        wanted = (named, named[-1:]) if named[-1] == "id" else (named,)
        for words_of_key in wanted:
            found = [
                value
                for fact in self.facts
                for key, value in fact.items()
                if roles.name_words(key) == words_of_key
                and isinstance(value, str | int)
                and not isinstance(value, bool)  # what one thing is like is no filter for others
            ]
            if found:
                return list(dict.fromkeys(found))
        return ()

    def _amounts(self, name: str) -> Sequence[Any]:
        """Return the prices in the facts for an `amount`; a limit has its number from nowhere."""
        if roles.kind(name, "") != "money" or roles.bound(name):
            return ()
        return [
            value
            for fact in self.facts
            for key, value in fact.items()
            if {"price", "total", "cost"} & set(roles.name_words(key))
            and isinstance(value, int | float)
        ]


def enum_values(values: Sequence[Any], text: str) -> list[Any]:
    """Return the listed values that `text` names, in its order; "sleeping bag" covers "bag"."""
    said = [stem(word) for word in words(text)]
    rows = [(at, value) for value in values if (at := _position(value, said, text))]
    kept = [(at, value) for at, value in rows if not any(_covers(other, at) for other, _ in rows)]
    if kept:
        return [value for _, value in sorted(kept, key=lambda row: row[0])]
    shop = find_categories(text)
    return [value for value in values if isinstance(value, str) and find_category(value) in shop]


def _covers(wide: tuple[int, int], narrow: tuple[int, int]) -> bool:
    """Tell whether one (start, length) lies within another and is shorter."""
    ends = sum(narrow) <= sum(wide)
    return wide[0] <= narrow[0] and ends and wide[1] > narrow[1]


def _position(value: Any, said: list[str], text: str) -> tuple[int, int] | None:
    """Return where the words of `value` stand in `said`, and how many they are."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        at = [i for i, number in enumerate(mentions.numbers(text)) if number.value == value]
        return (at[0], 1) if at else None
    if value.isupper() and len(value) <= 3 and not re.search(rf"\b{re.escape(value)}\b", text):
        code = [i for i, word in enumerate(said) if CURRENCIES.get(word) == value]
        return (code[0], 1) if code else None
    named = roles.name_words(value)
    for i in range(len(said) - len(named) + 1):
        if named and all(map(alike_value, named, said[i : i + len(named)])):
            return i, len(named)
    return None


def alike_value(listed: str, said: str) -> bool:
    """Tell whether a word of a listed value is what somebody said."""
    if listed == said or said in _EVERYDAY.get(listed, "").split():
        return True
    return (
        len(said) >= 4 and len(listed) >= 4 and (listed.startswith(said) or said.startswith(listed))
    )


def _flag(name: str, text: str) -> list[bool]:
    wanted = [word for word in roles.name_words(name) if word not in GENERIC]
    said = words(text)
    at = [
        next((i for i, word in enumerate(said) if alike(stem(word), each)), None) for each in wanted
    ]
    if not wanted or None in at:
        return []
    first = min(i for i in at if i is not None)
    before = said[max(0, first - 3) : first]
    return [not (_NOT & set(before) or before[-2:] == ["out", "of"])]


def _rank(number: mentions.Number, name: str, description: str) -> float:
    """Return how well a number suits a parameter: 0 for not at all."""
    named = set(roles.name_words(name))
    kind, wanted = roles.kind(name, description), roles.bound(name)
    if (wanted and number.bound and wanted != number.bound) or (
        wanted == "min" and not number.bound and kind != "degree"
    ):
        return 0
    beside = len(named & set(number.near) - {"max", "min"})
    if kind:
        bare = number.kind == "" and (beside or (kind == "money" and number.bound))
        return 3 + beside if number.kind == kind else 2.0 * bool(bare)
    if beside and number.kind in ("", "percent"):
        return 2 + beside
    return float(bool(named & roles.COUNTING) and not number.kind and not number.bound)
