"""A live agent, or several in turn: their lanes of time, each step in order, and what they say."""

import threading
from html import escape
from typing import Any

import traitlets

from labkit.agent_events import AgentEvent, Done, TextDelta, TurnStarted
from labkit.spans import SpanLog
from labkit.timing import count
from labkit.widgets import assets, lane_picture, markdown, transcript
from labkit.widgets.agent_frames import AgentRows
from labkit.widgets.conversation import Conversation
from labkit.widgets.live_log import LiveLog

STATES = {
    "running": "thinking …",
    "answered": "answered in {total_s:.1f} s",
    "cut": "cut: the last stream ended without a finish reason",
    "turn limit": "turn limit: still calling tools after {turns}",
    "ended": "ended after {turns}",
    "unfinished": "ended without Done, the last agent event",
    "stopped": "stopped",
    "left": "left early by the loop",
    "failed": "failed",
}


class AgentView(LiveLog):
    """Draws one agent, or several that speak in turn. `labkit.watch_agent` makes and feeds it.

    `spans` and `done` fill as the agent events come; they may come from any thread.
    """

    _esm = assets.script("svg", "agent_chart", "agent_view")
    _css = assets.style("agent_view")

    state = traitlets.Unicode("running").tag(sync=True)
    note = traitlets.Unicode(STATES["running"]).tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    document: Any = traitlets.List(default_value=None, allow_none=True).tag(sync=True)

    def __init__(self, began_s: float, **traits: Any) -> None:
        self.spans = SpanLog(began_s)
        self.done: Done | None = None
        self._conversation = Conversation()
        self._rows = AgentRows()
        self._taking = threading.Lock()
        super().__init__(**traits)

    @property
    def text(self) -> str:
        """The answer so far: what the model has said in its last turn."""
        return self._conversation.text

    def take(self, event: Any, at_s: float) -> None:
        """Show an agent event that came at `at_s`; anything else is none of ours."""
        if isinstance(event, AgentEvent):
            with self._taking:  # the spans and the frames have one order
                self.spans.add(event, at_s)
                self._keep(event)
                self.add((event, round(self.spans.total_s * 1000)))

    def pack(self, items: list[Any]) -> dict[str, Any]:
        """Return a frame of `(agent event, ms)` pairs: their rows, and when the last one came."""
        return {"rows": self._rows.rows(items), "at_ms": items[-1][1]}

    def finish(self, state: str, note: str, at_s: float) -> None:
        """Send the rest, the figures and the formatted answer; `state` is one of STATES."""
        self.spans.end(at_s)
        try:
            self.end()
        finally:
            with self.hold_sync():
                self.state = state
                self.note = note or self._sentence(state)
                self.figures = self._figures()
                self.document = markdown.to_tree(self.text)

    def caption(self) -> str:
        """Return the ending and the figures in one line of words."""
        spans = self.spans
        parts = [self.note, spans.summary()]
        if spans.ttft_s is not None:
            parts.append(f"TTFT {spans.ttft_s:.2f} s")
        if spans.answer_s is not None:
            parts.append(f"answer from {spans.answer_s:.2f} s")
        if usage := self._usage():
            parts.append(count(usage.total_tokens, "token"))
        return ", ".join(parts)

    def picture(self) -> tuple[str, str]:
        """Return the lanes, a line for each tool call, the figures, and the answer or all turns."""
        lanes = lane_picture.lanes(self.spans)
        steps = lane_picture.steps(self.spans)
        lines = "".join(f"<li>{escape(step)}</li>" for step in steps)
        body = (f"<ul>{lines}</ul>" if lines else "") + self._conversation.html()
        plain = "\n".join([*steps, self._conversation.plain()])
        return transcript.plain(plain, self.caption()), transcript.page(body, lanes, self.caption())

    def _keep(self, event: AgentEvent) -> None:
        match event:
            case TurnStarted(_, speaker):
                self._conversation.begin(speaker)
            case TextDelta(text) if text:
                self._conversation.say(text)
            case Done(_, text):
                self.done = event
                if text and not self.text:  # an agent that does not stream
                    self._conversation.say(text)

    def _sentence(self, state: str) -> str:
        turns = count(len(self.spans.turns), "turn")
        return STATES[state].format(total_s=self.spans.total_s, turns=turns)

    def _figures(self) -> dict[str, Any]:
        usage = self._usage()
        return {
            "total_s": self.spans.total_s,
            "turns": len(self.spans.turns),
            "tool_calls": len(self.spans.tools),
            "ttft_s": self.spans.ttft_s,
            "answer_s": self.spans.answer_s,
            "tokens": usage.total_tokens if usage else None,
        }

    def _usage(self) -> Any:
        return self.done.usage if self.done else None
