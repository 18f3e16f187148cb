"""Where a watched agent is drawn: a widget in a notebook, plain lines in a terminal."""

from typing import Any, Protocol

from labkit.agent_events import TextDelta, ToolFailed, ToolFinished, ToolStarted, TurnStarted
from labkit.deltas import join
from labkit.halves import Halves
from labkit.spans import in_words
from labkit.speakers import name_of
from labkit.tool_results import as_text
from labkit.widgets.agent_view import AgentView
from labkit.widgets.screen import in_notebook, show_live


class AgentScreen(Protocol):
    """Something that can show an agent."""

    def begin(self) -> None:
        """Show that it has begun."""

    def show(self, event: Any, at_s: float) -> None:
        """Show an agent event that came at `at_s`."""

    def finish(self, state: str, note: str, at_s: float) -> None:
        """Show how it ended: a state of `agent_view.STATES`, and a sentence for a failure."""


class AgentNotebook:
    """Draws in the running cell, and leaves the static picture in the saved notebook."""

    def __init__(self, view: AgentView) -> None:
        self._view = view
        self._handle: Any = None

    def begin(self) -> None:
        """Display the view in the running cell."""
        self._handle = show_live(self._view)
        self._view.start()

    def show(self, event: Any, at_s: float) -> None:
        """Hand the agent event to the view."""
        self._view.take(event, at_s)

    def finish(self, state: str, note: str, at_s: float) -> None:
        """Finish the view; then renew the display, whose static picture is still empty."""
        self._view.finish(state, note, at_s)
        if self._handle:
            self._handle.update(self._view)


class AgentTerminal:
    """Prints a line for each step, the text as it comes after its speaker, and the figures."""

    def __init__(self, view: AgentView) -> None:
        self._view = view
        self._halves = Halves()
        self._in_line = False

    def begin(self) -> None:
        """Nothing to show yet."""

    def show(self, event: Any, at_s: float) -> None:
        """Print what has happened at once, whatever the terminal buffers."""
        self._view.take(event, at_s)
        match event:
            case TurnStarted(_, speaker) if name_of(speaker):
                self._name(in_words(name_of(speaker)))
            case TextDelta(text) if text:
                self._say(self._halves.complete(text))
            case ToolStarted(_, name, arguments):
                self._step(f"→ {name} {as_text(arguments)}")
            case ToolFinished(_, name, seconds, _, summary):
                self._step(f"✓ {name} {seconds:.2f} s: {summary}")
            case ToolFailed(_, name, seconds, reason):
                self._step(f"✗ {name} {seconds:.2f} s: {reason}")

    def finish(self, state: str, note: str, at_s: float) -> None:
        """Print the figures."""
        self._view.finish(state, note, at_s)
        self._step(f"— {self._view.caption()}")

    def _say(self, text: str) -> None:
        print(text, end="", flush=True)
        self._in_line = not text.endswith("\n") if text else self._in_line

    def _name(self, speaker: str) -> None:
        self._halves = Halves()
        self._say("\n" * self._in_line + f"{speaker}: ")

    def _step(self, line: str) -> None:
        self._say(join(["\n" * self._in_line, line, "\n"]))


def open_agent_screen(view: AgentView) -> AgentScreen:
    """Return the screen that fits where this process runs."""
    return AgentNotebook(view) if in_notebook() else AgentTerminal(view)
