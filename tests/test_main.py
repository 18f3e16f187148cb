"""The `labkit` command, run as a learner runs it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from openai import OpenAI

from labkit.__main__ import main
from labkit.serving import Server

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `python -m labkit …`; every process ends with the test."""
    started: list[Process] = []

    def run(*arguments: str) -> Process:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "labkit", *arguments]
        started.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def first_line(process: Process) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_the_model_prints_its_base_url_first_and_answers_at_once(start: Start) -> None:
    base_url = first_line(start("model", "--pace", "0"))
    assert base_url.startswith("http://127.0.0.1:")
    assert base_url.endswith("/v1")
    with OpenAI(base_url=base_url, api_key="any", max_retries=0) as client:
        messages: Any = [{"role": "user", "content": "How do I choose a tent?"}]
        stream = client.chat.completions.create(model="m", messages=messages, stream=True)
        assert len([chunk for chunk in stream if chunk.choices[0].delta.content]) > 20


def test_the_model_serves_the_fault_it_is_given(start: Start) -> None:
    base_url = first_line(start("model", "--pace", "0", "--fault", "status=503"))
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    key = {"authorization": "Bearer any"}
    assert httpx2.post(f"{base_url}/chat/completions", json=body, headers=key).status_code == 503


def test_a_client_that_leaves_while_it_asks_is_no_error_of_the_model(start: Start) -> None:
    process = start("model")
    host, port = first_line(process).removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n")
        client.sendall(b"authorization: Bearer any\r\ncontent-length: 99\r\n\r\nhalf a bo")
        # An answer to another one says that the first request has begun.
        assert httpx2.get(f"http://{host}:{port}/labkit/streams").status_code == 200
    assert httpx2.get(f"http://{host}:{port}/labkit/streams").status_code == 200
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert errors == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one process there")
def test_ctrl_c_ends_the_model_without_a_trace(start: Start) -> None:
    process = start("model")
    assert first_line(process)  # at this moment it has only just begun to answer
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert errors == ""
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "explode=1"], "A fault is one of status, .*; got 'explode'"),
        (["--fault", "cut_after=x"], "The fault cut_after takes a whole number; got 'x'"),
        (["--pace", "fast"], "A pace is a number from 0 .*; got 'fast'"),
        (["--pace", "-1"], "A pace is a number from 0 .*; got '-1'"),
        (["--port", "70000"], "Cannot listen on 127.0.0.1:70000 .*Choose another port, or 0"),
        (["--host", "no host"], "Cannot listen on no host:0 "),
    ],
)
def test_a_bad_argument_is_one_line_and_exit_code_2(
    start: Start, arguments: list[str], sentence: str
) -> None:
    process = start("model", *arguments)
    output, errors = process.communicate(timeout=30)
    assert (output, process.returncode) == ("", 2)
    [line] = errors.splitlines()
    assert re.search(f"^labkit: .*{sentence}", line)


def test_a_bad_pace_in_the_environment_shows_at_the_start(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_PACE", "fast")
    process = start("model")
    assert first_line(process) == ""
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "A pace is a number" in errors


def test_a_taken_port_is_one_line_and_exit_code_2(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "--port", str(server.port)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "Choose another port" in line


def test_the_doctor_returns_0_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("All is well.\n")


def test_the_doctor_returns_1_and_the_remedy_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABKIT_PROVIDER", "klingon")
    assert main(["doctor"]) == 1
    assert "provider: LABKIT_PROVIDER is one of offline, openai" in capsys.readouterr().out


def test_an_output_that_cannot_hold_our_signs_is_no_failure(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")  # as a pipe on Windows, which lacks the ticks
    process = start("doctor")
    output, _ = process.communicate(timeout=60)
    assert "? Python" in output
    assert process.returncode == 0


def test_progress_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress"]) == 0
    assert "exercises and milestones are right" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["dance"], ["reset"], ["model", "--port", "x"]])
def test_an_unknown_command_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: labkit" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("doctor", "model", "reset", "progress"))
