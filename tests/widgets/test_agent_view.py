"""The live view of an agent: what it sends, how it ends, and the picture that it leaves."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from labkit.agent_events import (
    AgentEvent,
    Done,
    Ending,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.deltas import Usage
from labkit.widgets import assets
from labkit.widgets.agent_view import STATES, AgentView

BEGAN_S = 50.0
HOSTILE = "<img src=x onerror=alert(1)>"


def done(ending: Ending = "answered", text: str = "Two *tents*.") -> Done:
    return Done(ending, text, "stop", 2, Usage(1000, 200, 1200), [])


EVENTS: list[tuple[float, AgentEvent]] = [
    (0.0, TurnStarted(1)),
    (0.25, TextDelta("I look.")),
    (0.5, ToolCallForming(0, "search_products", '{"category":')),
    (0.5, ToolCallForming(0, "search_products", '"tents"}')),
    (1.0, ToolStarted(0, "search_products", {"category": "tents"})),
    (1.0, ToolFailed(1, "boil", 0.0, f"There is no tool 'boil' {HOSTILE}.")),
    (2.0, ToolFinished(0, "search_products", 1.0, '[{"id":"P1"}]', "1 found")),
    (2.0, TurnStarted(2)),
    (2.5, TextDelta("Two ")),
    (2.75, TextDelta("*tents*.")),
    (3.0, done()),
]


@pytest.fixture
def view() -> AgentView:
    return AgentView(BEGAN_S)


def fill(view: AgentView, events: list[tuple[float, AgentEvent]] = EVENTS) -> None:
    for at_s, event in events:
        view.take(event, BEGAN_S + at_s)


def frames(view: AgentView) -> list[Any]:
    state = view.get_state()
    return [state[key] for key in state if key[0] == "f" and key[1:].isdigit()]


def test_a_late_view_finds_every_row_in_the_state(view: AgentView) -> None:
    for at_s, event in EVENTS:
        view.take(event, BEGAN_S + at_s)
        view.flush()
    found = frames(view)
    assert [frame["at_ms"] for frame in found] == [round(at_s * 1000) for at_s, _ in EVENTS]
    assert [row[0] for frame in found for row in frame["rows"]] == [
        *("turn", "text", "forming", "forming", "started", "failed", "finished"),
        *("turn", "text", "text", "done"),
    ]
    json.dumps(found)


def test_what_is_no_agent_event_is_ignored(view: AgentView) -> None:
    for other in ("text", None, 3, object(), {"type": "text"}):
        view.take(other, BEGAN_S + 1)
    view.finish("unfinished", "", BEGAN_S + 1)
    assert frames(view) == []
    assert view.spans.rows() == []


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_events_from_many_threads_have_one_order_in_frames_and_spans(view: AgentView) -> None:
    view.start()

    def work(call: int) -> None:
        for i in range(200):
            view.take(ToolStarted(call, f"t{call}-{i}", {}), BEGAN_S + i / 100)
            view.take(ToolFinished(call, f"t{call}-{i}", 0.0, "", ""), BEGAN_S + i / 100)

    threads = [threading.Thread(target=work, args=(call,)) for call in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    view.finish("unfinished", "", BEGAN_S + 3)
    started = [row for frame in frames(view) for row in frame["rows"] if row[0] == "started"]
    assert [row[3] for row in started] == [span.lane for span in view.spans.tools]
    times_ms = [row[1] for frame in frames(view) for row in frame["rows"]]
    assert times_ms == sorted(times_ms)


def test_a_finished_view_has_the_figures_and_the_formatted_answer(view: AgentView) -> None:
    assert (view.state, view.note) == ("running", "thinking …")
    view.start()
    fill(view)
    view.finish("answered", "", BEGAN_S + 3.25)
    state = view.get_state()
    assert (state["state"], state["note"]) == ("answered", "answered in 3.2 s")
    assert state["document"] == [["p", {}, "Two ", ["em", {}, "tents"], "."]]
    assert state["figures"] == {
        "total_s": 3.25,
        "turns": 2,
        "tool_calls": 2,
        "ttft_s": 0.25,
        "answer_s": 2.5,
        "tokens": 1200,
    }


def test_the_answer_is_the_text_of_the_last_turn(view: AgentView) -> None:
    texts = []
    for at_s, event in EVENTS:
        view.take(event, BEGAN_S + at_s)
        texts.append(view.text)
    assert texts[1] == "I look."
    assert texts[7:] == ["", "Two ", "Two *tents*.", "Two *tents*."]


CHAT: list[tuple[float, AgentEvent]] = [
    (0.0, TurnStarted(1, "Writer")),
    (0.5, TextDelta("Two *tents*.")),
    (0.75, ToolStarted(0, "search_products", {})),
    (1.0, ToolFinished(0, "search_products", 0.25, "[]", "0 found")),
    (1.0, TurnStarted(2, "safety_reviewer")),
    (1.5, TextDelta("Approved.")),
]


def test_each_turn_of_a_conversation_is_sent_formatted_once(view: AgentView) -> None:
    fill(view, CHAT)
    view.finish("ended", "", BEGAN_S + 2)
    [frame] = frames(view)
    assert [row[2:] for row in frame["rows"] if row[0] == "turn"] == [
        ["Writer", []],
        ["safety_reviewer", [["p", {}, "Two ", ["em", {}, "tents"], "."]]],
    ]
    assert view.document == [["p", {}, "Approved."]]  # the last one, when all has ended
    assert (view.text, view.note) == ("Approved.", "ended after 2 turns")


def test_an_agent_that_does_not_stream_says_its_answer_at_the_end(view: AgentView) -> None:
    fill(view, [(0.0, TurnStarted(1)), (1.0, done(text="All at once."))])
    assert view.text == "All at once."


@pytest.mark.parametrize(
    "state", [state for state in STATES if state not in ("running", "answered")]
)
def test_every_ending_has_a_sentence_in_the_caption(view: AgentView, state: str) -> None:
    fill(view)
    view.finish(state, "", BEGAN_S + 3)
    assert STATES[state].format(turns="2 turns") in view.caption()


def test_a_failure_says_what_failed(view: AgentView) -> None:
    view.finish("failed", "failed: OSError: {the line} is dead", BEGAN_S + 1)
    assert view.note == "failed: OSError: {the line} is dead"


def test_the_caption_has_the_figures_in_words(view: AgentView) -> None:
    fill(view)
    view.finish("answered", "", BEGAN_S + 3)
    assert view.caption() == (
        "answered in 3.0 s, 2 turns, 2 tool calls in 3.00 s; tools: 1.0 s of work in 1.0 s, "
        "TTFT 0.25 s, answer from 2.50 s, 1,200 tokens"
    )


def message(view: AgentView, content: object) -> None:
    """Let `content` come from the browser."""
    data = {"method": "custom", "content": content}
    view.comm.handle_msg({"content": {"data": data}, "buffers": []})


def test_the_stop_button_calls_who_asked_for_it(view: AgentView) -> None:
    pressed: list[str] = []
    message(view, {"type": "stop"})  # nobody listens yet
    view.on_stop(lambda: pressed.append("stop"))
    message(view, {"type": "start"})
    assert pressed == []
    message(view, {"type": "stop"})
    assert pressed == ["stop"]


# The static picture


def test_the_saved_picture_has_lanes_steps_answer_and_caption(view: AgentView) -> None:
    fill(view)
    view.finish("answered", "", BEGAN_S + 3)
    data, _ = view._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    lanes = data["text/html"].split("</pre>")[0].removeprefix("<div><pre>").splitlines()
    assert [lane.split()[0] for lane in lanes] == ["model", "search", "boil"]
    assert [set(lane.rsplit(" ", 1)[1]) for lane in lanes] == [set("░█·"), set("█·"), set("✗·")]
    assert "<li>✓ search products, 1.00 s: 1 found</li>" in data["text/html"]
    assert "<p>Two <em>tents</em>.</p>" in data["text/html"]
    assert view.caption() in data["text/html"]
    assert data["text/plain"].splitlines() == [
        "✓ search products, 1.00 s: 1 found",
        f"✗ boil, 0.00 s: There is no tool 'boil' {HOSTILE}.",
        "Two *tents*.",
        f"— {view.caption()}",
    ]


def test_the_picture_has_no_markup_of_model_or_tools(view: AgentView) -> None:
    fill(view, [(0.0, TextDelta(HOSTILE)), (0.5, ToolFailed(0, HOSTILE, 0.0, HOSTILE))])
    view.finish("failed", f"failed: {HOSTILE}", BEGAN_S + 1)
    assert "<img" not in view.picture()[1]
    assert view.picture()[1].count("&lt;img") >= 3


def test_the_saved_picture_of_a_conversation_has_the_names_before_the_turns(
    view: AgentView,
) -> None:
    fill(view, CHAT)
    view.finish("ended", "", BEGAN_S + 2)
    plain, html = view.picture()
    assert plain.splitlines()[:3] == [
        "✓ search products, 0.25 s: 0 found",
        "Writer: Two *tents*.",
        "safety reviewer: Approved.",
    ]
    lanes = html.split("</pre>")[0].removeprefix("<div><pre>").splitlines()
    assert [lane[:15].strip() for lane in lanes] == ["Writer", "search products", "safety reviewer"]
    assert html.index("<strong>Writer</strong>") < html.index("<em>tents</em>")
    assert html.index("<strong>safety reviewer</strong>") < html.index("Approved.")


def test_a_hostile_and_very_long_name_is_text_and_short_in_its_lane(view: AgentView) -> None:
    fill(view, [(0.0, TurnStarted(1, HOSTILE * 50)), (1.0, TextDelta("Hi"))])
    view.finish("ended", "", BEGAN_S + 2)
    html = view.picture()[1]
    assert "<img" not in html
    assert len(html.split("</pre>")[0]) < 120
    json.dumps(frames(view))


def test_parallel_tools_lie_side_by_side_in_the_picture(view: AgentView) -> None:
    fill(view, [(1.0, ToolStarted(call, "t", {})) for call in range(2)])
    view.finish("stopped", "", BEGAN_S + 2)
    first, second = (
        line.rsplit(" ", 1)[1] for line in view.picture()[1].split("</pre>")[0].splitlines()
    )
    assert first == second == "·" * 28 + "█" * 28
    assert "– t 2, 1.00 s: nothing came of it" in view.picture()[0]


def test_of_very_many_tools_the_picture_has_some(view: AgentView) -> None:
    for call in range(100):
        view.take(ToolStarted(call, f"t{call}", {}), BEGAN_S + call)
    view.finish("left", "", BEGAN_S + 100)
    plain, html = view.picture()
    assert len(plain.splitlines()) < 40
    assert len(html.split("</pre>")[0].splitlines()) == 31
    assert html.count("… and 70 more") == 2


def test_a_view_that_saw_nothing_has_a_picture(view: AgentView) -> None:
    view.finish("unfinished", "", BEGAN_S)
    assert "ended without Done" in view.picture()[0]


def test_the_script_builds_elements_and_never_parses_markup() -> None:
    module = str(AgentView._esm)
    assert module.startswith(assets.script())
    assert module.count("export default") == 1
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|import\(|fetch\(", module)
    assert set(re.findall(r"https?://[^\"]+", module)) == {"http://www.w3.org/2000/svg"}
