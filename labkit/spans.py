"""When the model or a speaker spoke and each tool ran: spans of time in lanes, and their plot."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

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
from labkit.speakers import color_of, name_of
from labkit.timing import count

if TYPE_CHECKING:
    from labkit.plots import Plot

Kind = Literal["model", "tool"]
Row = tuple[str, Kind, float, float]

MODEL = "model"
"""The lane of a model without a name; a speaker has one, and so has each tool call."""

_LONGEST_LABEL = 22


@dataclass
class Span:
    """A turn of the model or a run of a tool; times are in seconds since the beginning.

    `first_s` is when the first delta of a turn came, `end_s` is None while the span lasts.
    `outcome` and `words` say what came of a tool; a run that was broken off has neither.
    `speaker` is the name of whose turn it is: "" for a tool, and for a model without a name.
    """

    lane: str
    kind: Kind
    start_s: float
    end_s: float | None = None
    first_s: float | None = None
    outcome: Literal["", "finished", "failed"] = ""
    words: str = ""
    speaker: str = ""

    @property
    def key(self) -> tuple[str, Kind, str]:
        """What tells its lane from the others: a speaker may have the name of a tool."""
        return self.lane, self.kind, self.speaker

    @property
    def failed(self) -> bool:
        """Whether a tool has failed."""
        return self.outcome == "failed"


class SpanLog:
    """The spans of one agent, in the order in which they began.

    `add` takes the agent events with their arrival times, in seconds of one clock; `began_s` is the
    beginning on that clock. All other times count from there.
    """

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.spans: list[Span] = []
        self.total_s = 0.0
        self.ttft_s: float | None = None
        """Seconds until the first text of any turn; None if there was none."""
        self.answer_s: float | None = None
        """Seconds until the first text of the last turn; None if there was none."""
        self._turn: Span | None = None
        self._running: dict[int, Span] = {}  # by the number of the call
        self._names: Counter[str] = Counter()

    @property
    def turns(self) -> list[Span]:
        """The spans of the model: one for each turn."""
        return [span for span in self.spans if span.kind == "model"]

    @property
    def speakers(self) -> list[str]:
        """The names of who has spoken, in the order of their first turns."""
        return list(dict.fromkeys(span.speaker for span in self.spans if span.speaker))

    @property
    def tools(self) -> list[Span]:
        """The spans of the tools: one for each tool call."""
        return [span for span in self.spans if span.kind == "tool"]

    @property
    def work_s(self) -> float:
        """Seconds that the tools would take one after another."""
        return sum(end_s - start_s for _, kind, start_s, end_s in self.rows() if kind == "tool")

    @property
    def busy_s(self) -> float:
        """Seconds in which at least one tool ran."""
        busy_s, until_s = 0.0, 0.0
        for start_s, end_s in sorted(row[2:] for row in self.rows() if row[1] == "tool"):
            busy_s += max(0.0, end_s - max(start_s, until_s))
            until_s = max(until_s, end_s)
        return busy_s

    def add(self, event: AgentEvent, at_s: float) -> None:
        """Take in one agent event that came at `at_s`."""
        now_s = self._advance(at_s)
        match event:
            case TurnStarted(_, speaker):
                self._begin_turn(now_s, name_of(speaker))
            case TextDelta(text) if text:
                self._note_text(now_s)
            case ToolCallForming():
                self._note_delta(now_s)
            case ToolStarted(call, name):
                self._running[call] = self._begin_tool(name, now_s)
            case ToolFinished():
                span = self._end_tool(event, now_s)
                span.outcome, span.words = "finished", event.summary
            case ToolFailed():
                span = self._end_tool(event, now_s)
                span.outcome, span.words = "failed", event.reason
            case Done():
                self._end_turn(now_s)

    def end(self, at_s: float) -> None:
        """End what still lasts: nothing comes after `at_s`."""
        now_s = self._advance(at_s)
        for span in self.spans:
            span.end_s = now_s if span.end_s is None else span.end_s

    def rows(self) -> list[Row]:
        """Return (lane, kind, start_s, end_s) of each span; what lasts has lasted until now."""
        return [
            (s.lane, s.kind, s.start_s, self.total_s if s.end_s is None else s.end_s)
            for s in self.spans
        ]

    def summary(self) -> str:
        """Return what took how long, in one line of words."""
        turns, calls = count(len(self.turns), "turn"), count(len(self.tools), "tool call")
        return f"{turns}, {calls} in {self.total_s:.2f} s; {self.saving()}"

    def saving(self) -> str:
        """Return how long the tools took one after another, and in fact."""
        if not self.tools:
            return "no tool ran"
        return f"tools: {self.work_s:.1f} s of work in {self.busy_s:.1f} s"

    def plot(self) -> "Plot":
        """Return a figure of the lanes: the model or each speaker has one, and so has each call."""
        from labkit.plots import new_plot  # matplotlib takes a quarter of a second to import

        lanes = list(dict.fromkeys(span.key for span in self.spans))
        plot, axes = new_plot(8, 1.1 + 0.26 * max(1, len(lanes)), self.summary())
        for span in self.spans:
            for bar in self._bars(span):
                axes.barh(lanes.index(span.key), height=0.6, **bar)
        axes.set_yticks(range(len(lanes)), [_plain(lane) for lane, *_ in lanes])
        axes.set(xlabel="seconds since the beginning", title=self.saving())
        axes.set_xlim(0, self.total_s or 1)
        axes.invert_yaxis()
        return plot

    def _bars(self, span: Span) -> list[dict[str, Any]]:
        """Return what `barh` draws of a span: of a turn first the wait, then what is said."""
        start_s, end_s = span.start_s, self.total_s if span.end_s is None else span.end_s
        if span.kind == "tool":
            failed = {"color": "none", "edgecolor": "#e53935", "hatch": "////"}
            look = failed if span.failed else {"color": "#fb8c00"}
            return [{"left": start_s, "width": end_s - start_s, **look}]
        first_s = end_s if span.first_s is None else span.first_s
        color = color_of(self.speakers.index(span.speaker) if span.speaker else 0)
        return [
            {"left": start_s, "width": first_s - start_s, "color": f"{color}60"},
            {"left": first_s, "width": end_s - first_s, "color": color},
        ]

    def _advance(self, at_s: float) -> float:
        """Return `at_s` as seconds since the beginning; a clock never runs backwards here."""
        self.total_s = max(self.total_s, at_s - self.began_s)
        return self.total_s

    def _begin_turn(self, now_s: float, speaker: str = "") -> Span:
        self._end_turn(now_s)
        self._turn = Span(speaker or MODEL, "model", now_s, speaker=speaker)
        self.spans.append(self._turn)
        self.answer_s = None
        return self._turn

    def _note_text(self, now_s: float) -> None:
        self._note_delta(now_s)
        self.ttft_s = now_s if self.ttft_s is None else self.ttft_s
        self.answer_s = now_s if self.answer_s is None else self.answer_s

    def _note_delta(self, now_s: float) -> None:
        # Without a TurnStarted the first turn has lasted since the beginning.
        turn = self._turn or self._begin_turn(0.0)
        turn.first_s = now_s if turn.first_s is None else turn.first_s
        if turn.end_s is not None:  # a tool has begun while the model goes on
            turn.end_s = now_s

    def _end_turn(self, now_s: float) -> None:
        if self._turn and self._turn.end_s is None:
            self._turn.end_s = now_s

    def _begin_tool(self, name: str, start_s: float) -> Span:
        self._end_turn(self.total_s)
        name = str(name or "tool")
        self._names[name] += 1
        number = self._names[name]
        span = Span(f"{name} {number}" if number > 1 else name, "tool", start_s)
        self.spans.append(span)
        return span

    def _end_tool(self, event: ToolFinished | ToolFailed, now_s: float) -> Span:
        span = self._running.pop(event.call, None)
        if span is None:  # a call that fails before it runs has no ToolStarted
            span = self._begin_tool(event.name, max(0.0, now_s - event.seconds))
        span.end_s = now_s
        return span


def in_words(name: str) -> str:
    """Return a name in words; one that has none stays as it is."""
    return " ".join(name.replace("_", " ").split()) or name


def label_of(lane: str) -> str:
    """Return the name of a lane in words; the middle of a long one is left out."""
    label = in_words(lane)
    return label if len(label) <= _LONGEST_LABEL else f"{label[:12]} … {label[-7:]}"


def _plain(lane: str) -> str:
    return label_of(lane).replace("$", r"\$")  # matplotlib would read it as mathematics
