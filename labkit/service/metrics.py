"""What the service counts and measures, for Prometheus."""

import time

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from labkit.service.events import Done, Event, Failed, Token

CONTENT_TYPE = CONTENT_TYPE_LATEST

_TTFT_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20)
_GAP_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The service's metrics, in a registry of their own: several apps may live in one process."""

    def __init__(self) -> None:
        self._registry = new = CollectorRegistry()
        self.streams_open = Gauge(
            "service_streams_open", "Streams that a reader holds open.", registry=new
        )
        self.running = Gauge("service_answers_running", "Answers being made.", registry=new)
        self.draining = Gauge("service_draining", "1 after SIGTERM, else 0.", registry=new)
        self.ttft = Histogram(
            "service_ttft_seconds", "From the question to the first text.",
            buckets=_TTFT_S, registry=new,
        )  # fmt: skip
        self.gap = Histogram(
            "service_gap_seconds", "From one piece of text to the next.",
            buckets=_GAP_S, registry=new,
        )  # fmt: skip
        self._answers = Counter(
            "service_answers", "Answers by outcome: done, cancelled, or an error's code.",
            ["outcome"], registry=new,
        )  # fmt: skip
        self._rejected = Counter(
            "service_rejected", "Requests refused, by reason.", ["reason"], registry=new
        )
        self._tokens = Counter("service_tokens", "Tokens by kind.", ["kind"], registry=new)
        for kind in ("prompt", "completion"):
            self._tokens.labels(kind)
        for outcome in ("done", "cancelled"):
            self._answers.labels(outcome)

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def reject(self, reason: str) -> None:
        """Count a request that was refused."""
        self._rejected.labels(reason).inc()

    def watch(self) -> "Watch":
        """Return what measures one answer, which begins now."""
        return Watch(self)

    def end(self, last: Event | None) -> None:
        """Count an answer by its last event; None if it was cancelled."""
        outcome = last.code if isinstance(last, Failed) else "done" if last else "cancelled"
        self._answers.labels(outcome).inc()
        if isinstance(last, Done) and last.usage:
            self._tokens.labels("prompt").inc(last.usage.prompt_tokens)
            self._tokens.labels("completion").inc(last.usage.completion_tokens)


class Watch:
    """Measures one answer while it is made."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._at_s = time.monotonic()
        self._spoken = False
        metrics.running.inc()

    def see(self, event: Event) -> None:
        """Note an event of the answer."""
        if not isinstance(event, Token):
            return
        now_s = time.monotonic()
        waited = self._metrics.gap if self._spoken else self._metrics.ttft
        waited.observe(now_s - self._at_s)
        self._at_s, self._spoken = now_s, True

    def end(self, last: Event | None) -> None:
        """Note the last event of the answer; None if it was cancelled."""
        self._metrics.running.dec()
        self._metrics.end(last)
