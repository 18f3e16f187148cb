"""A watched agent passes through unchanged, is drawn, and ends as it should."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import openai
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
from labkit.serving import Server
from labkit.widgets import agent_screen
from labkit.widgets import watch_agent as module
from labkit.widgets.agent_view import AgentView
from labkit.widgets.watch_agent import AgentWatch, watch_agent
from tests.agents import ask, client_of, no_task_is_left
from tests.offline.bodies import user
from tests.settled import settled_async

DONE = Done("answered", "Hi there", "stop", 1, None, [])
EVENTS: list[AgentEvent] = [TurnStarted(1), TextDelta("Hi "), TextDelta("there"), DONE]
COMPARE = user("Compare all tents and sleeping bags under $300.")


@pytest.fixture(autouse=True)
def views(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[AgentView]]:
    """Draw as in a notebook, note the views; leave no thread behind."""
    drawn: list[AgentView] = []

    def open_screen(view: AgentView) -> agent_screen.AgentScreen:
        drawn.append(view)
        return agent_screen.AgentNotebook(view)

    monkeypatch.setattr(module, "open_agent_screen", open_screen)
    before = set(threading.enumerate())
    yield drawn
    assert set(threading.enumerate()) <= before


async def played(events: list[Any], *, failure: Exception | None = None) -> AsyncIterator[Any]:
    for event in events:
        await asyncio.sleep(0)
        yield event
    if failure:
        raise failure


async def collect(seen: AgentWatch) -> list[AgentEvent]:
    return [event async for event in seen]


def press(view: AgentView) -> None:
    """Press Stop: its message comes from the browser."""
    data = {"method": "custom", "content": {"type": "stop"}}
    view.comm.handle_msg({"content": {"data": data}, "buffers": []})


# Passing through


@given(st.lists(st.sampled_from(EVENTS) | st.text() | st.none()))
def test_every_event_passes_unchanged_and_in_order(events: list[Any]) -> None:
    passed = asyncio.run(collect(watch_agent(played(events))))
    assert all(one is other for one, other in zip(passed, events, strict=True))


def test_text_done_and_spans_fill_as_the_events_pass() -> None:
    async def main() -> list[Any]:
        seen = watch_agent(played(EVENTS))
        return [(seen.text, seen.done, len(seen.spans)) async for _ in seen]

    assert asyncio.run(main()) == [
        ("", None, 1),
        ("Hi ", None, 1),
        ("Hi there", None, 1),
        ("Hi there", DONE, 1),
    ]


def test_the_real_agent_is_seen_from_beginning_to_end(
    server: Server, views: list[AgentView]
) -> None:
    async def main() -> AgentWatch:
        async with client_of(server.url) as client:
            seen = watch_agent(ask(client, COMPARE))
            await collect(seen)
            return seen

    seen = asyncio.run(main())
    assert seen.done
    assert seen.text == seen.done.text != ""
    assert [(lane, kind) for lane, kind, _, _ in seen.spans] == [
        ("model", "model"),
        ("search_products", "tool"),
        ("search_products 2", "tool"),
        ("model", "model"),
    ]
    assert all(0 <= start_s <= end_s for _, _, start_s, end_s in seen.spans)
    assert repr(seen.plot()) == views[0].spans.summary()
    assert views[0].state == "answered"
    assert views[0].figures["tokens"] == seen.done.usage.total_tokens  # type: ignore[union-attr]


def test_tools_that_run_side_by_side_have_spans_that_overlap(server: Server) -> None:
    both = asyncio.Barrier(2)

    async def search(**arguments: Any) -> list[Any]:
        await both.wait()
        return []

    async def main() -> AgentWatch:
        async with client_of(server.url) as client:
            seen = watch_agent(ask(client, COMPARE, functions={"search_products": search}))
            await collect(seen)
            return seen

    (_, _, start_s, end_s), (_, _, other_start_s, other_end_s) = asyncio.run(main()).spans[1:3]
    assert max(start_s, other_start_s) < min(end_s, other_end_s)


# Endings


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (EVENTS, "answered"),
        ([Done("cut", "", None, 1, None, [])], "cut"),
        ([Done("turn limit", "", "tool_calls", 8, None, [])], "turn limit"),
        (EVENTS[:3], "unfinished"),
        ([], "unfinished"),
        ([TurnStarted(1, "Writer"), TextDelta("Hi"), TurnStarted(2, "Critic")], "ended"),
        ([TurnStarted(1, "Writer"), *EVENTS[1:]], "answered"),
        (["not", "ours"], "unfinished"),
        ([Done("bored", "", None, 1, None, [])], "unfinished"),  # type: ignore[arg-type]
    ],
)
def test_it_ends_as_done_says(events: list[Any], state: str, views: list[AgentView]) -> None:
    asyncio.run(collect(watch_agent(played(events))))
    assert views[0].state == state


def test_a_break_leaves_the_agent_early(views: list[AgentView]) -> None:
    async def main() -> list[Any]:
        agent = played(EVENTS)
        async for _ in watch_agent(agent):
            break
        return [event async for event in agent]  # it is the learner's: they may go on

    assert asyncio.run(main()) == EVENTS[1:]
    assert (views[0].state, views[0].note) == ("left", "left early by the loop")


def test_a_break_at_done_is_no_early_leave(views: list[AgentView]) -> None:
    async def main() -> None:
        async for event in watch_agent(played(EVENTS)):
            if isinstance(event, Done):
                break

    asyncio.run(main())
    assert views[0].state == "answered"


def test_an_exception_in_the_body_passes_unchanged(views: list[AgentView]) -> None:
    error = ValueError("the learner's own")

    async def main() -> None:
        async for _ in watch_agent(played(EVENTS)):
            raise error

    with pytest.raises(ValueError) as caught:
        asyncio.run(main())
    assert caught.value is error
    assert views[0].state == "left"


def test_an_exception_of_the_agent_is_shown_and_passes_unchanged(views: list[AgentView]) -> None:
    error = OSError("the line is dead" + "!" * 1000)
    seen = watch_agent(played(EVENTS[:2], failure=error))
    with pytest.raises(OSError, match="the line is dead") as caught:
        asyncio.run(collect(seen))
    assert caught.value is error
    assert seen.text == "Hi "
    assert views[0].state == "failed"
    assert views[0].note.startswith("failed: OSError: the line is dead!")
    assert len(views[0].note) == 300


def test_a_failure_after_done_is_a_failure(views: list[AgentView]) -> None:
    with pytest.raises(OSError, match="too late"):
        asyncio.run(collect(watch_agent(played(EVENTS, failure=OSError("too late")))))
    assert (views[0].state, views[0].note) == ("failed", "failed: OSError: too late")


def test_a_refused_key_is_shown_and_raised(server: Server, views: list[AgentView]) -> None:
    async def main() -> None:
        async with client_of(server.url).with_options(api_key="sk-invalid") as client:
            await collect(watch_agent(ask(client, COMPARE)))

    with pytest.raises(openai.AuthenticationError):
        asyncio.run(main())
    assert "AuthenticationError" in views[0].note


def test_an_agent_is_watched_once() -> None:
    seen = watch_agent(played(EVENTS))
    asyncio.run(collect(seen))
    with pytest.raises(RuntimeError, match="watched already"):
        asyncio.run(collect(seen))


def test_the_seconds_count_from_the_loop_and_not_from_the_call(views: list[AgentView]) -> None:
    seen = watch_agent(played(EVENTS))
    made_s = views[0].spans.began_s
    asyncio.run(collect(seen))
    assert views[0].spans.began_s > made_s


# Stop


def test_stop_cancels_the_tools_and_leaves_no_task(server: Server, views: list[AgentView]) -> None:
    begun, cancelled = asyncio.Event(), []

    async def hang(**arguments: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(arguments["category"])
            raise

    async def main() -> list[AgentEvent]:
        async with client_of(server.url) as client:
            seen = watch_agent(ask(client, COMPARE, functions={"search_products": hang}))
            loop = asyncio.create_task(collect(seen))
            await begun.wait()
            press(views[0])
            passed = await loop
            assert loop.cancelling() == 0
            await no_task_is_left()
            return passed

    assert isinstance(asyncio.run(main())[-1], ToolStarted)
    assert sorted(cancelled) == ["sleeping bags", "tents"]
    assert (views[0].state, views[0].note) == ("stopped", "stopped")


@pytest.mark.parametrize("where", ["while it waits", "in the body"])
def test_stop_closes_the_stream_of_the_model(
    server: Server, views: list[AgentView], where: str
) -> None:
    async def main() -> None:
        extra = {"x-labkit-fault": "stall_after=3"}
        async with client_of(server.url) as client:
            seen = watch_agent(ask(client, COMPARE, tools=(), extra_headers=extra))
            third = asyncio.Event()
            texts = 0

            async def work() -> None:
                nonlocal texts
                async for event in seen:
                    texts += isinstance(event, TextDelta)
                    if texts == 3:
                        third.set()
                        if where == "in the body":
                            press(views[0])

            task = asyncio.create_task(work())
            await third.wait()
            if where == "while it waits":
                press(views[0])
            await task
            assert (await settled_async(server.url))["open"] == 0
            await no_task_is_left()

    asyncio.run(main())
    assert views[0].state == "stopped"


def test_stop_closes_an_agent_made_of_an_iterable_object(views: list[AgentView]) -> None:
    closed = []

    class Agent:
        async def __aiter__(self) -> AsyncIterator[AgentEvent]:
            try:
                for event in EVENTS:
                    yield event
            finally:
                closed.append(True)

    async def main() -> None:
        async for _ in watch_agent(Agent()):
            press(views[0])
        assert closed == [True]

    asyncio.run(main())
    assert views[0].state == "stopped"


def test_cancelling_the_task_of_the_loop_is_not_swallowed(views: list[AgentView]) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[AgentEvent]:
            yield TurnStarted(1)
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(collect(watch_agent(endless())))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert views[0].state == "left"


# What cannot be watched


def sync_agent() -> Iterator[AgentEvent]:
    yield from EVENTS


async def forgot_to_yield() -> list[AgentEvent]:
    return EVENTS


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (sync_agent, r"got generator: write it with `async def` and `yield`\.$"),
        (list, r"got list: write it with `async def` and `yield`\.$"),
        (forgot_to_yield, r"got coroutine: let it `yield` its agent events, or await it first\.$"),
        (lambda: played, r"got function: call it first\.$"),
        (lambda: None, r"got NoneType\.$"),
        (lambda: 3, r"got int\.$"),
    ],
)
def test_what_is_no_agent_is_one_sentence(make: Callable[[], Any], sentence: str) -> None:
    events = make()
    with pytest.raises(TypeError, match="^watch_agent takes .* " + sentence):
        watch_agent(events)
    if hasattr(events, "close"):
        events.close()


# In a terminal


def test_in_a_terminal_each_step_is_a_line_and_the_text_is_printed_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "open_agent_screen", agent_screen.AgentTerminal)
    events = [
        TurnStarted(1),
        TextDelta("I look."),
        ToolStarted(0, "search", {"category": "tents"}),
        ToolFinished(0, "search", 0.5, "[]", "0 found"),
        ToolFailed(1, "boil", 0.25, "There is no\ttool \ud83c."),
        TextDelta("No\ud83c"),
        TextDelta("\udfd5"),
        TextDelta("."),
        DONE,
    ]

    async def main() -> list[str]:
        return [capsys.readouterr().out async for _ in watch_agent(played(events))]

    printed = asyncio.run(main())
    assert printed == [
        "",
        "I look.",
        '\n→ search {"category": "tents"}\n',
        "✓ search 0.50 s: 0 found\n",
        "✗ boil 0.25 s: There is no\ttool \ufffd.\n",
        "No",
        "🏕",
        ".",
        "",
    ]
    last = capsys.readouterr().out
    assert last.startswith("\n— answered in 0.0 s, 1 turn, 2 tool calls in 0.0")
    assert last.endswith("\n")


def test_in_a_terminal_each_turn_of_a_speaker_begins_with_its_name_on_a_new_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "open_agent_screen", agent_screen.AgentTerminal)
    events = [
        TurnStarted(1, "Writer"),
        TextDelta("Two tents.\ud83c"),
        TurnStarted(2, "safety\n_reviewer"),
        ToolStarted(0, "search", {}),
        ToolFinished(0, "search", 0.5, "[]", "0 found"),
        TurnStarted(3, "Writer"),
        TextDelta("One.\n"),
    ]
    asyncio.run(collect(watch_agent(played(events))))
    assert capsys.readouterr().out.splitlines()[:-1] == [
        *("Writer: Two tents.", "safety reviewer: ", "→ search {}", "✓ search 0.50 s: 0 found"),
        "Writer: One.",
    ]


def test_the_text_is_that_of_the_last_speaker_and_a_failure_among_speakers_is_one(
    views: list[AgentView],
) -> None:
    turns = [TurnStarted(1, "Writer"), TextDelta("A"), TurnStarted(2, "Critic"), TextDelta("B")]
    seen = watch_agent(played(turns, failure=OSError("dead")))
    with pytest.raises(OSError, match="dead"):
        asyncio.run(collect(seen))
    assert seen.text == "B"
    assert [row[:2] for row in seen.spans] == [("Writer", "model"), ("Critic", "model")]
    assert (views[0].state, views[0].note) == ("failed", "failed: OSError: dead")


def test_without_a_kernel_the_screen_is_a_terminal() -> None:
    assert isinstance(agent_screen.open_agent_screen(AgentView(0.0)), agent_screen.AgentTerminal)


@pytest.mark.parametrize("place", ["in line", "by run_agent"])
def test_a_tool_that_has_not_begun_when_stop_is_pressed_never_begins(
    server: Server, views: list[AgentView], place: str
) -> None:
    begun = []

    def order(**_: Any) -> str:
        begun.append(place)
        return "ordered"

    async def in_line() -> AsyncGenerator[AgentEvent, None]:
        for call in range(3):
            yield ToolStarted(call, "order", {})
            order()

    async def main() -> None:
        async with client_of(server.url) as client:
            by_agent = ask(client, COMPARE, functions={"search_products": order})
            async for event in watch_agent(in_line() if place == "in line" else by_agent):
                if isinstance(event, ToolStarted | ToolCallForming):
                    press(views[0])
            await no_task_is_left()

    asyncio.run(main())
    assert begun == []
    assert views[0].state == "stopped"
