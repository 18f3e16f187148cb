"""Instances of any schema of the supported subset are valid; contexts fill what they can."""

from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.offline.tools.arguments import Asked
from labkit.offline.tools.instances import instance

# What our own strategy writes is valid draft 7; formats are checked by the library's patterns.
FORMATS = ("date", "date-time", "time", "email", "uri", "uuid", "ipv4", "hostname")


def numbers(kind: str) -> Any:
    limits = st.integers(-50, 50)
    plain = st.just({"type": kind})
    ranged = st.tuples(limits, st.integers(2, 40)).map(
        lambda pair: {"type": kind, "minimum": pair[0], "maximum": pair[0] + pair[1]}
    )
    open_ended = st.tuples(limits, st.integers(2, 40)).map(
        lambda pair: {
            "type": kind,
            "exclusiveMinimum": pair[0],
            "exclusiveMaximum": pair[0] + pair[1],
        }
    )
    steps = st.tuples(limits, st.sampled_from([2, 5, 0.5, 0.1] if kind == "number" else [2, 5]))
    stepped = steps.map(lambda pair: {"type": kind, "minimum": pair[0], "multipleOf": pair[1]})
    return st.one_of(plain, ranged, open_ended, stepped)


def strings() -> Any:
    lengths = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
        lambda pair: {"type": "string", "minLength": min(pair), "maxLength": max(pair)}
    )
    patterns = st.sampled_from([r"^P\d{3}$", r"^[a-z]{2,5}-\d+$", r"^(red|blue)$", r"^\+?[0-9 ]+$"])
    return st.one_of(
        st.just({"type": "string"}),
        lengths,
        patterns.map(lambda pattern: {"type": "string", "pattern": pattern}),
        st.sampled_from(FORMATS).map(lambda form: {"type": "string", "format": form}),
    )


SCALARS = st.one_of(
    numbers("integer"),
    numbers("number"),
    strings(),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}]),
    st.lists(st.text(max_size=5), min_size=1, max_size=4).map(lambda values: {"enum": values}),
    st.text(max_size=5).map(lambda value: {"const": value}),
)
NAMES = st.sampled_from("name price city query ids count when steps answer in_stock email".split())


@st.composite
def objects(draw: Any, inner: Any) -> dict[str, Any]:
    properties = draw(st.dictionaries(NAMES, inner, max_size=4))
    required = (
        draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    )
    closed = draw(st.booleans())
    closing = {"additionalProperties": False} if closed else {}
    return {"type": "object", "properties": properties, "required": required, **closing}


def arrays(inner: Any) -> Any:
    sizes = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return st.tuples(inner, sizes).map(
        lambda pair: {
            "type": "array",
            "items": pair[0],
            "minItems": min(pair[1]),
            "maxItems": max(pair[1]),
        }
    )


def unions(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=3)
    return several.map(lambda options: {"anyOf": options})


SCHEMAS = st.recursive(
    SCALARS, lambda inner: objects(inner) | arrays(inner) | unions(inner), max_leaves=8
)
QUESTIONS = st.sampled_from(
    [
        "",
        "Find 3 tents under $250 in Oslo that are in stock, P001 and P002",
        'Write "hello" to anna@example.com on 2026-05-01 at 14:30, 10 % off, -5 °C',
        "between 100 and 200 of https://example.com/a and 1,000.50",
    ]
)


@given(schema=SCHEMAS, question=QUESTIONS)
@settings(deadline=None, max_examples=400)
def test_an_instance_is_valid(schema: dict[str, Any], question: str) -> None:
    value = instance(schema, Asked(question))
    fastjsonschema.compile(schema)(value)
    assert value == instance(schema, Asked(question))


@given(kind=st.sampled_from(["integer", "number", "string"]), count=st.integers(1, 12))
def test_items_differ_where_they_must_be_unique(kind: str, count: int) -> None:
    schema = {"type": "array", "items": {"type": kind}, "minItems": count, "uniqueItems": True}
    assert len({*instance(schema)}) == count


def test_a_recursive_schema_ends() -> None:
    node = {
        "type": "object",
        "properties": {
            "value": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        },
        "required": ["value", "next", "children"],
        "additionalProperties": False,
    }
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    for question in ("", 'A list of "one" and 2 and 3'):
        fastjsonschema.compile(schema)(instance(schema, Asked(question)))


def test_a_schema_that_is_its_own_root_ends() -> None:
    properties = {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#"}}}
    schema = {"type": "object", "properties": properties, "required": ["name", "parts"]}
    fastjsonschema.compile(schema)(instance(schema))


def test_all_of_is_merged() -> None:
    one = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    other = {"properties": {"b": {"type": "string"}}, "required": ["b"]}
    value = instance({"type": "object", "allOf": [one, other]})
    assert set(value) == {"a", "b"}


def test_one_of_holds_exactly_once() -> None:
    schema = {"oneOf": [{"type": "number"}, {"type": "integer"}, {"type": "string"}]}
    assert isinstance(instance(schema), str | float)
    fastjsonschema.compile(schema)(instance(schema))


def test_optional_parts_nobody_spoke_of_are_left_out() -> None:
    properties = {"max_price": {"type": "number"}, "city": {"type": "string"}}
    schema = {"type": "object", "properties": properties}
    assert instance(schema, Asked("under $20")) == {"max_price": 20}


def test_a_required_part_that_may_be_null_is_null_if_nobody_spoke_of_it() -> None:
    properties = {"max_price": {"type": ["number", "null"]}}
    schema = {"type": "object", "properties": properties, "required": ["max_price"]}
    assert instance(schema, Asked("tents")) == {"max_price": None}
    assert instance(schema, Asked("tents under 50")) == {"max_price": 50}


@pytest.mark.parametrize(("said", "value"), [("top 500", 100), ("top 5", 5), ("hello", 10)])
def test_a_number_moves_into_its_range(said: str, value: int) -> None:
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    schema = {"type": "object", "properties": {"limit": limit}, "required": ["limit"]}
    assert instance(schema, Asked(said)) == {"limit": value}


def test_lists_of_objects_are_read_part_by_part() -> None:
    item = {
        "type": "object",
        "properties": {"product_id": {"type": "string"}, "quantity": {"type": "integer"}},
        "required": ["product_id", "quantity"],
    }
    schema = {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": item}},
        "required": ["lines"],
    }
    value = instance(schema, Asked("order 2 P004 and 3 P007"))
    assert value["lines"] == [
        {"product_id": "P004", "quantity": 2},
        {"product_id": "P007", "quantity": 3},
    ]
