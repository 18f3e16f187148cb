"""The questions of the course, end to end: the shop's real tools, the calls, the answer."""

from typing import Any

import pytest

from labkit.outdoor import TOOLS
from tests.offline.toolbox import Turn, ask, converse


def search(category: str, **rest: Any) -> tuple[str, dict[str, Any]]:
    return "search_products", {"category": category, **rest}


def details(product_id: str) -> tuple[str, dict[str, Any]]:
    return "get_product_details", {"product_id": product_id}


def total(*product_ids: str, **rest: Any) -> tuple[str, dict[str, Any]]:
    return "calculate_total", {"product_ids": list(product_ids), **rest}


IN_STOCK = [search("tents", max_price=250, in_stock=True)]
REDUCED = [details("P004"), total("P004", discount_percent=10)]
BOTH = [search("tents"), search("sleeping bags")]
UNDER_300 = [search("tents", max_price=300), search("sleeping bags", max_price=300)]

QUESTIONS: list[tuple[str, list[Turn], list[str]]] = [
    *(
        (question, [IN_STOCK], ["3 tents up to $250, in stock", "**Wren 1** (P006): $199.00"])
        for question in (
            "Find tents under $250 that are in stock",
            "Which tents do you have for less than 250 dollars that are in stock?",
            "show me tents below 250 usd, in stock",
        )
    ),
    (
        "I'm looking for a tent, budget 250, must be available now",
        [IN_STOCK],
        ["Larkfield 2", "Wren 1", "Heronwing 2"],
    ),
    *(
        (
            question,
            [REDUCED],
            [
                "**Larkfield 2** (P004) costs $149.00, weighs 2900 g, is for 2 persons and is in",
                "Features: colour-coded poles",
                "The subtotal is $149.00; with a discount of 10 % the total is **$134.10**.",
            ],
        )
        for question in (
            "What are the details on product P004 and how much with 10% discount?",
            "Give me details of P004 and its price with 10 % off",
            "Tell me about P004. What does it cost with 10% off?",
            "p004 details please, and the total after 10% discount",
        )
    ),
    *(
        (
            question,
            [BOTH],
            [
                "**Siskin Solo** (P002), $349.00: with 980 g it is the lightest of the 6",
                "**Dormouse 0** (P007), $219.00: with a comfort of 0 °C it is warm enough",
            ],
        )
        for question in (
            "I need a light tent and a sleeping bag for 0 °C",
            "I need a lightweight tent and a sleeping bag for 0°C. What do you recommend?",
            "Recommend me a lightweight tent and a sleeping bag for freezing temperatures",
        )
    ),
    *(
        (
            question,
            [UNDER_300],
            [
                "| name | price | weight | persons | comfort | in stock | category |",
                "| Wren 1 | $199.00 | 1480 g | 1 | – | yes | tents |",
                "Of the tents, **Larkfield 2** is the cheapest and **Wren 1** is the lightest.",
            ],
        )
        for question in (
            "Compare all tents and sleeping bags under 300 dollars",
            "Show me all tents and sleeping bags under $300 and compare them.",
            "Compare tents with sleeping bags that cost at most $300",
        )
    ),
    (
        "Find me a light tent and a bag for 0 °C and tell me what they cost together",
        [BOTH, [total("P002", "P007")]],
        ["Siskin Solo ($349.00) and Dormouse 0 ($219.00) come to **$568.00** together."],
    ),
    (
        "Find tents under $250 in stock, then get the details of the cheapest and its price with "
        "10% discount",
        [IN_STOCK, REDUCED],
        ["**Larkfield 2** (P004), $149.00: it is the cheapest of the 3", "**$134.10**"],
    ),
    (
        "Give me the details of the cheapest tent in stock, and its price with 10% off",
        [[search("tents", in_stock=True)], REDUCED],
        ["**$134.10**"],
    ),
    (
        "Search tents, then calculate the total of the two cheapest",
        [[search("tents")], [total("P004", "P006")]],
        ["**$348.00** together"],
    ),
    (
        "What would the cheapest tent and the cheapest sleeping bag cost together?",
        [BOTH, [total("P004", "P009")]],
        ["**$218.00**", "it is the cheapest in stock."],
    ),
    (
        "I'd like to buy P001, P007 and P012, what do I pay with 5% off?",
        [[total("P001", "P007", "P012", discount_percent=5)]],
        ["subtotal for Heronwing 2 ($229.00), Dormouse 0 ($219.00) and Mossbed Air ($129.00)"],
    ),
    (
        "I want the lightest tent and the warmest sleeping bag in stock, how much is that in total?",
        [
            [search("tents", in_stock=True), search("sleeping bags", in_stock=True)],
            [total("P002", "P007")],
        ],
        ["it is the lightest of the 5", "it is the warmest of the 3", "**$568.00** together."],
    ),
    (
        "Could you look up product P010 and tell me if it's in stock?",
        [[details("P010")]],
        ["No, **Glacier Marten** (P010) is not in stock."],
    ),
    (
        "Is P003 available and how much is it with 20% off?",
        [[details("P003"), total("P003", discount_percent=20)]],
        ["No, **Badger Lodge 4** (P003) is not in stock.", "**$231.20**"],
    ),
    ("Find tents cheaper than $200", [[search("tents", max_price=200)]], ["tents up to $200"]),
    ("How much would three P004 cost?", [[total("P004", "P004", "P004")]], ["**$447.00**"]),
    ("Is P010 in stock?", [[details("P010")]], ["No, **Glacier Marten** (P010) is not in stock."]),
    ("How heavy is the Ravenscar 3?", [[details("P005")]], ["weighs 3600 g."]),
    (
        "Which is lighter, P001 or P002?",
        [[details("P001"), details("P002")]],
        ["**Heronwing 2** is the cheaper and **Siskin Solo** is the lighter."],
    ),
    (
        "What is the difference between P001 and P004?",
        [[details("P001"), details("P004")]],
        ["| Larkfield 2 | $149.00 |"],
    ),
    ("Find me tents for 4 people", [[search("tents")]], ["Badger Lodge 4", "but it is not in"]),
    ("a sleeping bag for -10", [[search("sleeping bags")]], ["**Glacier Marten**", "-12 °C"]),
    (
        "What are the three cheapest tents?",
        [[search("tents")]],
        ["6 tents; the best 3:", "Larkfield 2", "Wren 1", "Heronwing 2"],
    ),
    ("tents under $50", [[search("tents", max_price=50)]], ["no tents up to $50"]),
    (
        "Show me tents and tell me which of them are in stock",
        [[search("tents", in_stock=True)]],
        ["5 tents in stock:"],
    ),
    ("Do you have kayaks?", [[search("kayaks")]], ["There is no category 'kayaks'"]),
    ("What's the total with 10% off?", [], ["I need the product ids"]),
]


@pytest.mark.parametrize(
    ("question", "turns", "said"), QUESTIONS, ids=[question for question, _, _ in QUESTIONS]
)
def test_a_question_of_the_course_works_whole(
    question: str, turns: list[Turn], said: list[str]
) -> None:
    made, text = converse(question)
    assert made == turns
    for words in said:
        assert words in text


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        ("What are its details?", [details("P002")]),
        ("What does it cost with 10% off?", [total("P002", discount_percent=10)]),
        ("How much do they cost together?", [total("P002", "P007")]),
        ("And how much for both with 20 % off?", [total("P002", "P007", discount_percent=20)]),
        ("And sleeping pads?", [search("sleeping pads")]),
    ],
)
def test_a_second_question_may_speak_of_what_was_recommended(question: str, calls: Turn) -> None:
    first = ask("I need a light tent and a sleeping bag for 0 °C")
    _, text = converse(first)
    turns, _ = converse([*first, {"role": "assistant", "content": text}, *ask(question)])
    assert turns == [calls]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which of them is the cheapest?", "The cheapest of our tents is the **Larkfield 2**"),
        ("Is any of them in stock?", "Siskin Solo"),
    ],
)
def test_a_question_about_what_was_found_searches_for_no_pronoun(question: str, words: str) -> None:
    only_search = [tool for tool in TOOLS if tool["function"]["name"] == "search_products"]
    _, text = converse("Search for tents", only_search)
    talk = [*ask("Search for tents"), {"role": "assistant", "content": text}, *ask(question)]
    turns, text = converse(talk, only_search)
    assert turns == []
    assert words in text


def test_nothing_is_said_that_no_tool_told() -> None:
    functions = {"search_products": lambda **_: [{"name": "Kestrel", "price": 5, "in_stock": True}]}
    _, text = converse("I need a light tent", functions=functions)
    assert "Kestrel" in text
    assert "lightest" not in text
    assert "Siskin" not in text


def test_dollars_are_said_because_the_tools_say_so() -> None:
    _, text = converse("Find tents")
    assert "$149.00" in text
