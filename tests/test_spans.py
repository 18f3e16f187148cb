"""When the model spoke and the tools ran, by a clock that the tests hold."""

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

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
from labkit.spans import SpanLog, label_of
from labkit.speakers import COLORS

BEGAN_S = 100.0
DONE = Done("answered", "Hi", "stop", 2, None, [])
TWO_TURNS: list[tuple[float, AgentEvent]] = [
    (0.0, TurnStarted(1)),
    (0.5, ToolCallForming(0, "search", "{}")),
    (0.75, ToolCallForming(1, "search", "{}")),
    (1.0, ToolStarted(0, "search", {})),
    (1.0, ToolStarted(1, "search", {})),
    (2.0, ToolFinished(1, "search", 1.0, "[]", "0 found")),
    (3.0, ToolFinished(0, "search", 2.0, "[]", "4 found")),
    (3.0, TurnStarted(2)),
    (3.5, TextDelta("Hi")),
    (4.0, DONE),
]


def log_of(events: list[tuple[float, AgentEvent]], *, ended_s: float | None = None) -> SpanLog:
    log = SpanLog(BEGAN_S)
    for at_s, event in events:
        log.add(event, BEGAN_S + at_s)
    if ended_s is not None:
        log.end(BEGAN_S + ended_s)
    return log


def test_turns_and_tools_are_spans_in_seconds_since_the_beginning() -> None:
    assert log_of(TWO_TURNS, ended_s=4.25).rows() == [
        ("model", "model", 0.0, 1.0),
        ("search", "tool", 1.0, 3.0),
        ("search 2", "tool", 1.0, 2.0),
        ("model", "model", 3.0, 4.0),
    ]


def test_a_turn_knows_when_its_first_delta_came() -> None:
    assert [turn.first_s for turn in log_of(TWO_TURNS).turns] == [0.5, 3.5]


def test_a_tool_knows_what_came_of_it() -> None:
    log = log_of(TWO_TURNS)
    assert [(tool.outcome, tool.words) for tool in log.tools] == [
        ("finished", "4 found"),
        ("finished", "0 found"),
    ]


def test_tools_side_by_side_take_less_time_than_their_work() -> None:
    log = log_of(TWO_TURNS)
    assert (log.work_s, log.busy_s) == (3.0, 2.0)
    assert log.saving() == "tools: 3.0 s of work in 2.0 s"
    assert log.summary() == "2 turns, 2 tool calls in 4.00 s; tools: 3.0 s of work in 2.0 s"


def test_what_lasts_has_lasted_until_now() -> None:
    log = log_of(TWO_TURNS[:6])
    assert log.rows()[1:] == [("search", "tool", 1.0, 2.0), ("search 2", "tool", 1.0, 2.0)]
    assert log.tools[0].end_s is None
    log.end(BEGAN_S + 2.5)
    assert log.rows()[1] == ("search", "tool", 1.0, 2.5)
    assert log.tools[0].outcome == ""


def test_the_first_text_and_the_first_of_the_answer_are_told_apart() -> None:
    log = log_of([(0.5, TextDelta("I look")), *TWO_TURNS[3:]])
    assert (log.ttft_s, log.answer_s) == (0.5, 3.5)


def test_without_text_there_is_no_ttft() -> None:
    log = log_of([(0.0, TurnStarted(1)), (0.5, TextDelta("")), (1.0, DONE)])
    assert (log.ttft_s, log.answer_s, log.turns[0].first_s) == (None, None, None)
    assert log.summary() == "1 turn, 0 tool calls in 1.00 s; no tool ran"


def test_a_call_that_fails_before_it_runs_has_a_lane_all_the_same() -> None:
    log = log_of([*TWO_TURNS[:3], (1.0, ToolFailed(0, "boil", 0.0, "There is no tool 'boil'."))])
    [tool] = log.tools
    assert (tool.lane, tool.start_s, tool.end_s, tool.failed) == ("boil", 1.0, 1.0, True)
    assert tool.words == "There is no tool 'boil'."


def test_a_finished_tool_that_never_started_has_run_for_its_seconds() -> None:
    log = log_of([(2.0, ToolFinished(0, "search", 0.5, "[]", "0 found"))])
    assert log.rows() == [("search", "tool", 1.5, 2.0)]


def test_deltas_without_a_turn_belong_to_one_that_began_at_the_beginning() -> None:
    assert log_of([(0.5, TextDelta("Hi")), (1.0, DONE)]).rows() == [("model", "model", 0.0, 1.0)]


def test_a_model_that_goes_on_while_a_tool_runs_has_one_span() -> None:
    events: list[tuple[float, AgentEvent]] = [(1.5, ToolCallForming(1, "search", "{}"))]
    assert log_of([*TWO_TURNS[:4], *events]).rows()[0] == ("model", "model", 0.0, 1.5)


def test_a_clock_that_steps_back_makes_no_negative_span() -> None:
    log = log_of([(1.0, TurnStarted(1)), (0.5, TextDelta("Hi")), (0.25, DONE)], ended_s=0.0)
    assert log.rows() == [("model", "model", 1.0, 1.0)]


CHAT: list[tuple[float, AgentEvent]] = [
    (0.0, TurnStarted(1, "Writer")),
    (0.5, TextDelta("A tent.")),
    (1.0, ToolStarted(0, "Critic", {})),  # a tool may have the name of a speaker
    (1.5, ToolFinished(0, "Critic", 0.5, "[]", "")),
    (1.5, TurnStarted(2, "Critic")),
    (2.0, TextDelta("No.")),
    (3.0, TurnStarted(3, "Writer")),
    (3.5, TextDelta("Two tents.")),
]


def test_all_turns_of_a_speaker_share_its_lane() -> None:
    log = log_of(CHAT, ended_s=4.0)
    assert log.rows() == [
        ("Writer", "model", 0.0, 1.0),
        ("Critic", "tool", 1.0, 1.5),
        ("Critic", "model", 1.5, 3.0),
        ("Writer", "model", 3.0, 4.0),
    ]
    assert log.speakers == ["Writer", "Critic"]
    assert len({span.key for span in log.spans}) == 3


def test_a_turn_without_a_name_is_not_that_of_a_speaker_called_model() -> None:
    log = log_of([(0.0, TurnStarted(1)), (1.0, TurnStarted(2, "model")), (2.0, TurnStarted(3))])
    assert log.speakers == ["model"]
    assert [span.key for span in log.spans].count(("model", "model", "")) == 2


@pytest.mark.parametrize("nobody", ["", None, "  "])
def test_a_speaker_without_a_name_is_the_model(nobody: Any) -> None:
    log = log_of([(0.0, TurnStarted(1, nobody))])
    assert (log.rows(), log.speakers) == ([("model", "model", 0.0, 0.0)], [])


def tool_runs(times_s: list[tuple[float, float]]) -> SpanLog:
    """Return the log of tools that begin and last as `times_s` says."""
    events: list[tuple[float, AgentEvent]] = []
    for call, (start_s, lasts_s) in enumerate(times_s):
        events.append((start_s, ToolStarted(call, "t", {})))
        events.append((start_s + lasts_s, ToolFinished(call, "t", lasts_s, "", "")))
    return log_of(sorted(events, key=lambda event: event[0]))


SECONDS = st.integers(0, 40).map(lambda quarters: quarters / 4)


@given(st.lists(st.tuples(SECONDS, SECONDS), max_size=12))
def test_busy_time_is_that_in_which_a_tool_runs(times_s: list[tuple[float, float]]) -> None:
    log = tool_runs(times_s)
    covered = {
        quarter
        for start_s, lasts_s in times_s
        for quarter in range(int(start_s * 4), int((start_s + lasts_s) * 4))
    }
    assert log.busy_s == len(covered) / 4
    assert log.work_s == sum(lasts_s for _, lasts_s in times_s)


EVENTS: Any = st.one_of(
    st.builds(TurnStarted, st.integers(1, 3), st.sampled_from(["", "t", "Critic"])),
    st.builds(TextDelta, st.text(max_size=2)),
    st.builds(ToolCallForming, st.integers(0, 2), st.just("t"), st.text(max_size=2)),
    st.builds(ToolStarted, st.integers(0, 2), st.sampled_from("tu"), st.just({})),
    st.builds(ToolFinished, st.integers(0, 2), st.just("t"), st.floats(0, 9), *[st.just("")] * 2),
    st.builds(ToolFailed, st.integers(0, 2), st.just("t"), st.floats(0, 9), st.just("")),
    st.just(DONE),
)


@given(st.lists(EVENTS), st.lists(st.floats(0, 9), min_size=1))
def test_any_events_give_spans_within_the_run(events: list[AgentEvent], gaps_s: Any) -> None:
    times_s = list(accumulate(gaps_s))
    log = log_of([(times_s[i % len(times_s)], event) for i, event in enumerate(events)])
    log.end(BEGAN_S + times_s[-1])
    for _, _, start_s, end_s in log.rows():
        assert 0 <= start_s <= end_s <= log.total_s
    lanes = [row[0] for row in log.rows() if row[1] == "tool"]
    assert len(lanes) == len(set(lanes))
    assert log.busy_s <= log.work_s + 1e-6


@pytest.mark.parametrize(
    ("lane", "label"),
    [
        ("model", "model"),
        ("search_products 2", "search products 2"),
        ("get_weather_forecast_for_city 12", "get weather  … city 12"),
        ("a\n b", "a b"),
        ("_", "_"),
    ],
)
def test_a_label_is_a_name_in_words_and_short(lane: str, label: str) -> None:
    assert label_of(lane) == label


def test_the_plot_has_a_bar_for_each_span_and_says_what_was_saved() -> None:
    plot = log_of(
        [*TWO_TURNS[:-1], (3.75, ToolFailed(0, "$x_\\frac{", 0.1, "no")), (4.0, DONE)]
    ).plot()
    plot.canvas.draw()
    [axes] = plot.axes
    assert axes.get_title() == "tools: 3.1 s of work in 2.1 s"
    assert [label.get_text() for label in axes.get_yticklabels()][:3] == [
        *("model", "search", "search 2"),
    ]
    bars: Any = axes.patches
    widths = [round(bar.get_width(), 3) for bar in bars]
    assert widths == [0.5, 0.5, 2.0, 1.0, 0.5, 0.25, 0.1]
    assert [bool(bar.get_hatch()) for bar in bars] == [False] * 6 + [True]
    assert repr(plot) == "2 turns, 3 tool calls in 4.00 s; tools: 3.1 s of work in 2.1 s"


def test_in_the_plot_each_speaker_has_a_lane_and_a_colour() -> None:
    [axes] = log_of(CHAT, ended_s=4.0).plot().axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Writer", "Critic", "Critic"]
    bars: Any = axes.patches
    seen = [(round(bar.get_y() + 0.3), to_hex(bar.get_facecolor())) for bar in bars]
    writer, critic, tool = (0, COLORS[0]), (2, COLORS[1]), (1, "#fb8c00")
    assert seen == [writer, writer, tool, critic, critic, writer, writer]


def test_an_agent_that_did_nothing_can_be_plotted() -> None:
    plot = log_of([], ended_s=0.0).plot()
    plot.canvas.draw()
    assert repr(plot) == "0 turns, 0 tool calls in 0.00 s; no tool ran"
