"""What the service counts and measures, for Prometheus."""

import time
from collections.abc import Iterable
from typing import get_args

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from labkit.service.events import Done, ErrorCode, Event, Failed, Token

CONTENT_TYPE = CONTENT_TYPE_LATEST

_TTFT_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20)
_GAP_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

_GAP = "From one piece of text to the next, without the time that a slow reader blocked the answer."
_ANSWERS = "Answers by outcome: done, cancelled, or an error's code."
_OUTCOMES = ("done", "cancelled", *get_args(ErrorCode))
_REASONS = (  # those of every Refused, and what no schema fits
    *("unauthorized", "unknown", "missed", "rate", "streams"),
    *("origin", "body", "draining", "redis", "invalid"),
)


class Metrics:
    """The service's metrics, in a registry of their own: several apps may live in one process."""

    def __init__(self) -> None:
        self._registry = new = CollectorRegistry()
        ProcessCollector(registry=new)  # CPU, memory, files: where there is a /proc
        self.streams_open = Gauge(
            "service_streams_open", "Streams that a reader holds open.", registry=new
        )
        self.running = Gauge("service_answers_running", "Answers being made.", registry=new)
        self.draining = Gauge("service_draining", "1 after SIGTERM, else 0.", registry=new)
        self.ttft = self._seconds("ttft", "From the question to the first text.", _TTFT_S)
        self.gap = self._seconds("gap", _GAP, _GAP_S)
        self._answers = self._counter("answers", _ANSWERS, "outcome", _OUTCOMES)
        self._rejected = self._counter(
            "rejected", "Requests refused, by reason.", "reason", _REASONS
        )
        self._tokens = self._counter("tokens", "Tokens by kind.", "kind", ("prompt", "completion"))

    def _seconds(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        full = f"service_{name}_seconds"
        return Histogram(full, about, buckets=buckets, registry=self._registry)

    def _counter(self, name: str, about: str, label: str, values: Iterable[str]) -> Counter:
        """Return a counter that says 0 for each of `values` from the start: rates begin there."""
        counter = Counter(f"service_{name}", about, [label], registry=self._registry)
        for value in values:
            counter.labels(value)
        return counter

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
        self._at_s = self._seen_s = time.monotonic()
        self._spoken = False
        metrics.running.inc()

    def see(self, event: Event) -> None:
        """Note an event of the answer."""
        self._seen_s = now_s = time.monotonic()
        if not isinstance(event, Token):
            return
        waited = self._metrics.gap if self._spoken else self._metrics.ttft
        waited.observe(now_s - self._at_s)
        self._at_s, self._spoken = now_s, True

    def go_on(self) -> None:
        """Note that the event is handed over: until now its reader has blocked the answer."""
        self._at_s += time.monotonic() - self._seen_s

    def end(self, last: Event | None) -> None:
        """Note the last event of the answer; None if it was cancelled."""
        self._metrics.running.dec()
        self._metrics.end(last)
