"""What the offline model does about a tool that fails: try again once, then say so."""

import json
from typing import Any

import pytest

from labkit.offline.advisor import decide
from labkit.offline.tools.planner import MAX_TURNS
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from tests.offline.toolbox import TEXT, Turn, answered, ask, converse, tool

LATE = {"error": "search_products did not come back within 2 s."}
GARBLED = {"error": 'The arguments are not valid JSON (Expecting value): {"category": '}


def failing(name: str, result: Any, times: int) -> dict[str, Any]:
    """Return the shop's functions, one of which gives `result` so many times for each call."""
    counts: dict[str, int] = {}

    def fail(**arguments: Any) -> Any:
        key = json.dumps(arguments)
        counts[key] = counts.get(key, 0) + 1
        return result if counts[key] <= times else TOOL_FUNCTIONS[name](**arguments)

    return {**TOOL_FUNCTIONS, name: fail}


def test_a_tool_that_came_too_late_is_called_once_more() -> None:
    functions = failing("search_products", LATE, 1)
    turns, text = converse("Find a tent and a sleeping bag", functions=functions)
    assert len(turns) == 2
    assert turns[0] == turns[1]
    assert "Larkfield 2" in text
    assert "did not come back" not in text


def test_a_tool_that_stays_away_is_given_up_and_told_once() -> None:
    functions = failing("search_products", LATE, 99)
    turns, text = converse("Find a tent and a sleeping bag", functions=functions)
    assert len(turns) == 2
    assert text.count("did not come back within 2 s") == 1
    assert "search the products for tents and for sleeping bags" in text
    assert text.endswith("I tried it twice.")


def test_a_call_that_waited_for_another_is_tried_again_too() -> None:
    functions = failing("calculate_total", {"error": "Timed out."}, 1)
    turns, text = converse(
        "Find a light tent and tell me its price with 10 % off", (*TOOLS,), functions
    )
    assert [len(turn) for turn in turns] == [1, 1, 1]
    assert turns[1] == turns[2]
    assert "$314.10" in text


@pytest.mark.parametrize(("times", "said"), [(1, "Larkfield 2"), (9, "was not valid JSON")])
def test_a_call_whose_arguments_did_not_arrive_is_made_until_they_do(times: int, said: str) -> None:
    messages = ask("Find a tent and a sleeping bag")
    turns: list[Turn] = []
    while (decision := decide(messages, tools=TOOLS)).calls:
        broken = len(turns) < times
        turns.append([(call.name, call.arguments) for call in decision.calls])
        results = [
            GARBLED if broken else TOOL_FUNCTIONS[call.name](**call.arguments)
            for call in decision.calls
        ]
        at = len(messages)
        messages = answered(messages, decision, [json.dumps(result) for result in results])
        for call in messages[at]["tool_calls"] if broken else ():
            call["function"]["arguments"] = '{"category": '
    assert len(turns) == min(times + 1, MAX_TURNS)
    assert turns[0] == turns[1]
    assert decision.text.count(said) == 1


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Give me details of P999", "get the product details for P999: There is no product"),
        ("Search for kayaks under 300", "search the products for kayaks, up to 300: There is no"),
    ],
)
def test_an_error_of_the_callers_own_making_is_told_and_not_retried(
    question: str, said: str
) -> None:
    turns, text = converse(question)
    assert len(turns) == 1
    assert said in text


def test_what_went_well_is_told_beside_what_did_not() -> None:
    _, text = converse("Give me details of P004 and P999")
    assert "**Larkfield 2** (P004) costs $149.00" in text
    assert "get the product details for P999" in text


def test_a_total_of_the_known_ids_names_the_unknown_ones() -> None:
    _, text = converse("What is the total of P004, P998 and P999?")
    assert "The total for Larkfield 2 is **$149.00**." in text
    assert "P998, P999" in text


def test_a_tool_that_nobody_has_is_named() -> None:
    unknown = {"error": "There is no tool 'get_product_details'. The tools are: search_products."}
    functions = failing("get_product_details", unknown, 9)
    turns, text = converse("Details of P004 and its price with 10 % off", functions=functions)
    assert len(turns) == 1
    assert "there is no tool 'get_product_details' here" in text
    assert "$134.10" in text


JOB = tool("track_order", "Where an order is.", ["order_id"], order_id=TEXT)


def test_a_tool_that_is_not_ready_is_called_again_until_it_is() -> None:
    told = iter(["The parcel is not ready yet."] * 3)
    functions = {"track_order": lambda order_id: next(told, {"status": "sent"})}
    turns, text = converse("Track order 77", [JOB], functions)
    assert turns == [[("track_order", {"order_id": "77"})]] * 4
    assert "Order 77: sent." in text


def test_only_a_tool_that_asks_for_it_is_called_beyond_the_planners_own_limit() -> None:
    messages = ask("Track order 77")
    for _ in range(2 * MAX_TURNS):
        decision = decide(messages, tools=[JOB])
        assert [call.name for call in decision.calls] == ["track_order"]
        messages = answered(messages, decision, ["Still working, ask again in a moment."])
    messages[-1]["content"] = '{"error": "The service timed out."}'
    assert decide(messages, tools=[JOB]).calls == ()
