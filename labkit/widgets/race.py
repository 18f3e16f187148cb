"""The same question, blocking and streamed, side by side."""

import contextlib
import threading
import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import traitlets

from labkit.chunks import delta_of
from labkit.deltas import join
from labkit.providers import Endpoint, connect
from labkit.timing import Timing
from labkit.widgets import assets, markdown
from labkit.widgets.frames import FrameLog
from labkit.widgets.screen import show_live

if TYPE_CHECKING:
    from labkit.plots import Plot

LANES = ("blocking", "streamed")


@dataclass(frozen=True)
class RaceResult:
    """What the race measured, in seconds since both requests were sent."""

    blocking_s: float
    """Until the blocking answer could be read: all of it at once."""
    ttft_s: float
    """Until the first words of the streamed answer could be read."""
    streamed_s: float
    """Until the streamed answer was whole."""

    def plot(self) -> "Plot":
        """Return a figure: for each way, the blank screen and the time with text on it."""
        from labkit.plots import new_plot  # matplotlib takes a quarter of a second to import

        plot, axes = new_plot(8, 2.2, repr(self))
        blank_s = [self.blocking_s, self.ttft_s]
        text_s = [0, self.streamed_s - self.ttft_s]
        axes.barh(LANES, blank_s, color="#80808060", label="blank screen")
        axes.barh(LANES, text_s, left=blank_s, label="text is appearing")
        axes.invert_yaxis()
        axes.set(xlabel="seconds since the request was sent")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.25), ncols=2, frameon=False)
        return plot

    def __repr__(self) -> str:
        return (
            f"First words after {self.ttft_s:.2f} s streamed, {self.blocking_s:.2f} s blocking; "
            f"the streamed answer was whole after {self.streamed_s:.2f} s."
        )


class Race(FrameLog):
    """Draws two answers while they come. `labkit.race` makes it and feeds it."""

    _esm = assets.script("race")
    _css = assets.style("race")

    question = traitlets.Unicode().tag(sync=True)
    readable_s = traitlets.Dict().tag(sync=True)
    """For each lane that has text, the seconds until there was some."""
    ended = traitlets.Bool(False).tag(sync=True)
    documents = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self.timings = {lane: Timing(time.perf_counter()) for lane in LANES}
        self._texts: dict[str, list[str]] = {lane: [] for lane in LANES}
        super().__init__(**traits)

    def take(self, lane: str, text: str) -> None:
        """Show `text`, which has arrived in `lane` just now."""
        timing = self.timings[lane]
        timing.arrivals_s.append(time.perf_counter())
        self._texts[lane].append(text)
        self.add((lane, text))

    def pack(self, items: list[Any]) -> dict[str, Any]:
        """Return a frame: the new text of each lane, and when each had its first."""
        texts = {lane: join(t for at, t in items if at == lane) for lane in LANES}
        return {**texts, "readable_s": self._readable()}

    def finish(self) -> None:
        """Send the rest and the formatted answers."""
        self.end()
        with self.hold_sync():
            self.readable_s = self._readable()
            self.documents = {lane: markdown.to_tree(self.text(lane)) for lane in LANES}
            self.ended = True

    def text(self, lane: str) -> str:
        """Return all text of a lane so far."""
        return join(self._texts[lane])

    def result(self) -> RaceResult:
        """Return what was measured, once both lanes have text."""
        blocking, streamed = (self.timings[lane] for lane in LANES)
        return RaceResult(blocking.ttft_s or 0.0, streamed.ttft_s or 0.0, streamed.total_s)

    def _readable(self) -> dict[str, float]:
        ttfts = {lane: timing.ttft_s for lane, timing in self.timings.items()}
        return {lane: ttft_s for lane, ttft_s in ttfts.items() if ttft_s is not None}

    def picture(self) -> tuple[str, str]:
        """Return the question, the times, and the answer."""
        times = repr(self.result())
        head = f"<p><b>{escape(self.question)}</b><br>{escape(times)}</p>"
        page = f"<div>{head}{markdown.to_html(self.text('streamed'))}</div>"
        return f"{self.question}\n{times}", page


def race(question: str, *, endpoint: Endpoint | None = None) -> RaceResult:
    """Ask `question` twice at the same time, blocking and streamed, draw both, return the times.

    The model is that of `endpoint`, or of `connect()`. What the SDK raises is raised here.
    """
    endpoint = endpoint or connect()
    widget = Race(question=question)
    handle = show_live(widget)
    widget.start()
    try:
        _run(widget, endpoint)
    finally:
        widget.finish()
        if handle:
            handle.update(widget)
    return widget.result()


def _run(widget: Race, endpoint: Endpoint) -> None:
    """Run both lanes, each in a thread with a client of its own, started together.

    An interrupt closes the clients, and with them what the lanes still wait for.
    """
    from openai import OpenAI

    gate = threading.Barrier(len(LANES))
    failures: list[Exception] = []
    with contextlib.ExitStack() as clients:
        lanes = []
        for name in LANES:
            client = OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key)
            lane = Lane(name, clients.enter_context(client), endpoint.model, widget)
            lanes.append(threading.Thread(target=lane.run, args=(gate, failures), daemon=True))
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
    if failures:
        raise failures[0]


@dataclass(frozen=True)
class Lane:
    """One of the two ways to ask."""

    name: str
    client: Any
    model: str
    widget: Race

    def run(self, gate: threading.Barrier, failures: list[Exception]) -> None:
        """Ask when both lanes have come to `gate`; what the SDK raises goes to `failures`."""
        gate.wait()
        self.widget.timings[self.name].sent_s = time.perf_counter()
        try:
            self._ask_streamed() if self.name == "streamed" else self._ask_blocking()
        except Exception as failure:  # raised again in the learner's cell
            failures.append(failure)

    def _ask_blocking(self) -> None:
        answer = self.client.chat.completions.create(model=self.model, messages=self._messages())
        self._take(answer.choices[0].message.content or "")

    def _ask_streamed(self) -> None:
        with self.client.chat.completions.create(
            model=self.model, messages=self._messages(), stream=True
        ) as stream:
            for chunk in stream:
                if text := delta_of(chunk).text:
                    self._take(text)

    def _messages(self) -> list[Any]:
        return [{"role": "user", "content": self.widget.question}]

    def _take(self, text: str) -> None:
        self.widget.take(self.name, text)
