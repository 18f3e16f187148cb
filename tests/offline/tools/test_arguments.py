"""Each parameter finds its own words in a question."""

from typing import Any

import pytest

from labkit.offline.tools.arguments import Asked, enum_values
from labkit.offline.tools.instances import instance

NUMBER, TEXT, FLAG = {"type": "number"}, {"type": "string"}, {"type": "boolean"}


def read(question: str, **properties: Any) -> dict[str, Any]:
    found: dict[str, Any] = instance({"type": "object", "properties": properties}, Asked(question))
    return found


@pytest.mark.parametrize(
    ("question", "name", "value"),
    [
        ("tents under 250", "max_price", 250),
        ("tents for at most $1,250.50", "maxPrice", 1250.5),
        ("my budget is 300 euros", "budget", 300),
        ("tents over 100", "min_price", 100),
        ("with 10 percent off", "discount_percent", 10),
        ("15 % discount", "discount", 15),
        ("a bag for -5 degrees", "temperature", -5),
        ("a bag for 0 °C", "min_temperature_c", 0),
        ("a tent for 4 people", "people", 4),
        ("a trip of three days", "days", 3),
        ("show the top 5", "limit", 5),
        ("under 2 kg", "max_weight_kg", 2),
        ("buy 3 of them", "quantity", 3),
    ],
)
def test_a_number_goes_to_the_parameter_it_speaks_of(question: str, name: str, value: Any) -> None:
    assert read(question, **{name: NUMBER}) == {name: value}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("tents for 4 people", "max_price"),
        ("tents under 2 kg", "max_price"),
        ("tents over 100", "max_price"),
        ("product P004", "quantity"),
        ("on 2026-05-01", "price"),
        ("a bag for 0 °C", "discount_percent"),
    ],
)
def test_a_number_of_another_kind_is_left_alone(question: str, name: str) -> None:
    assert read(question, **{name: NUMBER}) == {}


def test_a_range_gives_both_ends() -> None:
    found = read("tents between 100 and 200 dollars", min_price=NUMBER, max_price=NUMBER)
    assert found == {"min_price": 100, "max_price": 200}


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("in stock", True),
        ("that are available", True),
        ("out of stock", False),
        ("not in stock", False),
    ],
)
def test_a_flag_is_true_unless_denied(question: str, value: bool) -> None:
    assert read(f"tents {question}", in_stock=FLAG) == {"in_stock": value}


@pytest.mark.parametrize(
    ("question", "name", "value"),
    [
        ("the status of ORD-12", "order_id", "ORD-12"),
        ("rain in Paris today", "city", "Paris"),
        ("from Oslo to Rome", "destination", "Rome"),
        ("from Oslo to Rome", "origin", "Oslo"),
        ("come on 2026-05-01", "date", "2026-05-01"),
        ("meet at 3 pm", "time", "15:00"),
        ("write to bo@example.com", "email", "bo@example.com"),
        ("open https://example.com/a.", "url", "https://example.com/a"),
        ("translate it into German", "language", "German"),
        ("a jacket in size M", "size", "M"),
        ("two rucksacks", "category", "backpacks"),
        ('called "Night walk"', "label", "Night walk"),
    ],
)
def test_a_string_is_found_by_its_role(question: str, name: str, value: str) -> None:
    assert read(question, **{name: TEXT}) == {name: value}


def test_a_pattern_finds_its_word() -> None:
    code = {"type": "string", "pattern": r"^[a-z]{3}-\d{2}$"}
    assert read("use abc-12 please", voucher=code) == {"voucher": "abc-12"}


def test_an_array_takes_all_that_is_named() -> None:
    ids = {"type": "array", "items": TEXT}
    assert read("P001, P002 and P003", product_ids=ids) == {"product_ids": ["P001", "P002", "P003"]}


def test_listed_values_are_found_as_people_say_them() -> None:
    assert enum_values(["celsius", "fahrenheit"], "how many °C?") == ["celsius"]
    assert enum_values(["bag", "sleeping_bag"], "a sleeping bag") == ["sleeping_bag"]
    assert enum_values(["low", "high"], "this is urgent") == ["high"]
    assert enum_values(["tents", "backpacks"], "a rucksack") == ["backpacks"]


def test_nested_objects_are_filled() -> None:
    filters = {"type": "object", "properties": {"max_price": NUMBER, "in_stock": FLAG}}
    found = read("tents under 90 in stock", filters=filters)
    assert found == {"filters": {"max_price": 90, "in_stock": True}}
