"""Passes an agent's events through and draws them on the way."""

import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from labkit.agent_events import AgentEvent, Done
from labkit.spans import Row
from labkit.widgets.agent_screen import open_agent_screen
from labkit.widgets.agent_view import STATES, AgentView
from labkit.widgets.interrupts import StopAsked
from labkit.widgets.stopping import Stopping, aclose

if TYPE_CHECKING:
    from labkit.plots import Plot

_NOTE_LIMIT = 300


class AgentWatch:
    """An agent that is being watched: iterate over it with `async for`, once.

    Each agent event passes unchanged. Stop ends the loop as if the agent had ended, and closes it:
    the model's stream and the tools are cancelled.
    """

    def __init__(self, events: Any) -> None:
        self._events = events
        self._begun = False
        self._stopping = Stopping()
        self._view = AgentView(time.perf_counter())
        self._view.on_stop(self._stopping.ask)
        self._screen = open_agent_screen(self._view)

    @property
    def text(self) -> str:
        """The answer so far: what the model has said in its last turn."""
        return self._view.text

    @property
    def done(self) -> Done | None:
        """The last agent event, or None if the agent has not come to its end."""
        return self._view.done

    @property
    def spans(self) -> list[Row]:
        """A tuple for each turn of the model and each tool call, in the order of their beginnings.

        It holds the lane's name (a turn's is "model" or its speaker), the kind ("model" or "tool"),
        and the seconds since the beginning when it began and ended.
        """
        return self._view.spans.rows()

    def plot(self) -> "Plot":
        """Return a figure of the spans: a lane of the model or each speaker, and each tool call."""
        return self._view.spans.plot()

    async def __aiter__(self) -> AsyncIterator[AgentEvent]:
        """Yield the agent events."""
        self._begin_once()
        with self._drawing():
            iterator = aiter(self._events)
            try:
                while True:
                    event = await self._stopping.next(iterator)
                    self._screen.show(event, time.perf_counter())
                    yield event
            except StopAsyncIteration:
                return
            except StopAsked:
                await aclose(iterator)

    def _begin_once(self) -> None:
        if self._begun:
            raise RuntimeError(
                "This agent has been watched already; ask again with a new "
                "labkit.watch_agent(run_agent(…))."
            )
        self._begun = True

    @contextlib.contextmanager
    def _drawing(self) -> Iterator[None]:
        """Show the agent for as long as the loop lasts, and how it ended."""
        self._screen.begin()
        self._view.spans.began_s = time.perf_counter()
        state, note = "left", ""
        try:
            yield
            state = "stopped" if self._stopping.asked else self._unannounced()
        except Exception as error:
            state, note = "failed", f"failed: {type(error).__name__}: {error}"[:_NOTE_LIMIT]
            raise
        finally:
            self._screen.finish(self._ending(state), note, time.perf_counter())

    def _unannounced(self) -> str:
        """Return the ending without `Done`, which speakers in turn do not need."""
        return "ended" if self._view.spans.speakers else "unfinished"

    def _ending(self, state: str) -> str:
        """Return what `Done` says, whether or not the loop went on after it."""
        said = self.done.ending if self.done and state != "failed" else state
        return said if said in STATES else "unfinished"


def watch_agent(events: Any) -> AgentWatch:
    """Return `events`, to be iterated over with `async for`, drawn live while they pass.

    `events` are agent events as `labkit.agent.run_agent(…)` yields them, or as an asynchronous
    generator of your own does. What it raises reaches the loop unchanged.
    """
    if not hasattr(events, "__aiter__"):
        raise TypeError(
            "watch_agent takes an asynchronous iterable of agent events, such as run_agent(…) "
            f"gives; got {type(events).__name__}{_advice(events)}."
        )
    return AgentWatch(events)


def _advice(events: Any) -> str:
    if inspect.iscoroutine(events):
        return ": let it `yield` its agent events, or await it first"
    if inspect.isasyncgenfunction(events):
        return ": call it first"
    return ": write it with `async def` and `yield`" if hasattr(events, "__iter__") else ""
