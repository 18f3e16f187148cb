"""Tools that a learner adds are called sensibly, and their results are told sensibly."""

from collections.abc import Callable
from typing import Any

import pytest

from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from tests.offline.invented import INVENTED
from tests.offline.toolbox import NUMBER, TEXT, TEXTS, WHOLE, converse, first_calls, tool

MINE = [
    tool("get_weather", "The weather in a city.", ["city"], city=TEXT),
    tool("delivery_days", "", ["postcode"], postcode=TEXT),
    tool("check_stock", "", ["product_id"], product_id=TEXT),
    tool("rent_price", "", ["product_id", "days"], product_id=TEXT, days=WHOLE),
    tool("convert_currency", "", ["amount", "to"], amount=NUMBER, to=TEXT),
    tool("track_order", "", ["order_id"], order_id=TEXT),
    tool("opening_hours", "", ["day"], day=TEXT),
    tool("suggest_recipe", "", ["ingredients"], ingredients=TEXTS),
    tool("get_reviews", "What customers say about a product.", ["product_id"], product_id=TEXT),
]
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "get_weather": lambda city: {"city": city, "temperature_c": 4.5, "conditions": "rain"},
    "delivery_days": lambda postcode: 3,
    "check_stock": lambda product_id: {"product_id": product_id, "count": 7},
    "rent_price": lambda product_id, days: {"price": 9.5 * days, "currency": "EUR"},
    "convert_currency": lambda amount, to: amount * 0.5,
    "track_order": lambda order_id: {"order_id": order_id, "status": "sent", "eta": "2026-11-24"},
    "opening_hours": lambda day: "10:00 to 18:00",
    "suggest_recipe": lambda ingredients: {
        "title": "Trail stew",
        "minutes": 25,
        "steps": ["Chop it.", "Boil it."],
    },
    "get_reviews": lambda product_id: [
        {"stars": 5, "text": "Stood up to a storm on the ridge."},
        {"stars": 3, "text": "Heavy."},
    ],
}


@pytest.mark.parametrize(
    ("question", "tools", "calls"), INVENTED, ids=lambda value: str(value)[:40]
)
def test_tools_that_a_learner_invents_work(question: str, tools: list[Any], calls: Any) -> None:
    assert first_calls(question, *tools) == calls
    assert first_calls("Good morning!", *tools) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the weather in Oslo?", "**Oslo**: temperature 4.5 °C, conditions rain."),
        ("How long does delivery to 0150 take?", "Delivery for 0150: **3 days**."),
        ("How many of P004 do you have in stock?", "Stock for P004: 7."),
        ("What does it cost to rent P001 for 3 days?", "Rent price for P001, 3 days: 28.50 EUR."),
        ("Convert 149 dollars to EUR", "The result is **74.50 EUR**."),
        ("Where is my order 1234?", "Order 1234: status sent, eta 2026-11-24."),
        ("When do you open on Sunday?", "Opening hours on Sunday: 10:00 to 18:00."),
        (
            "Suggest a recipe with rice and beans",
            "**Trail stew**: 25 minutes. Steps: Chop it. Boil it.",
        ),
        ("Where is my order?", "I can look that up, but I need the order id for it."),
        ("What would renting P001 cost?", "I need the days for it."),
    ],
)
def test_what_they_return_becomes_a_sentence(question: str, answer: str) -> None:
    _, text = converse(question, [*TOOLS, *MINE], {**TOOL_FUNCTIONS, **FUNCTIONS})
    assert answer in text


def test_things_without_a_name_are_told_with_their_text() -> None:
    _, text = converse("What do customers say about P001?", MINE, FUNCTIONS)
    assert "2 reviews for P001" in text
    assert "- 5 stars. Stood up to a storm on the ridge." in text


def test_one_question_may_need_two_of_them_and_one_may_need_the_other() -> None:
    tools, functions = [*TOOLS, *MINE], {**TOOL_FUNCTIONS, **FUNCTIONS}
    turns, text = converse("Find a light tent and show me its reviews", tools, functions)
    assert turns == [
        [("search_products", {"category": "tents"})],
        [("get_reviews", {"product_id": "P002"})],
    ]
    assert "Siskin Solo" in text
    turns, text = converse("Details of P004, and convert its price to EUR", tools, functions)
    assert turns[1] == [("convert_currency", {"amount": 149.0, "to": "EUR"})]
    assert "74.50 EUR" in text


def test_prices_of_a_tool_that_speaks_of_another_currency_are_not_called_dollars() -> None:
    skis = tool("ski_price", "Price of skis in euros.", ["product_id"], product_id=TEXT)
    functions = {**TOOL_FUNCTIONS, "ski_price": lambda product_id: {"price": 12.0, "colour": "red"}}
    _, text = converse("ski price of P001", [*TOOLS, skis], functions)
    assert "12.00" in text
    assert "$" not in text


def test_the_questions_of_the_course_are_not_disturbed_by_them() -> None:
    question = "I need a light tent and a sleeping bag for 0 °C"
    assert first_calls(question, *TOOLS, *MINE) == first_calls(question, *TOOLS)
    assert first_calls("How do I wash a down jacket?", *TOOLS, *MINE) == []
