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
    assert "I found 2 results:" in text
    assert "- **Heronwing 2** (P001): price 229.00, 2150 g, in stock" in text
    assert "- **Siskin Solo** (P002)" in text


def test_what_was_asked_for_is_said_once_not_in_each_line() -> None:
    rows = [{**tent, "category": "tents"} for tent in TENTS]
    text = told(rows, category="tents", max_price=400, in_stock=True)
    assert "I found 2 tents up to 400, in stock:" in text
    assert text.count("in stock") == 1
    assert text.count("tents") == 1


def test_dollars_are_written_only_if_somebody_spoke_of_them() -> None:
    assert "$" not in told(TENTS, "Find tents")
    assert "$229.00" in told(TENTS, "Find tents under $400")
    answered = [Answered("search", {}, TENTS)]
    assert "$229.00" in report("Find tents", answered, spoken={"search": "Prices in US dollars"})
    assert "$" not in report("Find tents", answered, spoken={"search": "Prices in euros"})


def test_a_currency_beside_the_price_is_its_unit() -> None:
    text = told({"name": "Kestrel", "price": 12.5, "currency": "EUR"}, "Prices in dollars?")
    assert text == "**Kestrel** costs 12.50 EUR."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("I need a light tent", "**Siskin Solo** (P002), 349.00: with 980 g it is the lighter"),
        ("The cheapest tent?", "**Heronwing 2** (P001), 229.00: it is the cheaper of the two"),
        ("The most expensive tent?", "**Siskin Solo** (P002), 349.00: it is the more expensive"),
    ],
)
def test_a_wish_names_what_fits_best_and_why(question: str, said: str) -> None:
    assert said in told(TENTS, question)


def test_what_is_in_stock_goes_before_what_fits_better() -> None:
    gone = {**TENTS[1], "in_stock": False}
    text = told([TENTS[0], gone], "I need a light tent")
    assert "**Heronwing 2**" in text
    assert "the lightest in stock" in text


def test_what_is_not_good_enough_is_said_to_come_closest() -> None:
    bags = [{"name": "Otter", "comfort_c": 5}, {"name": "Meadow", "comfort_c": 12}]
    text = told(bags, "A bag for -10 °C")
    assert "**Otter**: with a comfort of 5 °C it comes closest to the -10 °C asked for." in text
    assert "Meadow" not in text


def test_a_comparison_is_a_table_with_a_verdict() -> None:
    text = told(TENTS, "Compare these tents")
    assert "| name | price | weight | in stock |" in text
    assert "| Siskin Solo | 349.00 | 980 g | yes |" in text
    assert "**Heronwing 2** is the cheaper and **Siskin Solo** is the lighter." in text


def test_a_table_holds_what_only_some_have() -> None:
    pad = {"name": "Slate | Foam", "price": 39.0, "weight_g": 410, "r_value": 2}
    text = told([*TENTS, pad], "Compare them")
    assert "| Slate / Foam | 39.00 | 410 g | 2 | – |" in text


def test_a_number_that_was_asked_for_is_kept() -> None:
    text = told(TENTS, "Show me the top 1 of the tents")
    assert "Siskin" not in text
    assert "2 results" in text


def test_a_brief_answer_is_shorter() -> None:
    tents = [{**TENTS[0], "name": f"Tent {i}"} for i in range(5)]
    assert len(told(tents, "Briefly: which tents?")) < len(told(tents, "Which tents?"))


@pytest.mark.parametrize("empty", [[], {}])
def test_nothing_found_is_said(empty: Any) -> None:
    assert "no tents up to 20" in told(empty, category="tents", max_price=20)


@pytest.mark.parametrize("silent", [None, ""])
def test_a_tool_that_returns_nothing_is_done(silent: Any) -> None:
    assert told(silent, "Book it", name="book_tour", tour="Fjord") == "Tour for Fjord: done."


@pytest.mark.parametrize(
    ("bill", "said"),
    [
        ({"total": 84.0}, "The total is **84.00**."),
        (
            {"items": TENTS, "subtotal": 578.0, "discount_percent": 0, "total": 578.0},
            "Heronwing 2 (229.00) and Siskin Solo (349.00) come to **578.00** together.",
        ),
        (
            {"subtotal": 100.0, "discount_percent": 15, "total": 85.0, "shipping_usd": 5.0},
            "The subtotal is 100.00; with a discount of 15 % the total is **85.00**. "
            "Shipping 5 USD.",
        ),
        ({"items": TENTS[:1] * 3, "total": 687.0}, "for 3 × Heronwing 2 (229.00) is **687.00**."),
    ],
)
def test_a_total_is_a_sentence(bill: dict[str, Any], said: str) -> None:
    assert said in told(bill, "The total?", name="add_up")


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
    assert text == "I could not get the weather for Atlantis: No such city."


def test_scalars_and_texts_are_told_as_they_are() -> None:
    assert "**84**" in told(84, "What is 12 * 7?", name="calculator")
    assert told("Sunny, 21 °C", "weather?") == "Sunny, 21 °C"
    assert told("Sunny", "weather?", name="get_weather", city="Oslo") == "Weather for Oslo: Sunny."
    assert told(True, "open?", name="is_open", day="Sunday") == "Open on Sunday: **yes**."
    assert (
        told(3, "days?", name="delivery_days", postcode="0150") == "Delivery for 0150: **3 days**."
    )
    assert told(["a", "b"]) == "- a\n- b"


def test_one_thing_is_told_in_a_sentence() -> None:
    text = told({"city": "Oslo", "temperature_c": 12.5, "conditions": "rain"}, "weather?")
    assert text == "**Oslo**: temperature 12.5 °C, conditions rain."


def test_one_thing_with_a_price_costs_it() -> None:
    tent = {**TENTS[0], "persons": 2, "description": "Pitches in the rain.", "colours": ["red"]}
    assert told(tent, "Tell me about it") == (
        "**Heronwing 2** (P001) costs 229.00, weighs 2150 g, is for 2 persons and is in stock. "
        "Pitches in the rain. Colours: red."
    )


def test_only_what_was_asked_about_one_thing_is_told() -> None:
    tent = {**TENTS[0], "persons": 2, "description": "Pitches in the rain."}
    assert told(tent, "How heavy is it?") == "**Heronwing 2** (P001) weighs 2150 g."
    assert told(tent, "Is it in stock?") == "Yes, **Heronwing 2** (P001) is in stock."


def test_lists_inside_an_object_are_found() -> None:
    text = told({"count": 2, "pages": 7, "results": TENTS})
    assert "**Siskin Solo**" in text
    assert text.endswith("Pages 7.")


def test_what_was_called_twice_is_told_once() -> None:
    once = Answered("search", {}, TENTS)
    assert report("Find tents", [once, once]).count("Siskin") == 1
