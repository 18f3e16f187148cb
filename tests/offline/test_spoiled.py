"""Arguments that come as malformed JSON, and what the model does when it is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI

from labkit.agent import run_agent
from labkit.agent_events import Done, TextDelta, ToolFailed, ToolFinished
from labkit.offline.app import create_app
from labkit.offline.faults import parse_fault
from labkit.offline.model import Model
from labkit.offline.spoiled import spoil
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from labkit.serving import Server, serve
from tests.offline.assistants import museum as assistants
from tests.offline.assistants.conftest import museum  # noqa: F401
from tests.offline.responses.conftest import FLAT, Item, Post, events, post  # noqa: F401

ONE = "Find a tent for two under 300 dollars"
TWO = "Search for tents and for backpacks under 250 dollars"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each), max_leaves=4
)


def agent_events(url: str, question: str, fault: str, **options: Any) -> list[Any]:
    async def run() -> list[Any]:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
            asked = [{"role": "user", "content": question}]
            headers = {"x-labkit-fault": fault} if fault else {}
            more = {"tools": TOOLS, "functions": TOOL_FUNCTIONS, "extra_headers": headers}
            return [each async for each in run_agent(client, "m", asked, **{**more, **options})]

    return asyncio.run(run())


def said(found: list[Any]) -> str:
    return "".join(each.text for each in found if isinstance(each, TextDelta))


def results(found: list[Any]) -> list[tuple[str, str]]:
    ends = [each for each in found if isinstance(each, ToolFailed | ToolFinished)]
    return [(type(each).__name__, each.name) for each in ends]


@given(st.dictionaries(st.text(), VALUES), st.integers(0, 5))
def test_spoiled_arguments_are_never_json(arguments: dict[str, Any], position: int) -> None:
    with pytest.raises(ValueError):
        json.loads(spoil(json.dumps(arguments), position))


@pytest.mark.parametrize("fault", ["bad_arguments=1", "bad_arguments=1;dialect=loose"])
def test_an_agent_that_tells_of_bad_arguments_gets_good_ones_next(
    server: Server, fault: str
) -> None:
    found = agent_events(server.url, ONE, fault)
    failed, finished = [each for each in found if isinstance(each, ToolFailed | ToolFinished)]
    assert failed.reason.startswith("The arguments are not valid JSON")
    assert failed.name == finished.name == "search_products"
    assert "Larkfield 2" in finished.result
    assert "Larkfield 2" in said(found)
    assert "JSON" not in said(found)
    assert isinstance(found[-1], Done)


@pytest.mark.parametrize("dialect", ["", ";dialect=loose", ";dialect=azure"])
def test_the_calls_of_a_turn_are_all_spoiled_and_all_made_again(
    server: Server, dialect: str
) -> None:
    found = agent_events(server.url, TWO, f"bad_arguments=1{dialect}")
    name = "search_products"
    assert results(found) == [("ToolFailed", name)] * 2 + [("ToolFinished", name)] * 2
    assert said(found) == said(agent_events(server.url, TWO, ""))


def test_it_counts_the_turns_whose_calls_were_answered(server: Server) -> None:
    found = agent_events(server.url, ONE, "bad_arguments=3")
    name = "search_products"
    assert results(found) == [("ToolFailed", name)] * 3 + [("ToolFinished", name)]
    assert "Larkfield 2" in said(found)


def test_calls_that_never_become_good_are_given_up_and_told(server: Server) -> None:
    found = agent_events(server.url, ONE, "bad_arguments=99")
    assert {kind for kind, _ in results(found)} == {"ToolFailed"}
    assert "was not valid JSON" in said(found)


def test_times_has_nothing_to_do_with_it(server: Server) -> None:
    for _ in range(2):
        found = agent_events(server.url, ONE, "bad_arguments=1;times=1;truncate_after=50")
        assert results(found)[0][0] == "ToolFailed"


def test_a_tool_that_must_be_called_is_called_again(server: Server) -> None:
    force = {"tool_choice": "required", "max_turns": 3}
    found = agent_events(server.url, ONE, "bad_arguments=1", **force)
    assert results(found)[:2] == [
        ("ToolFailed", "search_products"),
        ("ToolFinished", "search_products"),
    ]


def test_where_no_tool_is_called_nothing_is_spoiled(server: Server) -> None:
    question = "How do I pack a backpack?"
    assert said(agent_events(server.url, question, "bad_arguments=9")) == said(
        agent_events(server.url, question, "")
    )


def test_a_whole_server_can_have_it() -> None:
    with serve(create_app(Model(pace=0, fault=parse_fault("bad_arguments=1")))) as running:
        assert [kind for kind, _ in results(agent_events(running.url, ONE, ""))] == [
            "ToolFailed",
            "ToolFinished",
        ]


@pytest.mark.parametrize(
    "words",
    [
        "Error: invalid JSON in the arguments",
        "JSONDecodeError: Expecting ',' delimiter: line 1 column 20 (char 19)",
        "Could not parse the arguments.",
        "The tool call arguments are malformed. Arguments must be in JSON format.",
        '{"reason": "could not parse JSON"}',
        '{"error": "bad call"}',
    ],
)
def test_other_peoples_words_for_it_are_understood(
    ask_again: Callable[[str], Any], words: str
) -> None:
    assert ask_again(words)["finish_reason"] == "tool_calls"


def test_a_client_that_mends_the_arguments_itself_is_not_called_again(
    ask_again: Callable[[str], Any],
) -> None:
    result = json.dumps(TOOL_FUNCTIONS["search_products"](category="tents"))
    assert ask_again(result)["finish_reason"] == "stop"


@pytest.fixture
def ask_again(http: Any) -> Callable[[str], Any]:
    """Return the choice that follows a spoiled call and a result."""

    def ask(result: str) -> Any:
        body: Any = {"model": "m", "tools": TOOLS, "messages": [{"role": "user", "content": ONE}]}
        headers = {"x-labkit-fault": "bad_arguments=1"}
        for _ in range(2):
            answer = http.post("/v1/chat/completions", json=body, headers=headers).json()
            [choice] = answer["choices"]
            calls = choice["message"].get("tool_calls") or []
            told = [
                {"role": "tool", "tool_call_id": each["id"], "content": result} for each in calls
            ]
            body["messages"] += [choice["message"], *told]
        for call in calls:
            json.loads(call["function"]["arguments"])
        return choice

    return ask


def test_responses_have_it_too(post: Post) -> None:  # noqa: F811
    first = post(ONE, tools=FLAT, fault="bad_arguments=1").json()
    [call] = [item for item in first["output"] if item["type"] == "function_call"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(call["arguments"])
    told = {"type": "function_call_output", "call_id": call["call_id"], "output": "invalid JSON"}
    more: Item = {"previous_response_id": first["id"], "tools": FLAT, "stream": True}
    found = events(post([told], fault="bad_arguments=1", **more))
    [done] = [each for each in found if each["type"] == "response.function_call_arguments.done"]
    assert json.loads(done["arguments"])["category"] == "tents"


def test_assistants_have_it_too(museum: assistants.Museum) -> None:  # noqa: F811
    fault = "bad_arguments=1"
    run = assistants.events(museum.run(ONE, fault=fault, stream=True))[-1][1]
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(calls[0]["function"]["arguments"])
    outputs = [{"tool_call_id": call["id"], "output": "invalid JSON"} for call in calls]
    path = f"{assistants.path(run)}/submit_tool_outputs"
    body = {"tool_outputs": outputs, "stream": True}
    run = assistants.events(museum.post(path, body, x_labkit_fault=fault))[-1][1]
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert json.loads(calls[0]["function"]["arguments"])["category"] == "tents"
