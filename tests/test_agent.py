"""The agent loop, over HTTP: with the offline model, and with servers of several dialects."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labkit.agent import run_agent
from labkit.agent_events import (
    AgentEvent,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.deltas import Usage
from labkit.exercises.traces import raw, traces
from labkit.outdoor import TOOL_FUNCTIONS, TOOLS
from labkit.serving import Server, serve
from tests.agents import client_of, done, of, run, turns
from tests.offline.bodies import user
from tests.replay import Replay, calling, spoken

TENTS = "Which tents under $250 are in stock?"
P004 = "Show me the details of P004, and what does it cost with 10 % off?"
NIGHT = "I need a light tent and a sleeping bag for 0 °C."
COMPARE = "Compare all tents and sleeping bags under $300."
ANSWER = spoken("Two tents.")


@pytest.fixture
def replay() -> Iterator[Callable[..., tuple[Replay, str]]]:
    servers: list[Server] = []

    def start(*streams: str) -> tuple[Replay, str]:
        served = Replay(*streams)
        servers.append(serve(served.app))
        return served, servers[-1].url

    yield start
    for server in servers:
        server.stop()


def ids(event: ToolFinished) -> list[str]:
    return [product["id"] for product in json.loads(event.result)]


# The questions of the course, with the offline model.


def test_one_search_answers_which_tents_are_cheap_and_in_stock(server: Server) -> None:
    events = run(server.url, user(TENTS))
    expected = {"category": "tents", "max_price": 250, "in_stock": True}
    assert turns(events) == [[("search_products", expected)], []]
    [found] = of(ToolFinished, events)
    assert ids(found) == ["P004", "P006", "P001"]
    for name in ("Larkfield 2", "Wren 1", "Heronwing 2"):
        assert name in done(events).text


def test_details_and_a_discount_take_two_calls(server: Server) -> None:
    events = run(server.url, user(P004))
    calls = [call for turn in turns(events) for call in turn]
    assert calls == [
        ("get_product_details", {"product_id": "P004"}),
        ("calculate_total", {"product_ids": ["P004"], "discount_percent": 10}),
    ]
    assert "134.1" in done(events).text


def test_a_tent_and_a_bag_are_searched_in_one_turn(server: Server) -> None:
    events = run(server.url, user(NIGHT))
    searched, *_ = turns(events)
    assert [name for name, _ in searched] == ["search_products"] * 2
    assert [arguments["category"] for _, arguments in searched] == ["tents", "sleeping bags"]
    assert "Siskin Solo" in done(events).text
    assert "Dormouse 0" in done(events).text


def test_a_comparison_takes_two_parallel_calls_and_one_answer(server: Server) -> None:
    events = run(server.url, user(COMPARE))
    assert turns(events) == [
        [
            ("search_products", {"category": "tents", "max_price": 300}),
            ("search_products", {"category": "sleeping bags", "max_price": 300}),
        ],
        [],
    ]
    by_call = {event.call: ids(event) for event in of(ToolFinished, events)}
    assert by_call[0] == ["P004", "P006", "P001", "P003"]
    assert by_call[1] == ["P011", "P009", "P008", "P007"]


@pytest.mark.parametrize("dialect", ["", "dialect=azure", "dialect=loose"])
@pytest.mark.parametrize("question", [TENTS, P004, NIGHT, COMPARE])
def test_the_agent_events_of_any_question_fit_together(
    server: Server, question: str, dialect: str
) -> None:
    events = run(server.url, user(question), extra_headers={"x-labkit-fault": dialect})
    last = done(events)
    assert (last.ending, last.finish_reason) == ("answered", "stop")
    assert [event.turn for event in of(TurnStarted, events)] == list(range(1, last.turns + 1))
    begun = max(i for i, event in enumerate(events) if isinstance(event, TurnStarted))
    assert "".join(event.text for event in of(TextDelta, events[begun:])) == last.text
    assert of(ToolFailed, events) == []
    assert formed(events) == turns(events)


def formed(events: list[AgentEvent]) -> list[list[tuple[str, dict[str, Any]]]]:
    """Return what was called in each turn, put together from the fragments that were shown."""
    found: list[dict[int, tuple[str, str]]] = []
    for event in events:
        if isinstance(event, TurnStarted):
            found.append({})
        elif isinstance(event, ToolCallForming):
            _, before = found[-1].get(event.call, ("", ""))
            found[-1][event.call] = event.name, before + event.fragment
    return [[(name, json.loads(text)) for name, text in turn.values()] for turn in found]


def test_without_tools_the_agent_answers_in_one_turn(server: Server) -> None:
    events = run(server.url, user("How do I choose hiking boots?"), tools=(), functions=None)
    assert done(events).turns == 1
    assert len(of(TextDelta, events)) > 10
    assert done(events).messages[-1] == {"role": "assistant", "content": done(events).text}


def test_the_conversation_can_go_on(server: Server) -> None:
    first = done(run(server.url, user(TENTS)))
    events = run(server.url, *first.messages, user("Show me the details of P012."))
    assert turns(events) == [[("get_product_details", {"product_id": "P012"})], []]
    assert "Mossbed Air" in done(events).text
    assert done(events).messages[: len(first.messages)] == first.messages


# What goes over the wire, and what other servers send.

RUN = sorted(set(traces()) - {"cut", "broken_json"})


@pytest.mark.parametrize("name", RUN)
def test_the_calls_of_every_dialect_are_run(replay: Any, name: str) -> None:
    served, url = replay(raw(name), ANSWER)
    events = run(url)
    assert (done(events).ending, done(events).text) == ("answered", "Two tents.")
    [calls, _] = turns(events)
    results = {event.call: json.loads(event.result) for event in of(ToolFinished, events)}
    assert len(results) == len(calls) > 0
    for i, (tool, arguments) in enumerate(calls):
        assert results[i] == json.loads(json.dumps(TOOL_FUNCTIONS[tool](**arguments)))
    assert len(served.asked) == 2


def test_the_second_turn_has_the_call_and_then_a_result_for_each_in_their_order(
    replay: Any,
) -> None:
    served, url = replay(raw("parallel"), ANSWER)
    bags_are_back = asyncio.Event()

    async def search(category: str, max_price: float) -> str:
        if category == "tents":
            await bags_are_back.wait()
        else:
            bags_are_back.set()
        return f"{category} under {max_price}"

    events = run(url, user("Compare!"), functions={"search_products": search})
    assert [event.call for event in of(ToolFinished, events)] == [1, 0]
    question, assistant, *results = served.asked[1]["messages"]
    assert question == user("Compare!")
    assert (assistant["role"], assistant["content"]) == ("assistant", None)
    assert [call["type"] for call in assistant["tool_calls"]] == ["function"] * 2
    functions = [call["function"] for call in assistant["tool_calls"]]
    assert functions == [
        {"name": "search_products", "arguments": '{"category": "tents", "max_price": 300}'},
        {"name": "search_products", "arguments": '{"category": "sleeping bags", "max_price": 300}'},
    ]
    first, second = (call["id"] for call in assistant["tool_calls"])
    assert first != second
    assert results == [
        {"role": "tool", "tool_call_id": first, "content": "tents under 300"},
        {"role": "tool", "tool_call_id": second, "content": "sleeping bags under 300"},
    ]
    assert done(events).messages[:-1] == served.asked[1]["messages"]


def test_text_before_a_call_goes_back_with_it_and_is_not_the_answer(replay: Any) -> None:
    served, url = replay(raw("text_then_call"), ANSWER)
    events = run(url)
    assistant = served.asked[1]["messages"][1]
    assert assistant["content"] == "I’ll look up the Larkfield 2 for you."
    assert assistant["tool_calls"][0]["function"]["arguments"] == '{"product_id":"P004"}'
    assert done(events).text == "Two tents."


def test_broken_arguments_go_back_to_the_model_as_a_tool_result(replay: Any) -> None:
    served, url = replay(raw("broken_json"), ANSWER)
    events = run(url)
    assert of(ToolStarted, events) == []
    [failure] = of(ToolFailed, events)
    *_, assistant, result = served.asked[1]["messages"]
    assert json.loads(result["content"]) == {"error": failure.reason}
    assert failure.reason.startswith("The arguments are not valid JSON")
    assert "10%" in assistant["tool_calls"][0]["function"]["arguments"]
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert done(events).ending == "answered"


def test_unknown_and_failing_tools_go_back_to_the_model_too(replay: Any) -> None:
    def burn() -> None:
        raise ValueError("too hot")

    served, url = replay(calling(("boil", "{}"), ("burn", "{}"), ("burn", '{"a": 1}')), ANSWER)
    events = run(url, functions={"burn": burn})
    assert [event.call for event in of(ToolStarted, events)] == [1, 2]
    errors = [json.loads(m["content"])["error"] for m in served.asked[1]["messages"][2:]]
    assert errors[:2] == [
        "There is no tool 'boil'. The tools are: burn.",
        "burn failed: ValueError: too hot",
    ]
    assert errors[2].startswith("burn failed: TypeError")


def test_a_tool_that_hangs_is_given_up_and_the_model_hears_of_it(replay: Any) -> None:
    served, url = replay(calling(("wait", "{}")), ANSWER)
    run(url, functions={"wait": asyncio.Event().wait}, tool_limit_s=0.01)
    said = json.loads(served.asked[1]["messages"][-1]["content"])
    assert said == {"error": "wait did not come back within 0.01 s."}


def test_half_an_emoji_in_arguments_and_results_can_be_sent_back(replay: Any) -> None:
    served, url = replay(calling(("echo", '{"text": "\ud83c"}')), ANSWER)
    events = run(url, functions={"echo": lambda text: f"{text}\udfd5"})
    assert done(events).ending == "answered"
    assert served.asked[1]["messages"][-1]["content"] == "\ufffd\ufffd"


def test_a_cut_stream_ends_as_cut_and_runs_nothing(replay: Any) -> None:
    served, url = replay(raw("cut"), ANSWER)
    events = run(url, user("Any bags?"))
    assert (done(events).ending, done(events).finish_reason) == ("cut", None)
    assert of(ToolStarted, events) == of(ToolFailed, events) == []
    assert done(events).messages == [user("Any bags?")]
    assert len(served.asked) == 1


def test_a_call_that_the_token_limit_cut_is_not_run(replay: Any) -> None:
    limited = calling(("search_products", "")).replace('"tool_calls"}', '"length"}')
    served, url = replay(limited, ANSWER)
    events = run(url)
    assert (done(events).ending, done(events).finish_reason) == ("cut", "length")
    assert of(ToolStarted, events) == []
    assert len(served.asked) == 1


def test_the_text_of_a_cut_stream_is_kept(server: Server) -> None:
    events = run(server.url, extra_headers={"x-labkit-fault": "truncate_after=4"}, tools=())
    said = "".join(event.text for event in of(TextDelta, events))
    assert done(events).ending == "cut"
    assert done(events).text == done(events).messages[-1]["content"] == said != ""


@pytest.mark.parametrize("max_turns", [1, 2, 5])
def test_a_model_that_calls_without_end_is_stopped(replay: Any, max_turns: int) -> None:
    served, url = replay(raw("single"))
    events = run(url, max_turns=max_turns)
    assert (done(events).ending, done(events).turns) == ("turn limit", max_turns)
    assert len(served.asked) == max_turns
    assert len(of(ToolFinished, events)) == max_turns - 1
    roles = [message["role"] for message in done(events).messages]
    assert roles == ["user"] + ["assistant", "tool"] * (max_turns - 1)


def test_at_the_limit_the_text_is_kept_without_its_unanswered_calls(replay: Any) -> None:
    _, url = replay(raw("text_then_call"))
    last = done(run(url, max_turns=1))
    text = "I’ll look up the Larkfield 2 for you."
    assert last.text == text
    assert last.messages[-1] == {"role": "assistant", "content": text}


@pytest.mark.parametrize("max_turns", [0, -1])
def test_no_turns_at_all_are_refused_before_anything_is_asked(replay: Any, max_turns: int) -> None:
    served, url = replay(ANSWER)
    with pytest.raises(ValueError, match=f"max_turns must be 1 or more; got {max_turns}"):
        run(url, max_turns=max_turns)
    assert served.asked == []


@pytest.mark.parametrize(
    ("streams", "usage"),
    [
        ([raw("single"), spoken("Two.", tokens=5)], Usage(216, 32, 248)),
        ([raw("single"), raw("stop_with_calls"), spoken("Two.", tokens=5)], Usage(446, 57, 503)),
        ([raw("single"), ANSWER], Usage(211, 27, 238)),
        ([raw("missing_index"), spoken("Two.", tokens=5)], Usage(5, 5, 10)),
        ([raw("missing_index"), ANSWER], None),
    ],
)
def test_usage_is_the_sum_of_all_turns(
    replay: Any, streams: list[str], usage: Usage | None
) -> None:
    _, url = replay(*streams)
    assert done(run(url)).usage == usage


def test_options_and_headers_go_into_every_request(replay: Any) -> None:
    served, url = replay(raw("single"), ANSWER)
    run(url, temperature=0, seed=7, extra_headers={"x-class": "blue"})
    assert [headers["x-class"] for headers in served.headers] == ["blue"] * 2
    for body in served.asked:
        asked = {key: body[key] for key in body if key != "messages"}
        assert asked == {
            "model": "gpt-4o-mini",
            "stream": True,
            "stream_options": {"include_usage": True},
            "tools": TOOLS,
            "temperature": 0,
            "seed": 7,
        }


def test_options_may_replace_what_is_asked_by_default(replay: Any) -> None:
    served, url = replay(ANSWER)
    run(url, tools=(), stream_options={"include_usage": False})
    assert served.asked[0]["stream_options"] == {"include_usage": False}
    assert "tools" not in served.asked[0]


def test_the_callers_messages_are_not_changed(replay: Any) -> None:
    served, url = replay(raw("single"), ANSWER)
    messages = [user("Any tents?")]

    async def main() -> list[AgentEvent]:
        async with client_of(url) as client:
            agent = run_agent(client, "m", messages, tools=TOOLS, functions=TOOL_FUNCTIONS)
            return [event async for event in agent]

    assert len(done(asyncio.run(main())).messages) == 4
    assert messages == [user("Any tents?")] == served.asked[0]["messages"]


def test_a_stream_that_says_nothing_is_an_empty_answer(replay: Any) -> None:
    _, url = replay(spoken(""))
    last = done(run(url))
    assert (last.ending, last.text) == ("answered", "")
    assert last.messages == [user("Any tents?")]
