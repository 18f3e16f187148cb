"""The command: its address, its settings, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from labkit.__main__ import main
from labkit.offline.faults import parse_fault
from labkit.service import logs
from labkit.service.http_limits import BoundedHttp
from labkit.sse import ServerSentEvent, decode
from tests.service.command import END_S, Command, command
from tests.service.running import PLAIN, data
from tests.settled import settled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM there")

LOOKS = 2000


@contextmanager
def asking(service: Command) -> Iterator[Iterator[ServerSentEvent]]:
    with service.http.stream("POST", "/v1/chat", json={"question": PLAIN}) as response:
        yield decode(response.iter_bytes())


def terminate(service: Command) -> None:
    """Send SIGTERM, and return when the service drains."""
    service.process.send_signal(signal.SIGTERM)
    for _ in range(LOOKS):
        if service.http.get("/readyz").status_code == 503:
            return
    raise AssertionError("it is ready though it was told to end")


def test_it_drains_nobody_new_and_what_is_open_ends_well() -> None:
    with command(SERVICE_DRAIN_TIMEOUT="60") as service:
        service.model.pace = 0.2
        with asking(service) as open_one:
            next(open_one)
            terminate(service)
            assert service.http.get("/healthz").status_code == 200
            refused = service.http.post("/v1/chat", json={"question": PLAIN})
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
            assert list(open_one)[-1].event == "done"
        check_end(service)
        assert settled(service.upstream)["finished"] == 1


def test_it_drains_what_takes_too_long_is_told() -> None:
    with command(SERVICE_DRAIN_TIMEOUT="0.2") as service:
        service.model.fault = parse_fault("stall_after=3")
        with asking(service) as stalled:
            seen = [next(stalled) for _ in range(4)]
            service.process.send_signal(signal.SIGTERM)
            rest = list(stalled)
        assert [event.event for event in rest] == ["error"]
        assert data(rest[0])["code"] == "shutting_down"
        assert str(rest[0].id).endswith(f".{len(seen) + 1}")
        check_end(service)
        settled(service.upstream, cancelled=1)


def check_end(service: Command) -> None:
    """It ends by itself, and its log is JSON without a traceback."""
    errors = service.end()
    assert service.process.returncode == 0
    assert all(json.loads(line) for line in errors.splitlines())
    assert "Traceback" not in errors


def test_a_second_signal_ends_at_once() -> None:
    with command(SERVICE_DRAIN_TIMEOUT="600") as service:
        service.model.fault = parse_fault("stall_after=3")
        with asking(service) as stalled:
            next(stalled)
            terminate(service)
            at_s = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx2.TransportError):
                list(stalled)
        errors = service.end()
        assert time.monotonic() - at_s < 5
        assert service.process.returncode == 0
        settled(service.upstream, cancelled=1)
    assert "Traceback" not in errors


def test_what_it_reads_before_it_asks_for_a_token_is_bounded() -> None:
    with command() as service:
        head = {"x": "v" * (BoundedHttp.most_head_bytes + 4096)}
        assert service.http.get("/healthz", headers=head).status_code == 431
        assert service.http.get("/healthz").status_code == 200


def test_told_to_end_while_it_still_imports_it_ends(tmp_path: Path) -> None:
    """It handles the signal: the first process of a container ignores what it does not handle."""
    slow = "import time\nprint('importing', flush=True)\ntime.sleep(60)\n"
    (tmp_path / "semantic_kernel.py").write_text(slow, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    run = [sys.executable, "-m", "labkit", "service", "--port", "0"]
    with subprocess.Popen(
        run, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        process.terminate()
        assert process.wait(END_S) == 0


Run = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with these arguments and variables; return its one line."""
    monkeypatch.setattr(logs, "configure", lambda: None)  # it would take the log from pytest
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # and the signals

    def run(*arguments: str, **variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert main(["service", "--port", "0", *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        [line] = errors.splitlines()
        assert line.startswith("labkit: ")
        return line

    return run


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_tokens_it_serves_this_machine_only(refused: Run, host: str) -> None:
    line = refused("--host", host)
    assert f"without SERVICE_API_TOKENS everybody who reaches {host} could ask" in line
    assert "labkit token NAME" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_TICKET_KEY", "s3cr3t"),
        ("SERVICE_API_TOKENS", "s3cr3t"),
        ("SERVICE_API_TOKENS", "shop:s3cr3t"),
        ("SERVICE_RATE_LIMIT", "s3cr3t"),
        ("SERVICE_RATE_LIMIT", "0/hour"),
        ("SERVICE_RATE_LIMIT", "1/minute;2/hour"),
        ("SERVICE_STREAMS_PER_CLIENT", "s3cr3t"),
        ("SERVICE_BUFFER_BYTES", "17"),
        ("SERVICE_IDLE_TIMEOUT", "-1"),
        ("SERVICE_IDLE_TIMEOUT", "inf"),
        ("SERVICE_ANSWER_TIMEOUT", "nan"),
        ("SERVICE_RESUME_WINDOW", "s3cr3t"),
        ("SERVICE_REDIS_URL", "redis://:s3cr3t@localhost:1/0"),  # it has no ticket key
        ("SERVICE_REDIS_URL", "s3cr3t"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_without_its_value(
    refused: Run, name: str, value: str
) -> None:
    line = refused(**{name: value})
    assert value not in line
    assert "s3cr3t" not in line


def test_a_setting_is_named_where_it_is_wrong(refused: Run) -> None:
    line = refused(SERVICE_STREAMS_PER_CLIENT="0", SERVICE_RATE_LIMIT="often")
    assert "SERVICE_STREAMS_PER_CLIENT: " in line
    assert "SERVICE_RATE_LIMIT: " in line
