"""A reply fills with deltas."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from labkit.chunks import delta_of
from labkit.deltas import Delta, ToolCallFragment, Usage
from labkit.exercises.traces import trace, traces
from labkit.reply import Reply
from tests.fragments import Cut, cut_by_index, cut_without_index


def reply(*deltas: Delta) -> Reply:
    filled = Reply()
    for delta in deltas:
        filled.add(delta)
    return filled


def read(chunks: list[ChatCompletionChunk]) -> Reply:
    return reply(*map(delta_of, chunks))


# name: (calls, text, finish reason, total tokens)
TRACES: dict[str, tuple[list[tuple[str, str]], str, str | None, int | None]] = {
    "single": (
        [("search_products", '{"category":"tents","max_price":250,"in_stock":true}')],
        *("", "tool_calls", 238),
    ),
    "parallel": (
        [
            ("search_products", '{"category": "tents", "max_price": 300}'),
            ("search_products", '{"category": "sleeping bags", "max_price": 300}'),
        ],
        *("", "tool_calls", 270),
    ),
    "text_then_call": (
        [("get_product_details", '{"product_id":"P004"}')],
        *("I’ll look up the Larkfield 2 for you.", "tool_calls", None),
    ),
    "repeated_name": (
        [("calculate_total", '{"product_ids": ["P004"], "discount_percent": 10}')],
        *("", "stop", None),
    ),
    "missing_index": (
        [
            ("get_product_details", '{"product_id": "P002"}'),
            ("get_product_details", '{"product_id": "P007"}'),
        ],
        *("", "tool_calls", None),
    ),
    "azure": ([("get_product_details", '{"product_id":"P012"}')], "", "tool_calls", 222),
    "whole": (
        [
            ("search_products", '{"category":"tents","in_stock":true}'),
            ("search_products", '{"category":"sleeping bags","in_stock":true}'),
        ],
        *("", "tool_calls", 403),
    ),
    "blank_ids": (
        [
            ("search_products", '{"category": "sleeping pads", "max_price": 100}'),
            ("get_product_details", '{"product_id": "P013"}'),
        ],
        *("", "tool_calls", 245),
    ),
    "broken_json": (
        [("calculate_total", '{"product_ids":["P001","P004"],"discount_percent":10%}')],
        *("", "tool_calls", None),
    ),
    "stop_with_calls": (
        [("calculate_total", '{"product_ids":["P002","P007"],"discount_percent":5}')],
        *("", "stop", 255),
    ),
    "cut": ([("search_products", '{"category":"sleeping b')], "", None, None),
}


@pytest.mark.parametrize("name", traces())
def test_every_trace_becomes_the_reply_that_its_server_meant(name: str) -> None:
    calls, text, reason, tokens = TRACES[name]
    filled = read(trace(name))
    assert [(call.name, call.arguments) for call in filled.tool_calls] == calls
    assert (filled.text, filled.finish_reason, filled.complete) == (text, reason, bool(reason))
    assert (filled.usage and filled.usage.total_tokens) == tokens


@pytest.mark.parametrize("name", traces())
def test_every_call_of_a_trace_has_the_id_that_its_server_gave(name: str) -> None:
    wire = [part for c in trace(name) for one in c.choices for part in one.delta.tool_calls or []]
    given_ids = dict.fromkeys(part.id for part in wire if part.id)
    assert [call.id for call in read(trace(name)).tool_calls] == list(given_ids)


@given(cut_by_index() | cut_without_index())
def test_the_calls_are_the_same_however_a_server_cuts_mixes_and_repeats_them(cut: Cut) -> None:
    filled = read(cut.chunks())
    assert [(c.id, c.name, c.arguments) for c in filled.tool_calls] == [
        (call.id, call.name, call.arguments) for call in cut.calls
    ]
    assert [c.parsed() for c in filled.tool_calls] == [json.loads(c.arguments) for c in cut.calls]
    assert json.dumps(filled.as_message(), ensure_ascii=False).encode()


@given(cut_by_index() | cut_without_index())
def test_each_fragment_is_answered_with_its_call(cut: Cut) -> None:
    filled = Reply()
    answered = [call for chunk in cut.chunks() for call in filled.add(delta_of(chunk))]
    assert len(answered) == len(cut.parts)
    for call in filled.tool_calls:
        assert filled.tool_calls[call.position] is call
    assert {id(call) for call in answered} == {id(call) for call in filled.tool_calls}


@given(st.lists(st.text()))
def test_the_text_is_all_deltas_in_order(texts: list[str]) -> None:
    assert reply(*map(Delta, texts)).text == "".join(texts)


def test_an_emoji_cut_in_two_becomes_whole_and_half_of_one_can_be_shown() -> None:
    filled = reply(*map(Delta, ("tent ", "\ud83c", "\udfd5", " and \ud83c")))
    assert filled.text == "tent 🏕 and \ufffd"
    assert filled.text.encode()


def test_an_empty_delta_leaves_no_trace() -> None:
    assert reply(Delta(), Delta("a"), Delta("")).texts == ["a"]


def test_a_reply_is_incomplete_until_the_model_says_why_it_ends() -> None:
    assert not reply().complete
    assert not reply(Delta("half of")).complete
    assert reply(Delta("all"), Delta(finish_reason="length")).complete


def test_what_is_once_known_is_not_erased() -> None:
    usage = Usage(1, 2, 3)
    filled = reply(Delta("a", "stop"), Delta(usage=usage), Delta(), Delta("b"))
    assert (filled.text, filled.finish_reason, filled.usage) == ("ab", "stop", usage)


def test_two_replies_share_nothing() -> None:
    one, other = Reply(), Reply()
    one.add(Delta("mine", fragments=(ToolCallFragment(0, "a", "search"),)))
    assert (other.text, other.tool_calls) == ("", [])


def test_its_repr_says_how_it_stands_and_not_the_text() -> None:
    assert repr(reply(Delta("boots"))) == "<Reply 5 characters, incomplete>"
    assert repr(reply(Delta("boots", "stop"))) == "<Reply 5 characters, stop>"
    searching = Delta(fragments=(ToolCallFragment(0, "a", "search"),))
    assert repr(reply(searching)) == "<Reply 0 characters, 1 tool calls, incomplete>"


def test_a_text_goes_back_to_the_model_as_an_assistant_message() -> None:
    assert reply(Delta("boots", "stop")).as_message() == {"role": "assistant", "content": "boots"}


def test_calls_go_back_with_their_text_or_with_none() -> None:
    searching = Delta(fragments=(ToolCallFragment(0, "a", "search", "{}"),))
    function = {"name": "search", "arguments": "{}"}
    calls = [{"id": "a", "type": "function", "function": function}]
    silent, spoken = reply(searching).as_message(), reply(Delta("Let me see."), searching)
    assert silent == {"role": "assistant", "content": None, "tool_calls": calls}
    assert spoken.as_message() == {**silent, "content": "Let me see."}
