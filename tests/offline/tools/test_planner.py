"""A question falls into steps: which tool for which part, and which must wait."""

import pytest

from labkit.offline.tools.choosing import read_tools
from labkit.offline.tools.history import Answered
from labkit.offline.tools.planner import plan
from labkit.offline.tools.scopes import clauses, scope
from labkit.outdoor import TOOLS as SHOP

TOOLS = read_tools(SHOP)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Find tents and then book one", ["Find tents", "book one"]),
        ("Tents between 100 and 200", ["Tents between 100 and 200"]),
        ("Write a note saying milk and eggs", ["Write a note saying milk and eggs"]),
        ("Hello! Find tents.", ["Hello!", "Find tents."]),
        ("Compare P001, P002 and two P003", ["Compare P001, P002 and two P003"]),
    ],
)
def test_a_question_falls_into_its_parts(question: str, parts: list[str]) -> None:
    assert clauses(question) == parts


def test_what_looks_back_waits() -> None:
    steps = plan("Find a tent and tell me its total with 5 % off", TOOLS)
    assert [(step.tool.name, step.waits) for step in steps] == [
        ("search_products", False),
        ("calculate_total", True),
    ]


def test_what_speaks_of_an_id_that_is_known_does_not_wait() -> None:
    steps = plan("Details of P004, and how much with 10 % off?", TOOLS)
    assert [(step.tool.name, step.waits) for step in steps] == [
        ("get_product_details", False),
        ("calculate_total", False),
    ]


def test_what_says_more_of_the_same_search_is_no_second_one() -> None:
    for question in (
        "Show me tents and compare them",
        "Find tents and tell me if they're in stock",
    ):
        assert [step.tool.name for step in plan(question, TOOLS)] == ["search_products"]


def test_each_wish_belongs_to_the_thing_it_is_said_of() -> None:
    question = "I want the lightest tent and the warmest sleeping bag"
    tents, bags = (Answered("search", {"category": c}, []) for c in ("tents", "sleeping bags"))
    assert scope(question, tents) == "I want the lightest tent"
    assert scope(question, bags) == "the warmest sleeping bag"
    assert scope("A cheap tent and a bag", bags) == "A cheap tent and a bag"


def test_what_stands_alone_does_not_wait() -> None:
    steps = plan("Find a tent and give me the details of P004", TOOLS)
    assert [step.waits for step in steps] == [False, False]


def test_a_general_question_beside_a_request_is_no_part_of_it() -> None:
    steps = plan("How do I wash a down jacket? Find tents under 200.", TOOLS)
    assert [step.text for step in steps] == ["Find tents under 200."]
