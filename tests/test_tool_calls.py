"""A tool call grows from fragments, whatever its server leaves out or says again."""

import json
from unittest.mock import ANY

import pytest

from labkit.deltas import ToolCallFragment as Fragment
from labkit.tool_calls import ArgumentsError, ToolCall, ToolCalls


def assembled(*fragments: Fragment) -> list[tuple[str, str, str]]:
    calls = ToolCalls()
    for fragment in fragments:
        calls.add(fragment)
    return [(call.id, call.name, call.arguments) for call in calls.calls]


def call_of(arguments: str) -> ToolCall:
    return ToolCall(0, "a", "search", [arguments])


def test_the_arguments_of_each_index_are_joined() -> None:
    heads = Fragment(0, "a", "search"), Fragment(1, "b", "total")
    pieces = Fragment(1, arguments="{"), Fragment(0, arguments="["), Fragment(1, arguments="}")
    assert assembled(*heads, *pieces) == [("a", "search", "["), ("b", "total", "{}")]


def test_a_fragment_is_answered_with_its_call() -> None:
    calls = ToolCalls()
    first, second = calls.add(Fragment(3, "a")), calls.add(Fragment(7, "b"))
    assert calls.add(Fragment(3, arguments="{}")) is first is calls.calls[0]
    assert (first.position, second.position) == (0, 1)


def test_calls_stand_in_the_order_in_which_they_began_not_in_that_of_their_index() -> None:
    assert assembled(Fragment(1, "b", "total"), Fragment(0, "a", "search")) == [
        ("b", "total", ""),
        ("a", "search", ""),
    ]


def test_a_repeated_id_and_name_are_set_once() -> None:
    again = [Fragment(0, "a", "search", piece) for piece in ("", "{", "}")]
    assert assembled(*again) == [("a", "search", "{}")]
    unnumbered = [Fragment(None, "a", "search", piece) for piece in ("", "{", "}")]
    assert assembled(*unnumbered) == [("a", "search", "{}")]


def test_a_name_that_comes_after_its_id_is_taken() -> None:
    assert assembled(Fragment(0, "a"), Fragment(0, name="search")) == [("a", "search", "")]


def test_without_an_index_a_new_id_begins_a_new_call() -> None:
    first = Fragment(None, "a", "search"), Fragment(arguments="{}")
    second = Fragment(None, "b", "search"), Fragment(arguments="[]")
    assert assembled(*first, *second) == [("a", "search", "{}"), ("b", "search", "[]")]


def test_without_an_index_a_known_id_continues_its_call() -> None:
    begun = Fragment(None, "a", "search", "{"), Fragment(None, "b", "total", "[")
    ended = Fragment(None, "a", arguments="}"), Fragment(None, "b", arguments="]")
    assert assembled(*begun, *ended) == [("a", "search", "{}"), ("b", "total", "[]")]


def test_without_index_and_id_another_name_begins_a_new_call() -> None:
    first = Fragment(name="search", arguments="{"), Fragment(name="search", arguments="}")
    assert assembled(*first, Fragment(name="total", arguments="{}")) == [
        (ANY, "search", "{}"),
        (ANY, "total", "{}"),
    ]


def test_an_index_in_the_head_alone_is_enough() -> None:
    assert assembled(Fragment(0, "a", "search"), Fragment(arguments="{}")) == [
        ("a", "search", "{}")
    ]


def test_whole_calls_that_all_say_index_0_are_told_apart_by_their_ids() -> None:
    whole = Fragment(0, "a", "search", "{}"), Fragment(0, "b", "search", "[]")
    assert assembled(*whole) == [("a", "search", "{}"), ("b", "search", "[]")]


def test_whole_calls_without_ids_that_all_say_index_0_are_told_apart_by_their_names() -> None:
    whole = Fragment(0, "", "search", "{}"), Fragment(0, "", "total", "[]")
    assert assembled(*whole) == [(ANY, "search", "{}"), (ANY, "total", "[]")]


@pytest.mark.parametrize("index", [0, None])
def test_whole_calls_of_one_tool_without_ids_are_told_apart(index: int | None) -> None:
    whole = [Fragment(index, "", "search", arguments) for arguments in ('{"a": 1}', '{"a": 2}')]
    assert assembled(*whole) == [(ANY, "search", '{"a": 1}'), (ANY, "search", '{"a": 2}')]


def test_a_call_without_an_id_gets_one_of_ours_that_no_other_call_has() -> None:
    whole = Fragment(0, "", "search", "{}"), Fragment(1, "", "search", "{}")
    ids = [id for turn in range(2) for id, *_ in assembled(*whole)]
    assert all(id.startswith("call_") for id in ids)
    assert len(set(ids)) == 4


def test_two_calls_that_say_the_same_id_get_different_ones() -> None:
    first, second = assembled(Fragment(0, "a", "search"), Fragment(1, "a", "search"))
    assert first[0] == "a" != second[0]


@pytest.mark.parametrize("arguments", ["{}", '{"a": [1, null], "b": "\\ud83c\\udfd5"}', " {} "])
def test_whole_arguments_are_a_dictionary(arguments: str) -> None:
    assert call_of(arguments).parsed() == json.loads(arguments)


def test_no_arguments_at_all_are_an_empty_dictionary() -> None:
    assert ToolCall(0).parsed() == call_of("").parsed() == {}


@pytest.mark.parametrize("arguments", ['{"price": NaN}', '{"price": -Infinity}'])
def test_numbers_that_json_does_not_know_are_refused(arguments: str) -> None:
    with pytest.raises(ArgumentsError, match="is no number"):
        call_of(arguments).parsed()


def test_long_arguments_that_are_no_json_are_shown_without_their_middle() -> None:
    with pytest.raises(ArgumentsError) as caught:
        call_of("{" + "x" * 100_000).parsed()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("arguments", ["{", '{"a": 10%}', "{} {}", "tents", '"a', "\ud83c", "\0"])
def test_what_is_no_json_is_one_sentence_with_what_came(arguments: str) -> None:
    with pytest.raises(ArgumentsError, match=r"^The arguments are not valid JSON") as caught:
        call_of(arguments).parsed()
    assert call_of(arguments).arguments in str(caught.value)


@pytest.mark.parametrize("arguments", ["[]", "null", "3", '"P004"', "true"])
def test_what_is_no_object_is_one_sentence_with_what_came(arguments: str) -> None:
    with pytest.raises(ArgumentsError, match="must be a JSON object, but they are: ") as caught:
        call_of(arguments).parsed()
    assert str(caught.value).endswith(arguments)


@pytest.mark.parametrize("value", ["[" * 200_000, "9" * 5_000], ids=["too deep", "too long"])
def test_json_that_python_does_not_read_is_one_sentence_too(value: str) -> None:
    with pytest.raises(ArgumentsError, match="not valid JSON"):
        call_of(f'{{"a":{value}}}').parsed()


def test_an_emoji_that_a_server_cut_in_two_is_whole_in_the_arguments() -> None:
    call = ToolCall(0, "a", "search", ['{"for": "\ud83c', '\udfd5"}'])
    assert call.parsed() == {"for": "🏕"}
    assert json.dumps(call.as_message(), ensure_ascii=False).encode()


def test_half_an_emoji_can_still_be_sent() -> None:
    call = ToolCall(0, "a", "search", ['{"for": "\ud83c"}'])
    assert call.parsed() == {"for": "\ufffd"}
    assert json.dumps(call.as_message(), ensure_ascii=False).encode()


def test_a_call_goes_back_to_the_model_as_it_came() -> None:
    function = {"name": "search", "arguments": '{"a": 1 }'}
    assert call_of('{"a": 1 }').as_message() == {
        "id": "a",
        "type": "function",
        "function": function,
    }
