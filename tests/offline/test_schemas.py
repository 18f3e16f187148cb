"""Schemas that the API refuses are refused with its sentence."""

from typing import Any

import pytest

from labkit.offline.schemas import check_schema


def object_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"type": "array"}, "got 'type: \"array\"'"),
        ({}, "got 'type: \"None\"'"),
        ("string", "is not of type 'object'"),
        ({"type": "object", "anyOf": [{}]}, "at the top level"),
        (object_of(a={"type": "text"}), "'text' is not valid under any of the given schemas."),
        (
            object_of(a={"type": "array"}),
            "In context=('properties', 'a'), array schema missing items.",
        ),
        (object_of(a={"$ref": "#/$defs/B"}), "'#/$defs/B' was not found"),
        (object_of(a=3), "3 is not of type 'object', 'boolean'."),
        (object_of(a={"enum": []}), "should be non-empty"),
        ({"type": "object", "properties": []}, "[] is not of type 'object'."),
        ({"type": "object", "required": [1]}, "1 is not of type 'string'."),
    ],
)
def test_a_schema_the_api_refuses_is_refused(schema: Any, sentence: str) -> None:
    assert sentence in (check_schema(schema) or "")


def test_an_ordinary_schema_is_accepted() -> None:
    tags = {"type": "array", "items": {"type": "string"}}
    assert check_schema(object_of(name={"type": ["string", "null"]}, tags=tags)) is None
    assert check_schema({"type": "object", "properties": {}}) is None


def test_strict_objects_are_closed() -> None:
    problem = check_schema(object_of(), strict=True)
    assert problem == (
        "In context=(), 'additionalProperties' is required to be supplied and to be false."
    )


def test_strict_objects_require_all_their_properties() -> None:
    schema = {**object_of(a={"type": "string"}), "additionalProperties": False}
    assert "Missing 'a'." in (check_schema(schema, strict=True) or "")
    assert check_schema({**schema, "required": ["a"]}, strict=True) is None
    extra = check_schema({**schema, "required": ["a", "b"]}, strict=True)
    assert "Extra required key 'b' supplied." in (extra or "")


def test_strict_holds_for_objects_within_objects() -> None:
    closed = {"additionalProperties": False, "required": ["a"]}
    schema = {**object_of(a={"type": "array", "items": object_of()}), **closed}
    assert "('properties', 'a', 'items')" in (check_schema(schema, strict=True) or "")
