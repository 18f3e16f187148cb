"""Live tokens: text as it arrives, its timing, what was on the wire, and a Stop button."""

import json
from typing import Any

import traitlets

from labkit.deltas import join
from labkit.reply import Reply
from labkit.timing import Timing, count
from labkit.widgets import assets, markdown, transcript
from labkit.widgets.live_log import LiveLog

STATES = {
    "streaming": "streaming …",
    "complete": "complete",
    "incomplete": "incomplete: the stream ended without a finish reason",
    "unsaid": "ended: these chunks never say why",
    "stopped": "stopped",
    "left": "left early by the loop",
    "failed": "failed",
}


class TokenStream(LiveLog):
    """Draws one stream. `labkit.watch` makes it and feeds it."""

    _esm = assets.script("svg", "token_stream")
    _css = assets.style("token_stream")

    mode = traitlets.Unicode("message").tag(sync=True)
    """How Stop reaches the loop: `message`, or `interrupt` while a plain `for` keeps the kernel."""
    state = traitlets.Unicode("streaming").tag(sync=True)
    note = traitlets.Unicode(STATES["streaming"]).tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    document: Any = traitlets.List(default_value=None, allow_none=True).tag(sync=True)
    show_deltas = traitlets.Bool(False).tag(sync=True)
    show_wire = traitlets.Bool(False).tag(sync=True)

    def __init__(self, reply: Reply, timing: Timing, **traits: Any) -> None:
        self._reply = reply
        self._timing = timing
        # Frames count from here; the request's true time is known only when the stream has ended.
        self._origin_s = timing.sent_s
        self._last_ms = 0
        self._chunks: list[Any] = []
        self._chunks_sent = 0
        self._wire_frames = 0
        super().__init__(**traits)
        self.observe(lambda _: self._send_wire(), "show_wire")

    def add_chunk(self, chunk: Any) -> None:
        """Keep `chunk` for the wire view; it costs nothing until somebody looks."""
        self._chunks.append(chunk)

    def pack(self, items: list[Any]) -> dict[str, Any]:
        """Return a frame of `(text, arrival in seconds)` pairs.

        `text` is all of it; `parts` says in LEB128 numbers where each delta ends and when it
        came: twice its length in UTF-16 units, and if it came later than the one before, one more
        and then the milliseconds in between. A delta of a burst takes one byte.
        """
        parts = bytearray()
        for text, arrival_s in items:
            size = (
                len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
            )
            gap_ms = max(0, round((arrival_s - self._origin_s) * 1000) - self._last_ms)
            _leb128(parts, 2 * size + (gap_ms > 0))
            if gap_ms:
                _leb128(parts, gap_ms)
                self._last_ms += gap_ms
        if self.show_wire:
            self._send_wire()
        return {"text": join(text for text, _ in items), "parts": bytes(parts)}

    def finish(self, state: str, note: str = "") -> None:
        """Send the rest, the figures and the formatted text; `state` is one of STATES."""
        try:
            self.end()
        finally:
            with self.hold_sync():
                self.state = state
                self.note = note or STATES[state]
                self.figures = self._figures()
        self.document = markdown.to_tree(self._reply.text)
        if self.show_wire:
            self._send_wire()

    def caption(self) -> str:
        """Return the figures and the ending in one line of words."""
        usage = self._reply.usage
        cost = f", {count(usage.completion_tokens, 'token')}" if usage else ""
        return f"{self._timing.summary()}{cost}, {self._ending()}"

    def _ending(self) -> str:
        reason = self._reply.finish_reason
        return f"finish reason {reason}" if reason and self.state == "complete" else self.note

    def _figures(self) -> dict[str, Any]:
        timing = self._timing
        return {
            "shift_s": self._origin_s - timing.sent_s,
            "ttft_s": timing.ttft_s,
            "total_s": timing.total_s,
            "deltas": len(timing.arrivals_s),
            "deltas_per_s": timing.deltas_per_s,
            "finish_reason": self._reply.finish_reason,
        }

    def _send_wire(self) -> None:
        """Send the chunks that the wire view does not have yet, one line of JSON each."""
        with self._flushing:
            fresh = self._chunks[self._chunks_sent :]
            if self.show_wire and fresh:
                self._chunks_sent += len(fresh)
                self._wire_frames += 1
                self.append_frame(f"w{self._wire_frames - 1}", [_as_json(c) for c in fresh])

    def picture(self) -> tuple[str, str]:
        """Return the text with its strip and its figures."""
        timing, text = self._timing, self._reply.text
        times_s = [arrival_s - timing.sent_s for arrival_s in timing.arrivals_s]
        line = transcript.strip(times_s, timing.total_s)
        page = transcript.page(markdown.to_html(text), line, self.caption())
        return transcript.plain(text, self.caption()), page


def _leb128(parts: bytearray, number: int) -> None:
    """Append `number` in seven-bit groups, the lowest first (DWARF 5, section 7.6)."""
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)


def _as_json(chunk: Any) -> str:
    if hasattr(chunk, "model_dump"):
        chunk = chunk.model_dump(exclude_unset=True)
    return join([json.dumps(chunk, default=repr, ensure_ascii=False)])
