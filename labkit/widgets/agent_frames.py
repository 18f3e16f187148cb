"""Agent events as they go to the browser: short rows of JSON, and nothing twice."""

import json
import math
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from labkit.agent_events import (
    AgentEvent,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from labkit.deltas import join
from labkit.halves import Halves
from labkit.speakers import name_of
from labkit.tool_results import as_text
from labkit.widgets.markdown import to_tree

LONGEST_RESULT = 20_000
"""Characters of a tool's result that are shown."""

Timed = tuple[AgentEvent, int]
"""An agent event, and when it came, in ms since the beginning."""


class AgentRows:
    """Makes rows `[kind, ms, …]` of the agent events of one run, in their order.

    The kinds and what follows in the row: `turn`, and where speakers take turns the name of the
    speaker ("" for none) and the formatted text of the speaker before, if there was one; `text`,
    its text; `forming`, call, name, fragment of the arguments; `started`, call, name, arguments;
    `finished`, call, name, seconds, result, summary; `failed`, call, name, seconds, reason; `done`.
    A name is "" where the call has had it, and the arguments are "" where they have come in
    fragments.
    """

    def __init__(self) -> None:
        self._begin_turn("")

    def rows(self, events: Iterable[Timed]) -> list[list[Any]]:
        """Return the rows of `events`; neighbouring pieces of one text or call share a row."""
        groups = (list(group) for _, group in groupby(events, _neighbours))
        return [self._row([event for event, _ in group], group[0][1]) for group in groups]

    def _row(self, events: list[Any], at_ms: int) -> list[Any]:
        match events[0]:
            case TurnStarted(_, speaker):
                return ["turn", at_ms, *self._next_speaker(name_of(speaker))]
            case TextDelta():
                return ["text", at_ms, self._say(_joined(e.text for e in events))]
            case ToolCallForming(call, name):
                fragments = _joined(e.fragment for e in events)
                return ["forming", at_ms, call, self._new(call, name), self._piece(call, fragments)]
            case ToolStarted(call, name, arguments):
                shown = "" if call in self._pieces else as_text(arguments)
                return ["started", at_ms, call, self._new(call, name), shown]
            case ToolFinished(call, name, seconds, result, summary):
                known = [call, self._new(call, name), _finite(seconds)]
                return ["finished", at_ms, *known, presentable(as_text(result)), _words(summary)]
            case ToolFailed(call, name, seconds, reason):
                known = [call, self._new(call, name), _finite(seconds)]
                return ["failed", at_ms, *known, _words(reason)]
        return ["done", at_ms]

    def _next_speaker(self, speaker: str) -> list[Any]:
        """Return the speaker of the turn that begins, and what was said before in its final form.

        Of an agent without speakers nothing is formatted but its answer, at the end.
        """
        before, said = self._speaker, join(self._said)
        self._begin_turn(speaker)
        return [speaker, to_tree(said) if before else []] if speaker or before else []

    def _say(self, text: str) -> str:
        self._said.append(self._text.complete(text))
        return self._said[-1]

    def _begin_turn(self, speaker: str) -> None:
        self._speaker = speaker
        self._said: list[str] = []
        self._text = Halves()
        self._pieces: dict[int, Halves] = {}  # of the arguments of each call
        self._names: dict[int, str] = {}

    def _new(self, call: int, name: str) -> str:
        """Return the name of a call if it has not been sent yet."""
        known = self._names.get(call)
        self._names[call] = name
        return "" if name == known else _words(name)

    def _piece(self, call: int, fragment: str) -> str:
        return self._pieces.setdefault(call, Halves()).complete(fragment)


def presentable(result: str) -> str:
    """Return a tool's result to be read: JSON on several lines, and what is very long cut."""
    if len(result) <= LONGEST_RESULT:
        result = _indented(result)
    more = len(result) - LONGEST_RESULT
    if more <= 0:
        return result
    return f"{result[:LONGEST_RESULT]}\n… and {more:,} more characters"


def _indented(text: str) -> str:
    try:
        value = json.loads(text)
        # A bare string or number reads best as it came.
        return join([json.dumps(value, indent=2, ensure_ascii=False)]) if _nests(value) else text
    except (ValueError, RecursionError):  # no JSON, or a number too long, or nested too deep
        return text


def _nests(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _neighbours(timed: Timed) -> Any:
    """Return a key that the pieces of one text, or of one call's arguments, have in common."""
    event = timed[0]
    if isinstance(event, TextDelta):
        return "text"
    if isinstance(event, ToolCallForming):
        return event.call, event.name
    return object()


def _joined(pieces: Iterable[Any]) -> str:
    """Return the pieces as one, halves of characters as they are; None is nothing."""
    return "".join(str(piece) for piece in pieces if piece is not None)


def _words(text: Any) -> str:
    return join([_joined([text])])


def _finite(seconds: Any) -> float | None:
    """Return the seconds if they are a number that JSON knows."""
    return seconds if isinstance(seconds, int | float) and math.isfinite(seconds) else None
