"""What the service counts, and that nothing is left when its answers have ended."""

import asyncio
import gc
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import httpx2
import psutil
import pytest

from labkit import service as package
from labkit.service.events import ErrorCode, Token, ToolFinished
from labkit.service.metrics import Metrics
from tests.service.clocks import Clock
from tests.service.running import PLAIN, WITH_TOOLS, Running, data, running

FOLDER = Path(package.__path__[0])
FAULTS = ["", "cut_after=5", "truncate_after=5", "error_after=5", "status=400", "bad_arguments=1"]


@pytest.fixture
def fresh() -> Iterator[Running]:
    with running(resume_window=0) as service:
        yield service


def _gone(service: Running) -> None:
    for name in ("service_streams_open", "service_answers_running"):
        service.until(lambda name=name: service.metric(name) == 0)  # type: ignore[misc]


def test_an_answer_is_counted_with_its_tokens_its_ttft_and_its_gaps(fresh: Running) -> None:
    events = fresh.ask(WITH_TOOLS)
    texts = sum(event.event == "token" for event in events)
    usage = data(events[-1])["usage"]
    assert fresh.metric('service_answers_total{outcome="done"}') == 1
    assert fresh.metric('service_tokens_total{kind="prompt"}') == usage["prompt_tokens"]
    assert fresh.metric('service_tokens_total{kind="completion"}') == usage["completion_tokens"]
    assert fresh.metric("service_ttft_seconds_count") == 1
    assert fresh.metric("service_gap_seconds_count") == texts - 1
    assert 0 < fresh.metric("service_ttft_seconds_sum") < 10


def test_open_streams_and_running_answers_come_and_go(fresh: Running) -> None:
    fresh.meets("stall_after=3")
    with fresh.asking() as first, fresh.asking() as second:
        for stream in (first, second):
            assert [next(stream).event for _ in range(4)] == ["started", *["token"] * 3]
        assert fresh.metric("service_streams_open") == 2
        assert fresh.metric("service_answers_running") == 2
    _gone(fresh)
    assert fresh.metric('service_answers_total{outcome="cancelled"}') == 2
    assert fresh.metric("service_ttft_seconds_count") == 2


def test_what_is_refused_is_counted_by_its_reason(fresh: Running) -> None:
    fresh.http.post("/v1/chat", json={"question": ""})
    fresh.go_on("nothing.1")
    fresh.http.post("/v1/chat", content=b"x" * 40_000)
    fresh.http.get("/healthz", headers={"host": "shop.example"})
    for reason in ("invalid", "unknown", "body", "origin"):
        assert fresh.metric(f'service_rejected_total{{reason="{reason}"}}') == 1


def test_names_and_units_are_as_prometheus_wants_them(fresh: Running) -> None:
    response = fresh.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    names = re.findall(r"^# TYPE (\S+) ", response.text, re.M)
    assert all(name.startswith(("service_", "process_")) for name in names)
    assert fresh.metric("service_draining") == 0


def test_every_reason_and_outcome_is_there_before_it_happens() -> None:
    shown = Metrics().exposition().decode()
    sources = [file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py")]
    reasons = re.findall(r'Refused\(\s*\d{3},\s*"(\w+)"', "\n".join(sources))
    assert len(set(reasons)) > 5
    for reason in {*reasons, "invalid"}:
        assert f'service_rejected_total{{reason="{reason}"}} 0.0' in shown
    for outcome in ("done", "cancelled", *get_args(ErrorCode)):
        assert f'service_answers_total{{outcome="{outcome}"}} 0.0' in shown


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nothing tells it here")
def test_the_process_is_measured_too() -> None:
    shown = Metrics().exposition().decode()
    for name in ("cpu_seconds_total", "resident_memory_bytes", "open_fds"):
        assert re.search(rf"^process_{name} [1-9.]", shown, re.M)


def test_a_gap_leaves_out_the_time_that_a_slow_reader_blocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, metrics = Clock(0), Metrics()
    monkeypatch.setattr("labkit.service.metrics.time.monotonic", clock)
    watch = metrics.watch()
    tool = ToolFinished(call="1", name="search", seconds=0, ok=True)
    for waited_s, event in ((3, Token(text="a")), (1, tool), (1, Token(text="b"))):
        clock.now_s += waited_s
        watch.see(event)
        clock.now_s += 10  # the reader takes nothing
        watch.go_on()
    shown = metrics.exposition().decode()
    assert "service_ttft_seconds_sum 3.0" in shown
    assert "service_gap_seconds_sum 2.0" in shown


def test_nothing_is_left_after_fifty_answers_however_they_ended(fresh: Running) -> None:
    _many(fresh)  # what is kept from the first ones on: connections to the model, a thread pool
    before = _left(fresh)
    for _ in range(3):
        _many(fresh)
    assert any(_left(fresh) <= before for _ in range(50)), f"{before} before, {_left(fresh)} now"
    answers = fresh.app.state.parts.answers
    assert not answers._answers
    assert not answers._keeping


def _many(service: Running) -> None:
    """Ask a dozen times: whole, broken, and left early.

    One after the other: how many idle connections to the model are kept is then always the same.
    """
    for fault in FAULTS * 2:
        service.meets(fault)
        _ask(service.url)
    service.meets("stall_after=3")
    with service.asking() as stream:
        next(stream)
    service.meets("")
    service.settled()
    _gone(service)


def _ask(url: str) -> None:
    with suppress(httpx2.RemoteProtocolError), httpx2.Client(base_url=url, timeout=10) as http:
        http.post("/v1/chat", json={"question": PLAIN})


class _Left(tuple[int, int, int]):
    """Tasks, threads and open sockets; `<=` compares each with each."""

    def __le__(self, other: object) -> bool:
        assert isinstance(other, _Left)
        return all(mine <= theirs for mine, theirs in zip(self, other, strict=True))


def _left(service: Running) -> _Left:
    """Return what there is in this process, as soon as what is about to go has gone."""
    least = _Left((10**6,) * 3)
    gc.collect()
    for _ in range(3):
        service.http.get("/healthz")
        tasks = sum(isinstance(each, asyncio.Task) and not each.done() for each in gc.get_objects())
        now = _Left((tasks, threading.active_count(), len(psutil.Process().net_connections())))
        least = _Left(map(min, least, now))
    return least
