"""The load script counts what became of each answer, and fails when something was lost or cut."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import load
from labkit.serving import Server
from labkit.sse import ServerSentEvent
from tests.deploy.bundle import DEPLOY
from tests.deploy.small_service import SmallService

Serve = Callable[[str], tuple[SmallService, str]]


def answer(*events: tuple[str, str, float]) -> load.Answer:
    """Return what a reader has heard: names, ids and times."""
    heard = load.Answer()
    for name, event_id, at_s in events:
        heard.hear(ServerSentEvent('{"code": "idle_timeout"}', name, event_id), at_s)
    return heard


def test_ttft_is_the_first_token_and_gaps_lie_between_tokens() -> None:
    heard = answer(
        ("started", "a.1", 0.1), ("token", "a.2", 0.5), ("tool_started", "a.3", 0.6), ("token", "a.4", 0.75)
    )  # fmt: skip
    assert heard.ttft_s == 0.5
    assert heard.gaps_s == [0.25]


def test_an_answer_without_an_end_is_cut() -> None:
    assert answer(("token", "a.1", 0.1)).outcome == "cut"
    assert answer(("token", "a.1", 0.1), ("done", "a.2", 0.2)).outcome == "done"
    assert answer(("error", "a.1", 0.1)).outcome == "error idle_timeout"


@given(st.sets(st.integers(1, 50)))
def test_every_number_below_the_last_that_did_not_come_is_lost(missing: set[int]) -> None:
    numbers = [number for number in range(1, 61) if number not in missing]
    heard = answer(*[("token", f"a-b.{number}", 0.1) for number in numbers])
    assert heard.lost == len(missing)


def test_an_event_that_comes_twice_counts_as_well() -> None:
    assert answer(("token", "a.1", 0.1), ("token", "a.1", 0.2)).lost == 1


@pytest.mark.parametrize("event_id", ["", "a", "a."])
def test_an_id_without_a_number_is_none_of_the_contract(event_id: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        answer(("token", event_id, 0.1))


def test_the_spread_is_the_median_and_the_99th_percentile() -> None:
    assert load.spread([number / 1000 for number in range(1, 201)]) == "0.101 s, 0.198 s"
    assert load.spread([]) == "–"


def tally(*outcomes: str) -> load.Tally:
    """Return the tally of answers that ended like this."""
    found = load.Tally()
    for outcome in outcomes:
        each = load.Answer()
        each.outcome = outcome
        found.add(each)
    return found


def test_a_tally_is_well_when_something_was_answered_and_nothing_went_wrong() -> None:
    assert not tally().well
    assert not tally("HTTP 429").well
    assert tally("done").well
    assert tally("done", "HTTP 429", "stopped by Ctrl-C").well


@pytest.mark.parametrize(
    "outcome", ["cut", "not reached", "unreadable", "error model_error", "HTTP 500", "HTTP 503"]
)
def test_one_bad_answer_spoils_the_tally(outcome: str) -> None:
    assert not tally(*["done"] * 99, outcome).well


def test_a_lost_event_spoils_the_tally() -> None:
    spoilt = load.Tally()
    spoilt.add(answer(("done", "a.2", 0.1)))
    assert not spoilt.well


@pytest.mark.parametrize(
    ("said", "pause_s"),
    [("7", 7), ("0.5", 0.5), *((odd, 1) for odd in ("nan", "inf", "-3", "soon"))],
)
def test_retry_after_is_obeyed_if_it_is_a_number_of_seconds(said: str, pause_s: float) -> None:
    assert load._retry_after_s(httpx2.Response(429, headers={"retry-after": said})) == pause_s


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("LOAD_TOKEN", "secret-token")
    with ExitStack() as stack:

        def start(fault: str) -> tuple[SmallService, str]:
            service = SmallService(fault)
            return service, stack.enter_context(Server(service.app).start()).url

        yield start


def run(url: str, *options: str) -> int:
    return load.main([url, "--readers", "3", "--seconds", "0", *options])


def test_each_reader_asks_the_question_with_the_token(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    service, url = serve("")
    assert run(url, "--question", "Which boots?") == 0
    assert service.tokens == ["Bearer secret-token"] * 3
    assert service.questions == ["Which boots?"] * 3
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["answers:", "done", "3"] in shown
    assert ["events", "lost", "0"] in shown


def test_without_a_token_it_asks_as_nobody(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOAD_TOKEN")
    service, url = serve("")
    assert run(url) == 0
    assert service.tokens == [""] * 3


def test_readers_ask_again_until_the_time_is_up(serve: Serve) -> None:
    service, url = serve("")
    assert run(url, "--seconds", "0.3", "--ramp", "0.1") == 0
    assert len(service.questions) > 3


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ("cut", "answers: cut"),
        ("break", "answers: cut"),
        ("skip", "events lost"),
        ("nameless", "answers: unreadable"),
        ("page", "answers: unreadable"),
        ("garbage", "answers: unreadable"),
        ("refuse", "answers: HTTP 429"),
        ("error", "answers: error idle_timeout"),
    ],
)
def test_what_goes_wrong_has_its_row(
    fault: str, row: str, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(serve(fault)[1]) == 1
    assert [*row.split(), "3"] in [line.split() for line in capsys.readouterr().out.splitlines()]


def test_who_is_refused_comes_back_when_told(serve: Serve) -> None:
    service, url = serve("refuse")
    run(url, "--seconds", "0.2")
    assert len(service.questions) > 3


def test_a_service_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("http://127.0.0.1:9") == 1
    assert "answers: not reached" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["http://[::1", "localhost:8000", "ftp://x", "http://", "\x01"])
def test_what_is_no_url_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(url)
    assert "expected a URL like https://example.org, got" in capsys.readouterr().err


def test_it_does_not_take_a_negative_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("http://127.0.0.1:9", "--ramp", "-1")
    assert "expected at least one reader, and no negative time" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_prints_the_table_so_far(serve: Serve) -> None:
    _, url = serve("")
    command = [sys.executable, str(DEPLOY / "load.py"), url, "--readers", "2", "--seconds", "60"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=dict(os.environ), **pipes) as process:
        assert process.stderr
        assert "s left" in process.stderr.readline()  # it is under way
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=10)
    assert "answers: done" in shown
    assert f"2 readers at {url}" in shown
    assert "token events a second" in shown
    assert process.returncode == 0
