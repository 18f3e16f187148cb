"""The answer after tools says what they told, and nothing else."""

from typing import Any

import pytest

from labkit.offline.tools.findings import report
from labkit.offline.tools.history import Answered

TENTS = [
    {"id": "P001", "name": "Heronwing 2", "price": 229.0, "weight_g": 2150, "in_stock": True},
    {"id": "P002", "name": "Siskin Solo", "price": 349.0, "weight_g": 980, "in_stock": True},
]


def told(result: Any, question: str = "Find tents", name: str = "search", **arguments: Any) -> str:
    return report(question, [Answered(name, arguments, result)])


def test_each_thing_found_is_a_list_item() -> None:
    text = told(TENTS)
    assert "- **Heronwing 2**: id P001, price 229.00, weight 2150 g, in stock" in text
    assert "- **Siskin Solo**" in text


def test_dollars_are_written_only_if_somebody_spoke_of_them() -> None:
    assert "$" not in told(TENTS, "Find tents")
    assert "$229.00" in told(TENTS, "Find tents under $400")


def test_a_wish_names_what_fits_best() -> None:
    assert "**Siskin Solo**" in told(TENTS, "I need a light tent").splitlines()[-1]
    assert "**Heronwing 2**" in told(TENTS, "The cheapest tent?").splitlines()[-1]


def test_a_comparison_is_a_table() -> None:
    text = told(TENTS, "Compare these tents")
    assert "| id | name | price | weight | in stock |" in text
    assert "| P002 | Siskin Solo | 349.00 | 980 g | yes |" in text


def test_a_number_that_was_asked_for_is_kept() -> None:
    text = told(TENTS, "Show me the top 1 of the tents")
    assert "Siskin" not in text
    assert "1 more" in text


def test_a_brief_answer_is_shorter() -> None:
    assert len(told(TENTS, "Briefly: which tents?")) < len(told(TENTS, "Which tents?"))


@pytest.mark.parametrize("empty", [[], {}, None, ""])
def test_nothing_found_is_said(empty: Any) -> None:
    assert "tents, max price 20" in told(empty, category="tents", max_price=20)


@pytest.mark.parametrize(
    "result",
    [
        {"error": "No such city."},
        {"error": {"message": "No such city."}},
        {"status": "error", "message": "No such city."},
        "Error: No such city.",
    ],
)
def test_an_error_is_told_in_plain_words(result: Any) -> None:
    text = told(result, name="get_weather", city="Atlantis")
    assert "get weather (Atlantis)" in text
    assert "No such city." in text


def test_scalars_and_texts_are_told_as_they_are() -> None:
    assert "**84**" in told(84, "What is 12 * 7?", name="calculator")
    assert told("Sunny, 21 °C", "weather?") == "Sunny, 21 °C"
    assert told(["a", "b"]) == "- a\n- b"


def test_the_fields_of_one_thing_are_listed() -> None:
    text = told({"city": "Oslo", "temperature_c": 12.5, "conditions": "rain"}, "weather?")
    assert "**Oslo**" in text
    assert "- temperature 12.5 °C" in text
    assert "- conditions rain" in text


def test_lists_inside_an_object_are_found() -> None:
    text = told({"count": 2, "results": TENTS})
    assert "**Siskin Solo**" in text
    assert "Count 2" in text


def test_what_was_called_twice_is_told_once() -> None:
    once = Answered("search", {}, TENTS)
    assert report("Find tents", [once, once]).count("Siskin") == 1
