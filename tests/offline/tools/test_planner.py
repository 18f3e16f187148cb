"""A question falls into steps: which tool for which part, and which must wait."""

import pytest

from labkit.offline.tools.choosing import read_tools
from labkit.offline.tools.planner import clauses, plan
from tests.offline.toolbox import SHOP

TOOLS = read_tools(SHOP)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Find tents and then book one", ["Find tents", "book one"]),
        ("Tents between 100 and 200", ["Tents between 100 and 200"]),
        ("Write a note saying milk and eggs", ["Write a note saying milk and eggs"]),
        ("Hello! Find tents.", ["Hello!", "Find tents."]),
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


def test_what_stands_alone_does_not_wait() -> None:
    steps = plan("Find a tent and give me the details of P004", TOOLS)
    assert [step.waits for step in steps] == [False, False]


def test_a_general_question_beside_a_request_is_no_part_of_it() -> None:
    steps = plan("How do I wash a down jacket? Find tents under 200.", TOOLS)
    assert [step.text for step in steps] == ["Find tents under 200."]
