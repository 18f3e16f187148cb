"""What goes to the browser of an agent: nothing lost, nothing twice, neighbours together."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.agent_events import (
    AgentEvent,
    Done,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.widgets.agent_frames import LONGEST_RESULT, AgentRows, presentable

TEXT = st.text(max_size=4) | st.sampled_from(["🏕️", "\n", "<b>", "x" * 200])
PIECES: Any = st.one_of(
    st.builds(TextDelta, TEXT),
    st.builds(ToolCallForming, st.integers(0, 2), st.sampled_from(["search", ""]), TEXT),
)


def rows(*events: AgentEvent) -> list[list[Any]]:
    return AgentRows().rows([(event, i) for i, event in enumerate(events)])


def texts(found: list[list[Any]]) -> dict[Any, str]:
    """Return the whole text, and the arguments of each call, from their rows."""
    whole: dict[Any, str] = {}
    for kind, _, *rest in found:
        key = "text" if kind == "text" else rest[0]
        whole[key] = whole.get(key, "") + rest[-1]
    return whole


@given(st.lists(PIECES, max_size=30), st.data())
def test_every_piece_is_sent_once_and_in_order(pieces: list[Any], data: st.DataObject) -> None:
    maker, found, expected = AgentRows(), [], dict[Any, str]()
    frame: list[Any] = []
    for i, piece in enumerate(pieces):
        frame.append((piece, i))
        key = "text" if isinstance(piece, TextDelta) else piece.call
        said = piece.text if isinstance(piece, TextDelta) else piece.fragment
        expected[key] = expected.get(key, "") + said
        if data.draw(st.booleans()):
            found += maker.rows(frame)
            frame = []
    found += maker.rows(frame)
    assert texts(found) == expected
    json.dumps(found, ensure_ascii=False).encode()


@given(st.lists(PIECES, max_size=30))
def test_no_two_rows_of_a_frame_could_have_been_one(pieces: list[Any]) -> None:
    found = rows(*pieces)
    kinds = [(type(p), getattr(p, "call", 0), getattr(p, "name", "")) for p in pieces]
    changes = sum(one != other for one, other in itertools.pairwise(kinds))
    assert len(found) == (changes + 1 if pieces else 0)


def test_a_row_has_the_time_of_its_first_piece() -> None:
    assert rows(TurnStarted(1), TextDelta("a"), TextDelta("b")) == [["turn", 0], ["text", 1, "ab"]]


def test_a_name_and_arguments_that_were_sent_are_not_sent_again() -> None:
    found = rows(
        ToolCallForming(0, "search", '{"a":'),
        ToolCallForming(1, "search", "{}"),
        ToolCallForming(0, "search", " 1}"),
        ToolStarted(0, "search", {"a": 1}),
        ToolFailed(1, "search", 0.0, "no"),
        ToolFinished(0, "search", 0.5, "[]", "0 found"),
    )
    assert found == [
        ["forming", 0, 0, "search", '{"a":'],
        ["forming", 1, 1, "search", "{}"],
        ["forming", 2, 0, "", " 1}"],
        ["started", 3, 0, "", ""],
        ["failed", 4, 1, "", 0.0, "no"],
        ["finished", 5, 0, "", 0.5, "[]", "0 found"],
    ]


def test_a_tool_whose_call_was_not_seen_forming_shows_its_arguments() -> None:
    assert rows(ToolStarted(0, "search", {"category": "Zelte für 2"})) == [
        ["started", 0, 0, "search", '{"category": "Zelte für 2"}']
    ]


def test_the_calls_of_the_next_turn_are_others() -> None:
    call = ToolCallForming(0, "search", "{}")
    assert rows(call, TurnStarted(2), call)[2] == ["forming", 2, 0, "search", "{}"]


def test_a_turn_of_a_speaker_brings_its_name_and_what_was_said_before_formatted() -> None:
    found = rows(
        TurnStarted(1, "Writer"),
        TextDelta("A *te"),
        ToolCallForming(0, "search", "{}"),
        TextDelta("nt*."),
        TurnStarted(2, "the\ncritic"),
        TurnStarted(3, "Writer"),
    )
    assert [row for row in found if row[0] == "turn"] == [
        ["turn", 0, "Writer", []],
        ["turn", 4, "the critic", [["p", {}, "A ", ["em", {}, "tent"], "."]]],
        ["turn", 5, "Writer", []],
    ]


def test_what_a_plain_agent_said_before_is_not_sent_again() -> None:
    found = rows(TurnStarted(1), TextDelta("I look."), TurnStarted(2, "Critic"), TurnStarted(3))
    assert [row for row in found if row[0] == "turn"] == [
        ["turn", 0],
        ["turn", 2, "Critic", []],
        ["turn", 3, "", []],
    ]


def test_half_a_character_waits_for_the_other_half_in_the_next_frame() -> None:
    maker = AgentRows()
    halves = [
        TextDelta("a\ud83c"),
        ToolCallForming(0, "t", '"\ud83c'),
        ToolCallForming(0, "t", "\udfd5"),
    ]
    sent = [maker.rows([(half, 0)])[0][-1] for half in [*halves, TextDelta("\udfd5b")]]
    assert sent == ["a", '"', "🏕", "🏕b"]


def test_done_says_when_and_no_more() -> None:
    assert rows(Done("answered", "long text", "stop", 1, None, [{"role": "user"}])) == [["done", 0]]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), None, "1"])
def test_seconds_that_are_no_number_are_left_out(seconds: Any) -> None:
    [row] = rows(ToolFailed(0, "t", seconds, "no"))
    assert row[4] is None


def test_what_a_learners_agent_leaves_out_is_empty() -> None:
    nothing: Any = None
    assert rows(TextDelta(nothing), ToolFinished(0, nothing, 0.5, {"a": 1}, nothing)) == [  # type: ignore[arg-type]
        ["text", 0, ""],
        ["finished", 1, 0, "", 0.5, '{\n  "a": 1\n}', ""],
    ]


# Results to be read


def test_json_is_laid_out_and_keeps_its_letters() -> None:
    assert presentable('{"Größe":[1,2.50]}') == '{\n  "Größe": [\n    1,\n    2.5\n  ]\n}'


@pytest.mark.parametrize(
    "text",
    ["", "plain", "12345678901234567890123", '"a string"', "[]", "{broken", "1e999", "[" * 9999],
)
def test_what_is_no_json_or_bare_stays_as_it_came(text: str) -> None:
    assert presentable(text) == text


def test_a_long_result_is_cut_and_says_so() -> None:
    shown = presentable("x" * (LONGEST_RESULT + 1234))
    assert shown == "x" * LONGEST_RESULT + "\n… and 1,234 more characters"
    assert presentable("x" * LONGEST_RESULT) == "x" * LONGEST_RESULT


@given(st.text())
def test_any_result_can_be_shown(text: str) -> None:
    json.dumps(presentable(text), ensure_ascii=False).encode()
