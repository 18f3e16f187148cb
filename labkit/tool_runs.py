"""Runs the tool calls of one turn in parallel, each with a time limit; no failure gets out."""

import asyncio
import concurrent.futures
import contextvars
import inspect
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.agent_events import ToolFailed, ToolFinished, ToolStarted
from labkit.deltas import join
from labkit.tool_calls import ArgumentsError, ToolCall
from labkit.tool_results import as_text, summary

Tool = Callable[..., Any]
ToolEvent = ToolStarted | ToolFinished | ToolFailed

_LONGEST_REASON = 300


class UnknownToolError(LookupError):
    """The model has called a tool that does not exist."""


class TooSlowError(Exception):
    """A tool has not come back within its time limit."""


@dataclass(frozen=True)
class ToolRuns:
    """Runs tool calls: `functions` has the tool of each name, plain or `async`.

    Each call may take `limit_s` seconds.
    """

    functions: Mapping[str, Tool]
    limit_s: float

    async def run(self, calls: Sequence[ToolCall]) -> AsyncGenerator[ToolEvent, None]:
        """Run all `calls` at once and yield what happens to each, as it happens.

        Closing the generator cancels the tools. A thread cannot be cancelled: a plain function that
        runs in one goes on, and nobody waits for it.
        """
        happened: asyncio.Queue[ToolEvent | None] = asyncio.Queue()
        # The group lives in a task of its own: a generator may be closed from another task than
        # the one that it began in, and a TaskGroup may not.
        running = asyncio.create_task(self._run_all(calls, happened))
        try:
            while (event := await happened.get()) is not None:
                yield event
        finally:
            running.cancel()
            await asyncio.wait([running])  # `await running` would hide our own cancellation
            if not running.cancelled():
                running.result()

    async def _run_all(
        self, calls: Sequence[ToolCall], happened: "asyncio.Queue[ToolEvent | None]"
    ) -> None:
        whole = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(self._run_one(call, happened.put_nowait, whole))
        finally:
            happened.put_nowait(None)

    async def _run_one(
        self, call: ToolCall, tell: Callable[[ToolEvent], None], whole: "asyncio.Task[Any] | None"
    ) -> None:
        started_s = time.perf_counter()
        try:
            function, arguments = self._function(call.name), call.parsed()
            tell(ToolStarted(call.position, call.name, arguments))
            value = await self._limited(call.name, function, arguments)
            result, words = as_text(value), summary(value)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            # A tool may raise it as well; it is ours only if the whole run is being cancelled.
            if isinstance(error, asyncio.CancelledError) and whole and whole.cancelling():
                raise
            seconds = time.perf_counter() - started_s
            tell(ToolFailed(call.position, call.name, seconds, _reason(call.name, error)))
        else:
            seconds = time.perf_counter() - started_s
            tell(ToolFinished(call.position, call.name, seconds, result, words))

    def _function(self, name: str) -> Tool:
        if name not in self.functions:
            known = ", ".join(self.functions) or "none"
            raise UnknownToolError(f"There is no tool {name!r}. The tools are: {known}.")
        return self.functions[name]

    async def _limited(self, name: str, function: Tool, arguments: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(self.limit_s) as scope:
                return await _called(function, arguments)
        except TimeoutError:
            if scope.expired():
                raise TooSlowError(f"{name} did not come back within {self.limit_s:g} s.") from None
            raise


async def _called(function: Tool, arguments: dict[str, Any]) -> Any:
    """Return what the tool returns; a plain function runs in a thread, for it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    value = await _in_thread(function, arguments)
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        raise TypeError("it yields, but the result of a tool is what it returns")
    return await value if inspect.isawaitable(value) else value


async def _in_thread(function: Tool, arguments: dict[str, Any]) -> Any:
    """Call `function` in a daemon thread: a hanging one must not keep the process alive.

    `asyncio.to_thread` would: its pool waits for its threads, and has only a few of them.
    """
    outcome: concurrent.futures.Future[tuple[Any, BaseException | None]]
    outcome = concurrent.futures.Future()
    outcome.set_running_or_notify_cancel()  # from now on a cancelled wait leaves it alone

    def work() -> None:
        try:
            outcome.set_result((function(**arguments), None))
        except BaseException as error:  # raised again below, in the task that waits
            outcome.set_result((None, error))

    # What it prints belongs to the running cell, which the context names.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(work,), daemon=True).start()
    value, error = await asyncio.wrap_future(outcome)
    if error is not None:
        raise error
    return value


def _reason(name: str, error: BaseException) -> str:
    """Return the sentence that the model gets: what failed, so that it can do better."""
    if isinstance(error, UnknownToolError | ArgumentsError | TooSlowError):
        return str(error)
    return f"{name} failed: {_said(error)}"[:_LONGEST_REASON]


def _said(error: BaseException) -> str:
    """Return the error as Python shows it; where even its `str` raises, its kind alone."""
    kind = type(error).__name__
    try:
        return join([f"{kind}: {error}"]).removesuffix(": ")
    except Exception:
        return kind
