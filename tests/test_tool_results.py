"""A tool's value as the model reads it, and in a few words for people."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.outdoor import calculate_total, get_product_details, search_products
from labkit.tool_results import as_text, summary
from tests.fragments import JSON


@dataclass
class Weather:
    sky: str


@given(st.text())
def test_a_string_is_its_own_text(value: str) -> None:
    assert as_text(value) == value


@given(JSON.filter(lambda value: not isinstance(value, str)))
def test_all_else_is_json(value: Any) -> None:
    assert json.loads(as_text(value)) == value


def test_text_in_json_stays_readable() -> None:
    assert as_text({"sky": "🌦 über"}) == '{"sky": "🌦 über"}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2026, 11, 1), '"2026-11-01"'),
        ({"file": Path("a.txt")}, '{"file": "a.txt"}'),
        ([Weather("clear")], "[\"Weather(sky='clear')\"]"),
        (("a", 1), '["a", 1]'),
        (None, "null"),
    ],
)
def test_what_json_does_not_know_is_written_as_str_writes_it(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("value", ["half \ud83c", {"text": "half \ud83c"}, ["\udfd5"]])
def test_half_an_emoji_can_be_sent_and_shown(value: Any) -> None:
    assert "\ufffd" in as_text(value).encode().decode()
    assert summary(value).encode()


def test_what_cannot_be_written_as_json_raises() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for value in (circle, {("a", 1): 2}):
        with pytest.raises((TypeError, ValueError)):
            as_text(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "done"),
        ("", "done"),
        ({}, "0 fields"),
        ([], "0 found"),
        ((1, 2), "2 found"),
        ({1}, "1 found"),
        (3.5, "3.5"),
        (True, "True"),
        ("It rains\n in   Oslo.", "It rains in Oslo."),
        ({"error": "There is no\nsuch id."}, "There is no such id."),
        ({"total": 9, "error": None}, "total: 9"),
        ({"name": "Wren 1", "text": "Low\nand quick."}, "name: Wren 1, text: Low and quick."),
        ({"items": [1], "total": 134.1}, "total: 134.1"),
        ({"a": [1], "b": {}}, "2 fields"),
    ],
)
def test_a_value_in_a_few_words(value: Any, words: str) -> None:
    assert summary(value) == words


def test_the_shops_results_in_a_few_words() -> None:
    assert summary(search_products("tents")) == "6 found"
    assert summary(search_products("kayaks")).startswith("There is no category 'kayaks'.")
    assert summary(get_product_details("P004")).startswith("id: P004, name: Larkfield 2")
    total = summary(calculate_total(["P004"], 10))
    assert total == "subtotal: 149.0, discount_percent: 10, total: 134.1"


@given(st.recursive(JSON, lambda inner: st.fixed_dictionaries({"error": inner})))
def test_a_summary_is_one_short_line(value: Any) -> None:
    words = summary(value)
    assert 1 <= len(words) <= 60
    assert len(words.splitlines()) == 1
