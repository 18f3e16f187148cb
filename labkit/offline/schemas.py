"""Refuses the JSON Schemas that OpenAI's API refuses, in its words."""

from collections.abc import Iterator
from typing import Any

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_TOP_LEVEL = ("oneOf", "anyOf", "allOf", "enum", "not")


def check_schema(schema: Any, *, strict: bool = False) -> str | None:
    """Return one sentence that says why `schema` is refused for a tool or a reply, or None.

    The top level must be an object schema; with `strict` every object names all its properties
    in `required` and closes with `additionalProperties: false` (OpenAI, "Structured outputs").
    """
    if not isinstance(schema, dict):
        return f"{schema!r} is not of type 'object', 'boolean'."
    if schema.get("type") != "object":
        got = schema.get("type", "None")
        return f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{got}"'."""
    if found := [word for word in _TOP_LEVEL if word in schema]:
        return (
            "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' "
            f"at the top level, got {found[0]!r}."
        )
    problems = (p for place, part in _parts(schema, ()) for p in _problems(part, place, schema))
    strictly = (p for place, part in _parts(schema, ()) for p in _strict(part, place))
    return next(problems, None) or (next(strictly, None) if strict else None)


def _parts(schema: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every schema within `schema`, itself first, and where it stands."""
    yield place, schema
    if not isinstance(schema, dict):
        return
    for word in ("properties", "$defs", "definitions", "patternProperties"):
        named = schema.get(word)
        for name, part in named.items() if isinstance(named, dict) else ():
            yield from _parts(part, (*place, word, str(name)))
    for word in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(word), dict):
            yield from _parts(schema[word], (*place, word))
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        listed = schema.get(word)
        for i, part in enumerate(listed if isinstance(listed, list) else ()):
            yield from _parts(part, (*place, word, str(i)))


def _problems(schema: Any, place: tuple[str, ...], root: dict[str, Any]) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield f"In context={place}, {schema!r} is not of type 'object', 'boolean'."
        return
    yield from _wrong_shape(schema, place)
    kinds = schema.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in TYPES:
            yield f"In context={place}, {kind!r} is not valid under any of the given schemas."
    if "array" in (kinds if isinstance(kinds, list) else [kinds]) and not (
        schema.keys() & {"items", "prefixItems"}
    ):
        yield f"In context={place}, array schema missing items."
    if "$ref" in schema and not _reaches(root, schema["$ref"]):
        yield f"In context={place}, reference to {schema['$ref']!r} was not found in the schema."


_SHAPES: tuple[tuple[str, type, str], ...] = (
    *((word, dict, "object") for word in ("properties", "$defs", "definitions")),
    *((word, list, "array") for word in ("required", "enum", "anyOf", "oneOf", "allOf")),
)
_NON_EMPTY = ("enum", "anyOf", "oneOf", "allOf")


def _wrong_shape(schema: dict[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """Yield the keywords whose value is not of the type that the meta-schema asks for."""
    for word, kind, name in _SHAPES:
        value = schema.get(word, kind())
        if not isinstance(value, kind):
            yield f"In context={(*place, word)}, {value!r} is not of type '{name}'."
        elif word in _NON_EMPTY and word in schema and not value:
            yield f"In context={(*place, word)}, [] should be non-empty."
    for name in schema.get("required") or ():
        if not isinstance(name, str):
            yield f"In context={(*place, 'required')}, {name!r} is not of type 'string'."


def _reaches(root: dict[str, Any], reference: Any) -> bool:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    found: Any = root
    for key in filter(None, reference[1:].split("/")):
        key = key.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return isinstance(found, dict)


def _strict(schema: Any, place: tuple[str, ...]) -> Iterator[str]:
    """Yield what strict mode refuses in one object schema."""
    kinds = schema.get("type", []) if isinstance(schema, dict) else []
    if "object" not in (kinds if isinstance(kinds, list) else [kinds]):
        return
    if schema.get("additionalProperties") is not False:
        yield (
            f"In context={place}, 'additionalProperties' is required to be supplied "
            "and to be false."
        )
    rule = "is required to be supplied and to be an array including every key in properties."
    required, properties = schema.get("required", []), schema.get("properties", {})
    for name in properties:
        if name not in required:
            yield f"In context={place}, 'required' {rule} Missing {name!r}."
    for name in required:
        if name not in properties:
            yield f"In context={place}, 'required' {rule} Extra required key {name!r} supplied."
