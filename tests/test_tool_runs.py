"""Tools run in parallel, each with a limit, and whatever they do becomes an agent event."""

import asyncio
import contextvars
import functools
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from labkit.agent_events import ToolFailed, ToolFinished, ToolStarted
from labkit.tool_calls import ToolCall
from labkit.tool_runs import Tool, ToolEvent, ToolRuns


def call(name: str = "tool", arguments: str = "", position: int = 0) -> ToolCall:
    return ToolCall(position, f"id{position}", name, [arguments])


def run(
    functions: Mapping[str, Tool] | Tool, *calls: ToolCall, limit_s: float = 10
) -> list[ToolEvent]:
    """Return all that happens, after making sure that no task is left; one tool is named `tool`."""
    known = functions if isinstance(functions, Mapping) else {"tool": functions}

    async def collect() -> list[ToolEvent]:
        async with aclosing(ToolRuns(known, limit_s).run(calls or [call()])) as events:
            found = [event async for event in events]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return found

    return asyncio.run(collect())


def finished(function: Tool, arguments: str = "", **more: Any) -> ToolFinished:
    started, ended = run(function, call(arguments=arguments), **more)
    assert started == ToolStarted(0, "tool", json.loads(arguments or "{}"))
    assert isinstance(ended, ToolFinished), ended
    assert ended.seconds >= 0
    return ended


def failed(function: Tool, arguments: str = "", **more: Any) -> str:
    started, ended = run(function, call(arguments=arguments), **more)
    assert isinstance(started, ToolStarted)
    assert isinstance(ended, ToolFailed), ended
    assert (ended.call, ended.name) == (0, "tool")
    return ended.reason


def raising(error: BaseException) -> Tool:
    def tool() -> None:
        raise error

    return tool


def raising_later(error: BaseException) -> Tool:
    async def tool() -> None:
        raise error

    return tool


class Adder:
    def __call__(self, a: int) -> int:
        return a + 1

    async def later(self, a: int) -> int:
        return a + 1


class LaterAdder:
    async def __call__(self, a: int) -> int:
        return a + 1


def add(a: int, b: int = 1) -> int:
    return a + b


async def add_later(a: int, b: int = 1) -> int:
    return a + b


def promise(a: int) -> Awaitable[int]:
    return add_later(a)


@pytest.mark.parametrize(
    "tool",
    [
        add,
        add_later,
        Adder(),
        Adder().later,
        LaterAdder(),
        functools.partial(add, b=1),
        functools.partial(add_later, b=1),
        lambda a: a + 1,
        promise,
    ],
    ids=lambda tool: getattr(tool, "__name__", type(tool).__name__),
)
def test_whatever_can_be_called_is_a_tool(tool: Tool) -> None:
    assert finished(tool, '{"a": 1}').result == "2"


def test_a_string_is_the_result_as_it_is_and_all_else_is_json() -> None:
    assert finished(lambda: "It rains.").result == "It rains."
    searched = finished(lambda: [{"id": "P004"}])
    assert (searched.result, searched.summary) == ('[{"id": "P004"}]', "1 found")


def test_a_plain_function_runs_in_a_thread_and_sees_the_callers_context() -> None:
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell")
    cell.set("In [3]")
    main = threading.get_ident()
    seen = finished(lambda: [cell.get(), threading.get_ident() == main])
    assert json.loads(seen.result) == ["In [3]", False]


def test_no_calls_are_no_agent_events() -> None:
    async def collect() -> list[ToolEvent]:
        return [event async for event in ToolRuns({}, 1).run([])]

    assert asyncio.run(collect()) == []


def test_two_plain_tools_run_at_once() -> None:
    both = threading.Barrier(2)  # neither comes back before the other has begun
    calls = [call(position=0), call(position=1)]
    events = run(lambda: both.wait(10), *calls)
    assert [type(event) for event in events] == [ToolStarted] * 2 + [ToolFinished] * 2


def test_two_async_tools_run_at_once() -> None:
    async def main() -> list[ToolEvent]:
        both = asyncio.Barrier(2)
        calls = [call(position=0), call(position=1)]
        runs = ToolRuns({"tool": both.wait}, 10)
        return [event async for event in runs.run(calls)]

    assert [type(e) for e in asyncio.run(main())] == [ToolStarted] * 2 + [ToolFinished] * 2


def test_what_happens_is_told_as_it_happens() -> None:
    async def main() -> list[tuple[type, int]]:
        go_on = asyncio.Event()

        async def tool() -> None:
            await go_on.wait()

        seen = []
        calls = [call("slow", position=0), call("quick", position=1)]
        async for event in ToolRuns({"slow": tool, "quick": add_later}, 10).run(calls):
            seen.append((type(event), event.call))
            if isinstance(event, ToolFailed):  # the quick one, which lacks an argument
                go_on.set()
        return seen

    *started, first, last = asyncio.run(main())
    assert started == [(ToolStarted, 0), (ToolStarted, 1)]
    assert (first, last) == ((ToolFailed, 1), (ToolFinished, 0))


def test_one_that_fails_leaves_the_others_alone() -> None:
    def divide(a: int) -> float:
        return 1 / a

    calls = [call(arguments=f'{{"a": {i}}}', position=i) for i in range(3)]
    ended = {e.call: e for e in run(divide, *calls) if not isinstance(e, ToolStarted)}
    assert isinstance(ended[0], ToolFailed)
    assert [e.result for e in ended.values() if isinstance(e, ToolFinished)] == ["1.0", "0.5"]


def test_an_unknown_tool_is_a_sentence_with_the_known_ones() -> None:
    [event] = run({"search": add, "total": add}, call("serach"))
    assert isinstance(event, ToolFailed)
    assert event.reason == "There is no tool 'serach'. The tools are: search, total."
    [event] = run({}, call("search"))
    assert isinstance(event, ToolFailed)
    assert event.reason == "There is no tool 'search'. The tools are: none."


@pytest.mark.parametrize("arguments", ['{"a": 10%}', "[1]"])
def test_arguments_that_are_no_json_object_never_reach_the_tool(arguments: str) -> None:
    [event] = run(add, call(arguments=arguments))
    assert isinstance(event, ToolFailed)
    assert event.reason.startswith("The arguments ")
    assert arguments in event.reason


@pytest.mark.parametrize("arguments", ["", '{"b": 1}', '{"a": 1, "c": 2}'])
def test_arguments_that_do_not_fit_are_named(arguments: str) -> None:
    assert failed(add, arguments).startswith("tool failed: TypeError: add()")


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("I have no words")


@pytest.mark.parametrize("wrap", [raising, raising_later])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no such id"), "ValueError: no such id"),
        (KeyError("P099"), "KeyError: 'P099'"),
        (TimeoutError("the shop is closed"), "TimeoutError: the shop is closed"),
        (SystemExit(3), "SystemExit: 3"),
        (StopIteration("end"), "StopIteration"),
        (asyncio.CancelledError("by itself"), "CancelledError"),
        (ExceptionGroup("two", [ValueError(), KeyError()]), "ExceptionGroup: two"),
        (SilentError(), "SilentError"),
        (ValueError("half \ud83c"), "half \ufffd"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_tool_raises_is_the_reason(
    wrap: Callable[[BaseException], Tool], error: BaseException, said: str
) -> None:
    reason = failed(wrap(error))
    assert reason.startswith("tool failed: ")
    assert said in reason


def test_a_tool_that_cancels_its_own_task_fails_alone() -> None:
    async def cancel_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.Event().wait()

    assert "CancelledError" in failed(cancel_itself)


def test_a_tool_that_yields_is_told_to_return() -> None:
    def counting() -> Iterator[int]:
        yield 1

    assert "it yields" in failed(counting)


def test_a_long_reason_is_cut() -> None:
    assert len(failed(raising(ValueError("x" * 10_000)))) <= 300


class NoTruth:
    def __bool__(self) -> bool:
        raise ValueError("ambiguous")

    def __str__(self) -> str:
        return "neither"


def test_a_result_that_cannot_be_written_is_a_failure() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "Circular" in failed(lambda: circle)
    assert "keys must be" in failed(lambda: {("a", 1): 2})
    assert "ambiguous" in failed(lambda: {"error": NoTruth()})


def test_an_async_tool_that_hangs_is_cancelled_at_its_limit() -> None:
    cancelled = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    assert failed(hang, limit_s=0.01) == "tool did not come back within 0.01 s."
    assert cancelled == [True]


def test_a_plain_tool_that_hangs_is_left_alone_at_its_limit() -> None:
    release, threads = threading.Event(), []

    def hang() -> None:
        threads.append(threading.current_thread())
        release.wait(10)

    assert failed(hang, limit_s=0.01) == "tool did not come back within 0.01 s."
    [thread] = threads
    assert thread.is_alive()
    assert thread.daemon
    release.set()  # it comes back to a loop that is closed, and that harms nobody
    thread.join(10)
    assert not thread.is_alive()


def test_a_limit_is_for_each_call_alone() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    calls = [call("hang"), call("add", '{"a": 1}', position=1)]
    *_, first, last = run({"hang": hang, "add": add_later}, *calls, limit_s=0.01)
    assert isinstance(first, ToolFinished)
    assert isinstance(last, ToolFailed)


def test_closing_cancels_the_async_tools_and_leaves_no_task() -> None:
    async def main() -> list[str]:
        ends: list[str] = []

        async def hang() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)  # cleaning up takes a while, and is waited for
                ends.append("cancelled")

        events = ToolRuns({"tool": hang}, 60).run([call(position=0), call(position=1)])
        assert isinstance(await anext(events), ToolStarted)
        async with asyncio.timeout(10) as scope:
            await events.aclose()
        assert not scope.expired()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ends

    assert asyncio.run(main()) == ["cancelled"] * 2


def test_it_can_be_closed_from_another_task() -> None:
    async def main() -> None:
        events = ToolRuns({"tool": asyncio.Event().wait}, 60).run([call()])
        await asyncio.create_task(anext(events))  # type: ignore[arg-type]
        async with asyncio.timeout(10) as scope:
            await asyncio.create_task(events.aclose())  # type: ignore[arg-type]
        assert not scope.expired()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_cancellation_while_it_waits_for_a_tool_to_clean_up_is_not_lost() -> None:
    async def main() -> None:
        cleaning, clean = asyncio.Event(), asyncio.Event()

        async def tidy() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cleaning.set()
                await clean.wait()

        events = ToolRuns({"tool": tidy}, 60).run([call()])
        assert isinstance(await anext(events), ToolStarted)
        closing = asyncio.create_task(events.aclose())  # type: ignore[arg-type]
        await cleaning.wait()
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        clean.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=10)  # type: ignore[type-var]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_cancelling_the_task_that_consumes_cancels_the_tools() -> None:
    async def main() -> list[str]:
        begun, ends = asyncio.Event(), []

        async def hang() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ends.append("cancelled")

        async def consume() -> None:
            async with aclosing(ToolRuns({"tool": hang}, 10).run([call()])) as events:
                async for _ in events:
                    pass

        consumer = asyncio.create_task(consume())
        await begun.wait()
        consumer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await consumer
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ends

    assert asyncio.run(main()) == ["cancelled"]


def test_no_thread_is_left_when_the_tools_have_come_back() -> None:
    before = set(threading.enumerate())
    run(add, *(call(arguments='{"a": 1}', position=i) for i in range(20)))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before
