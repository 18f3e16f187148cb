"""The answer as JSON: an instance of the caller's schema, filled from what we know."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from labkit.offline.schemas import check_schema
from labkit.offline.tools import phrases
from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.context import Context, Schema
from labkit.offline.tools.history import Answered, entities
from labkit.offline.tools.instances import instance
from labkit.offline.tools.readers import name_in
from labkit.offline.tools.roles import COUNTING, kind, name_words, role
from labkit.outdoor import find_product

_WHOLE = frozenset("answer response reply result text output content message final".split())
_SHORT = frozenset(
    "summary explanation reason reasoning rationale advice description recommendation conclusion "
    "detail thought note justification comment analysi analysis".split()
)
_TOPIC = frozenset("topic title subject question query heading headline theme".split())
_NUMBERS = frozenset("age rating score year temperature".split())
_BESIDE = frozenset("product item usd g kg c".split())
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(.+)$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FACTORS: dict[tuple[str, ...], float] = {("g", "kg"): 0.001, ("kg", "g"): 1000}
_MOST_BRACES = 50  # a pasted program has many, and none of them begins a schema
_KEYS = re.compile(r"\b(?:keys?|fields?|properties)\b(?P<listed>[^.\n]{1,200})", re.IGNORECASE)


class Known:
    """The context of a reply: what the tools found, the answer in words, then the question."""

    def __init__(self, question: str, answer: str, answered: Sequence[Answered] = ()) -> None:
        self.answer, self.asked, self.question = answer, Asked(question), question
        found = [thing for each in answered for thing in entities(each.result)]
        self.told = Asked(
            "\n".join(each.result for each in answered if isinstance(each.result, str))
        )
        # Without tools, the things are the products that the answer speaks of.
        self.things = found or _products(answer)
        self.thing: dict[str, Any] = self.things[0] if self.things and len(found) < 2 else {}

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return candidates for the part of the reply called `name`."""
        if (value := _value(self.thing, name)) is not None:
            return value if isinstance(value, list | tuple) else [value]
        if schema.get("type") == "array":
            return self._list(name, schema)
        if schema.get("type", "string") == "string" and "enum" not in schema:
            return self._text(name, schema)
        if set(name_words(name)) & COUNTING and self.things:
            return [len(self.things)]
        return self.asked.offers(name, schema) or self.told.offers(name, schema)

    def guess(self, name: str, schema: Schema) -> Any | None:
        """Return a sentence for a text that must be given, or a number from the question."""
        if self.things and (value := _value(self.things[0], name)) is not None:
            return value
        if schema.get("type") == "string":
            named = role(name, schema) in ("person", "place")
            return (named and name_in(name, self.question)) or self._sentence()
        if self.things and {"total", "sum"} & set(name_words(name)):
            prices = [price for thing in self.things if (price := _value(thing, "price"))]
            return round(sum(p for p in prices if isinstance(p, int | float)), 2)
        return self.asked.guess(name, schema)

    def _sentence(self) -> str:
        return sentences(self.answer)[0] if self.answer else phrases.topic(self.question)

    def items(self, name: str, schema: Schema) -> Sequence[Context]:
        """Return one context for each thing found, else for each point of the answer."""
        if self.things:
            return [_Part(thing, "") for thing in self.things]
        return [_Part({}, point) for point in points(self.answer)]

    def _text(self, name: str, schema: Schema) -> Sequence[Any]:
        named = set(name_words(name))
        if named & _WHOLE and not named & _SHORT:
            return [self.answer]
        if named & _SHORT:
            return sentences(self.answer)[:1]
        if named & _TOPIC:
            return [phrases.topic(self.question)]
        return () if role(name, schema) == "query" else self.asked.offers(name, schema)

    def _list(self, name: str, schema: Schema) -> Sequence[Any]:
        items = schema["items"]
        if set(name_words(name)) & _SHORT and items.get("type") == "string":
            return points(self.answer)  # reasons, not the names of things
        told = items.get("enum") or role(name, items) not in ("", "title", "query", "body", "text")
        if found := self.asked.offers(name, schema) if told else ():
            return found
        key = name_words(name)[-1:]
        inside = [v for thing in self.things for k, v in thing.items() if name_words(k)[-1:] == key]
        names = [str(thing["name"]) for thing in self.things if "name" in thing]
        return inside or names or (points(self.answer) if items.get("type") == "string" else ())


class _Part(Known):
    """The context of one item: a thing that was found, or one point of the answer."""

    def __init__(self, thing: dict[str, Any], point: str) -> None:
        super().__init__(point, point)
        self.thing = thing
        self.bold = re.search(r"\*\*(.+?)\*\*", point)

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        if not self.thing and schema.get("type") == "string" and name_words(name)[-1:] == ("name",):
            return [self.bold[1] if self.bold else " ".join(self.answer.split()[:4])]
        return super().offers(name, schema)

    def guess(self, name: str, schema: Schema) -> Any | None:
        if self.thing and schema.get("type") == "string":
            return next((v for v in self.thing.values() if isinstance(v, str)), None)
        return super().guess(name, schema)

    def items(self, name: str, schema: Schema) -> Sequence[Context]:
        inside = self.thing.get(name)
        rows = inside if isinstance(inside, list) else []
        return [_Part(row, "") for row in rows if isinstance(row, dict)]


def as_json(response_format: dict[str, Any], known: Known, prompt: str = "") -> str:
    """Return the reply as JSON text: an instance of the schema, or an object of our own.

    `prompt` is searched for the keys that a `json_object` reply should have.
    """
    if response_format.get("type") == "json_schema":
        schema = (response_format.get("json_schema") or {}).get("schema") or {"type": "object"}
    else:
        schema = _shown_schema(prompt) or _own_schema(_wanted_keys(prompt))
    return json.dumps(instance(schema, known), ensure_ascii=False)


def _shown_schema(prompt: str) -> Schema | None:
    """Return the last JSON Schema of an object that stands in `prompt`: libraries put it there."""
    found, at = None, prompt.find("{")
    for _ in range(_MOST_BRACES):
        if at < 0:
            break
        value, end = _object_at(prompt, at)
        if isinstance(value.get("properties"), dict) and not check_schema(value, strict=False):
            found = value
        at = prompt.find("{", end)
    return found


def _object_at(text: str, at: int) -> tuple[dict[str, Any], int]:
    """Return the JSON object that begins at `at`, empty if there is none, and where to go on."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return {}, at + 1
    return value, end


def _own_schema(keys: Sequence[str]) -> Schema:
    texts = {"type": "array", "items": {"type": "string"}, "maxItems": 5}
    plain: Schema = {"topic": {"type": "string"}, "answer": {"type": "string"}, "items": texts}
    asked: Schema = {key: _likely(key, texts) for key in keys}
    return {"type": "object", "properties": asked or plain, "required": list(asked or plain)}


def _likely(key: str, texts: Schema) -> Schema:
    """Return the schema that people most likely mean by a bare key."""
    if kind(key, "") or set(key.lower().split("_")) & (COUNTING | _NUMBERS):
        return {"type": "number"}
    if key.startswith(("is_", "has_")):
        return {"type": "boolean"}
    return texts if key.endswith("s") else {"type": "string"}


def _wanted_keys(prompt: str) -> list[str]:
    found = _KEYS.search(prompt)
    listed = found["listed"] if found else ""
    quoted = re.findall(r"[\"'`](\w{1,40})[\"'`]", listed)
    bare = re.findall(r"(?:^|,|\band\b|:)\s*([a-z]\w{0,39})\b(?=\s*(?:,|and\b|$))", listed.strip())
    return list(dict.fromkeys(quoted or bare))[:12]


def _products(answer: str) -> list[dict[str, Any]]:
    found = [product for point in points(answer) if (product := find_product(point))]
    return [asdict(product) for product in dict.fromkeys(found)]


def _value(thing: dict[str, Any], name: str) -> Any | None:
    """Return the field called `name`, or as good as: a `product_name` is its name."""
    if name in thing:
        return thing[name]
    named = set(name_words(name)) - _BESIDE
    same = (key for key in thing if set(name_words(key)) - _BESIDE == named)
    key = next(same, None) if named else None
    return None if key is None else _in_unit(thing[key], key, name)


def _in_unit(value: Any, key: str, name: str) -> Any:
    """Return a weight in the unit that `name` ends in: a `weight_kg` of `weight_g: 980` is 0.98."""
    units = name_words(key)[-1:] + name_words(name)[-1:]
    factor = _FACTORS.get(units, 1)
    return round(value * factor, 3) if factor != 1 and isinstance(value, int | float) else value


def points(answer: str) -> list[str]:
    """Return the list items of a Markdown text, else its sentences; five at most."""
    return ([found.strip() for found in _BULLET.findall(answer)] or sentences(answer))[:5]


def sentences(answer: str) -> list[str]:
    """Return the sentences of a text without its headings and list marks; at least one."""
    lines = [re.sub(r"^\s*[-*•]\s+", "", line).strip() for line in answer.splitlines()]
    told = [line for line in lines if line and not line.endswith(":")]
    found = [sentence for line in told for sentence in _SENTENCE.split(line)]
    return found or [answer.strip()]
