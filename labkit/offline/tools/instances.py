"""A valid instance of the caller's JSON Schema, filled with what a context has to offer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from labkit.offline.tools.context import Context, Nothing, Schema, Single
from labkit.offline.tools.values import blank, fit

# Below this depth optional parts and optional items are left out, so that recursion ends.
DEPTH = 5
_ABSENT = object()


def instance(schema: Schema | bool, context: Context | None = None) -> Any:
    """Return a valid instance of `schema` (JSON Schema draft 7, and `prefixItems`, `$defs`).

    Required parts are always filled: from the context, else from `default` and `examples`, else
    with the plainest valid value. Optional parts appear only where the context offers something.
    """
    root = schema if isinstance(schema, dict) else {}
    return _Filler(root).fill(root, _Want(context or Nothing()))


def resolve(schema: Schema | bool, root: Schema) -> Schema:
    """Return `schema`, a part of `root`, with its reference followed and its `allOf` merged."""
    return _Filler(root).resolve(schema)


@dataclass(frozen=True)
class _Want:
    """What is wanted at one place of a schema: `forced` if it must be given, the `nth` of a row."""

    context: Context
    name: str = ""
    forced: bool = True
    depth: int = 0
    nth: int = 0

    def inside(self, **changes: Any) -> "_Want":
        return replace(self, depth=self.depth + 1, **changes)


class _Filler:
    """Walks one schema; `root` resolves its references."""

    def __init__(self, root: Schema) -> None:
        self.root = root

    def fill(self, schema: Any, want: _Want) -> Any:
        """Return a value, or _ABSENT if it is not forced and nothing is known of it."""
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"] if want.forced else _ABSENT
        if "enum" in schema:
            return self.choice(schema, want)
        if branches := _branches(schema):
            return self.branch(schema, branches, want)
        kind = _kind(schema)
        if kind == "object":
            return self.object(schema, want)
        if kind == "array":
            return self.array(schema, want)
        return self.scalar({**schema, "type": kind}, want)

    def resolve(self, schema: Any) -> Schema:
        schema = schema if isinstance(schema, dict) else {}
        for _ in range(20):  # a reference to itself would never end
            if "$ref" not in schema:
                break
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self.target(schema["$ref"]), **rest}
        parts = schema.get("allOf", ())
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            merged = _merge(merged, self.resolve(part))
        return merged

    def target(self, reference: str) -> Schema:
        found: Any = self.root
        for key in reference.lstrip("#").strip("/").split("/"):
            key = key.replace("~1", "/").replace("~0", "~")
            found = found.get(key, {}) if key and isinstance(found, dict) else found
        return found if isinstance(found, dict) else {}

    def choice(self, schema: Schema, want: _Want) -> Any:
        allowed = [value for value in schema["enum"] if _is_kind(value, schema.get("type"))]
        for offer in want.context.offers(want.name, schema):
            if offer in allowed:
                return offer
        if not want.forced:
            return _ABSENT
        spare = [schema["default"]] if "default" in schema else []
        for value in () if want.nth else (*spare, None):
            if value in allowed:
                return value
        return allowed[want.nth % len(allowed)] if allowed else None

    def branch(self, schema: Schema, branches: list[Schema], want: _Want) -> Any:
        """Return a value of the first branch that something speaks for, else of the plainest."""
        base = {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf", "type")}
        options = [_merge(base, self.resolve(branch)) for branch in branches]
        deep = want.depth >= DEPTH
        hints = [] if deep else [(option, want.inside(forced=False)) for option in options]
        plain = sorted(options, key=lambda option: _cost(option, want.nth))
        context = Nothing() if deep else want.context
        needs = [(option, want.inside(context=context)) for option in plain if want.forced]
        values = [_ABSENT]
        for option, inner in (*hints, *needs):
            value = self.fill(option, inner)
            if value is not _ABSENT and self.only_one(value, schema.get("oneOf", ())):
                return value
            values.append(value)
        return values[-1]

    def only_one(self, value: Any, one_of: Sequence[Schema]) -> bool:
        """Tell whether exactly one branch of a `oneOf` holds for `value`."""
        if len(one_of) < 2:
            return True
        shared = {key: self.root[key] for key in ("$defs", "definitions") if key in self.root}
        return _validates(value, json.dumps({**shared, "oneOf": list(one_of)}))

    def object(self, schema: Schema, want: _Want) -> Any:
        properties: Schema = schema.get("properties", {})
        required = list(schema.get("required", ()))
        if want.depth > 3 * DEPTH:  # a schema that requires itself has no finite instance
            return {} if want.forced else _ABSENT
        told = properties if want.depth < DEPTH else {}
        found = {
            key: self.fill(part, want.inside(name=key, forced=False)) for key, part in told.items()
        }
        known = {key: value for key, value in found.items() if value is not _ABSENT}
        if not known and not want.forced:
            return _ABSENT
        least = max(len(required), schema.get("minProperties", 0))
        for key in [*required, *(key for key in properties if key not in required)][:least]:
            if key not in known:
                part = properties.get(key, schema.get("additionalProperties", True))
                known[key] = self.fill(part, want.inside(name=key, forced=True))
        return {key: known[key] for key in dict.fromkeys([*properties, *required]) if key in known}

    def array(self, schema: Schema, want: _Want) -> Any:
        first, rest = _items(schema)
        if first and not want.forced:
            return _ABSENT
        values = [self.fill(part, want.inside()) for part in first]
        if not first and want.depth < DEPTH:
            values = self.members(self.resolve(rest), want)
        if not values and not want.forced:
            return _ABSENT
        return self.counted(values, schema, rest, want)

    def members(self, item: Schema, want: _Want) -> list[Any]:
        """Return the items that the context knows of."""
        options = [item, *map(self.resolve, _branches(item))]
        if any(_kind(option) == "object" for option in options):
            contexts = want.context.items(want.name, item)
            return [self.fill(item, want.inside(context=each, forced=True)) for each in contexts]
        offers = want.context.offers(want.name, {"type": "array", "items": item})
        wants = [want.inside(context=Single(offer), forced=False) for offer in offers]
        return [value for each in wants if (value := self.fill(item, each)) is not _ABSENT]

    def counted(self, values: list[Any], schema: Schema, item: Any, want: _Want) -> list[Any]:
        """Return `values` unique where they must be, and as many as `schema` allows and wants."""
        unique = schema.get("uniqueItems", False)
        values = _once(values) if unique else values
        values = values[: schema.get("maxItems", len(values))]
        least = min(schema.get("minItems", 0), 1000)
        for nth in range(3 * least + 10):
            if len(values) >= least:
                break
            more = self.fill(item, want.inside(context=Nothing(), forced=True, nth=nth))
            values = _once([*values, more]) if unique else [*values, more]
        return values

    def scalar(self, schema: Schema, want: _Want) -> Any:
        if schema["type"] == "null":
            return None if want.forced else _ABSENT
        for offer in want.context.offers(want.name, schema):
            if (value := fit(offer, schema)) is not None:
                return value
        if not want.forced:
            return _ABSENT
        guess = [] if want.nth else [schema.get("default"), want.context.guess(want.name, schema)]
        for offer in (*guess, *schema.get("examples", ())[want.nth : want.nth + 1]):
            if offer is not None and (value := fit(offer, schema)) is not None:
                return value
        return blank(schema, want.nth)


def _kind(schema: Schema) -> str:
    """Return the one type of `schema`, told by its other keywords where `type` is missing."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    for keyword, told in (
        *(("properties", "object"), ("required", "object"), ("additionalProperties", "object")),
        *(("items", "array"), ("prefixItems", "array"), ("minItems", "array")),
        *(("minimum", "number"), ("maximum", "number"), ("multipleOf", "number")),
    ):
        if keyword in schema:
            return told
    return "string"


def _branches(schema: Schema) -> list[Schema]:
    options: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    if not options and isinstance(schema.get("type"), list):
        return [{"type": kind} for kind in schema["type"]]
    return options


def _cost(option: Schema, nth: int) -> int:
    """Rank the branches of something nobody asked for: null, then scalars, then the rest."""
    if option.get("type") == "null":
        return 0 if nth == 0 else 2
    return 3 if _branches(option) or _kind(option) in ("object", "array") else 1


def _merge(one: Schema, other: Schema) -> Schema:
    merged = {**one, **other}
    if "properties" in one and "properties" in other:
        merged["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        merged["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    return merged


def _items(schema: Schema) -> tuple[list[Any], Any]:
    items = schema.get("items", {})
    if isinstance(items, list):
        return items, schema.get("additionalItems", {})
    return schema.get("prefixItems", []), items


def _once(values: list[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "null": (type(None),), "array": (list,), "object": (dict,),
}  # fmt: skip


def _is_kind(value: Any, kinds: Any) -> bool:
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return kinds is None or any(isinstance(value, _PYTHON.get(kind, ())) for kind in kinds)


@lru_cache(maxsize=128)
def _validator(schema: str) -> Any:
    import fastjsonschema

    return fastjsonschema.compile(json.loads(schema))


def _validates(value: Any, schema: str) -> bool:
    try:
        _validator(schema)(value)
    except Exception:  # the library raises several kinds, for the schema as for the value
        return False
    return True
