"""What well-known clients really send is accepted, and answered in the form that they expect."""

import json
from typing import Any

import fastjsonschema
import httpx2
import pytest

from labkit.offline.tools.roles import hands_over
from tests.conftest import Ask
from tests.offline.bodies import Body, called, form, result, schema, tool, user
from tests.offline.recorded import (
    ASKED_OSLO,
    CALLS,
    IN_BOTH,
    IN_OSLO,
    NUMBER,
    RAIN,
    REPLIES,
    REPORT,
    SPOKEN,
    WEATHER,
)
from tests.offline.wire import chunks, deltas, text


def calls(response: httpx2.Response) -> list[tuple[str, Any]]:
    """Return the tool calls of an answer, streamed or whole, with their arguments parsed."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        message = response.json()["choices"][0]["message"]
        heads = [call["function"] for call in message.get("tool_calls") or ()]
        return [(head["name"], json.loads(head["arguments"])) for head in heads]
    found: dict[int, list[str]] = {}
    for part in (part for delta in deltas(response) for part in delta.get("tool_calls") or ()):
        call = found.setdefault(part["index"], [part["function"].get("name"), ""])
        call[1] += part["function"]["arguments"]
    return [(name, json.loads(arguments)) for name, arguments in found.values()]


def said(response: httpx2.Response) -> str:
    """Return the text of an answer, streamed or whole."""
    if response.headers["content-type"].startswith("text/event-stream"):
        return text(response)
    return response.json()["choices"][0]["message"]["content"] or ""


@pytest.mark.parametrize("client", CALLS)
def test_the_calls_are_those_that_the_client_waits_for(ask: Ask, client: str) -> None:
    body, expected = CALLS[client]
    response = ask(**body)
    assert response.status_code == 200, response.text
    assert calls(response) == expected


@pytest.mark.parametrize("client", SPOKEN)
def test_the_answer_is_text_that_uses_what_the_client_sent(ask: Ask, client: str) -> None:
    body, word = SPOKEN[client]
    response = ask(**body)
    assert response.status_code == 200, response.text
    assert not calls(response)
    assert word in said(response)
    assert "assistant" not in said(response)


@pytest.mark.parametrize("client", REPLIES)
def test_a_form_is_filled_so_that_the_client_can_parse_it(ask: Ask, client: str) -> None:
    body, wanted = REPLIES[client]
    response = ask(**body)
    assert response.status_code == 200, response.text
    fastjsonschema.compile(wanted)(json.loads(said(response)))


def test_no_text_stands_before_a_call_where_the_answer_must_be_json(ask: Ask) -> None:
    body: Body = {"messages": [IN_BOTH], "tools": [WEATHER], "stream": True}
    plain = [said(ask(**body, seed=seed)) for seed in range(20)]
    in_json = [ask(**body, seed=seed, response_format=form(REPORT)) for seed in range(20)]
    assert any(plain)
    assert not any(map(said, in_json))
    assert all(len(calls(response)) == 2 for response in in_json)


def test_usage_comes_with_every_streamed_form_if_it_was_asked_for(ask: Ask) -> None:
    for body in (
        body for body, _ in (CALLS | SPOKEN | REPLIES).values() if "stream_options" in body
    ):
        last = chunks(ask(**body))[-1]
        assert last["choices"] == []
        assert last["usage"]["prompt_tokens"] > 5 < last["usage"]["total_tokens"]


@pytest.mark.parametrize(
    "question", ["And why?", "And what else?", "And thanks!", "What about it?"]
)
def test_a_follow_up_without_a_value_of_its_own_calls_nothing(ask: Ask, question: str) -> None:
    before = [IN_OSLO, ASKED_OSLO, RAIN, {"role": "assistant", "content": RAIN["content"]}]
    assert not calls(ask(messages=[*before, user(question)], tools=[WEATHER]))


def test_a_tool_that_moves_money_hands_nothing_over(ask: Ask) -> None:
    money = tool("transfer_to_savings", "Moves an amount.", schema({"amount": NUMBER}))
    asked = user("Please transfer 50 dollars to my savings")
    first = calls(ask(messages=[asked], tools=[money]))
    done = called("transfer_to_savings", '{"amount": 50}', content=None)
    told = ask(messages=[asked, done, result('{"balance": 1250}')], tools=[money])
    assert first == [("transfer_to_savings", {"amount": 50})]
    assert "1250" in said(told)


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("transfer_to_refund_agent", True),
        ("Handoff-transfer_to_RefundAgent", True),
        ("handoff_to_billing", True),
        ("transferBackToTriage", True),
        ("hand_over_to_human", True),
        ("transfer_money", False),
        ("convert_to_celsius", False),
    ],
)
def test_a_hand_over_is_told_by_its_name(name: str, does: bool) -> None:
    assert hands_over(name) is does
