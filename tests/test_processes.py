import sys
from contextlib import suppress

import psutil
import pytest

from labkit.processes import ServerProcess

LIMIT_S = 20
SLEEPS = "import time; print('here', flush=True); time.sleep(600)"


def run(code: str, **environment: str) -> ServerProcess:
    return ServerProcess(["-c", code], environment)


def test_what_it_prints_comes_line_by_line_and_then_nothing() -> None:
    process = run("print('one'); print('zwei ü'.encode().decode())", PYTHONIOENCODING="utf-8")
    assert [process.line(LIMIT_S) for _ in range(3)] == ["one", "zwei ü", ""]
    assert process.wait(LIMIT_S) == 0
    process.stop()


def test_what_it_logs_is_kept_and_told() -> None:
    told: list[str] = []
    process = ServerProcess(
        ["-c", "import sys; print('oh', file=sys.stderr)"], {}, on_line=told.append
    )
    assert process.line(LIMIT_S) == ""
    process.wait(LIMIT_S)
    process.stop()
    assert (process.said, told) == (["oh"], ["oh"])


def test_a_line_that_does_not_come_is_not_waited_for() -> None:
    process = run(SLEEPS)
    assert process.line(LIMIT_S) == "here"
    with pytest.raises(TimeoutError):
        process.line(0.01)
    with pytest.raises(TimeoutError):
        process.wait(0.01)
    process.stop()


def test_asked_to_end_it_gets_the_signal_of_a_system() -> None:
    code = (
        "import signal, sys, threading\n"
        "name = 'SIGBREAK' if sys.platform == 'win32' else 'SIGTERM'\n"
        "signal.signal(getattr(signal, name), lambda *_: sys.exit(7))\n"
        "print('here', flush=True)\n"
        "while True: threading.Event().wait(0.05)"
    )
    process = run(code)
    process.line(LIMIT_S)
    process.ask_to_end()
    assert process.wait(LIMIT_S) == 7
    process.stop()


def test_stopped_it_is_gone_with_what_it_has_started() -> None:
    child = f"[sys.executable, '-c', {SLEEPS!r}]"
    code = f"import subprocess, sys; print(subprocess.Popen({child}).pid, flush=True); {SLEEPS}"
    process = run(code)
    started = psutil.Process(int(process.line(LIMIT_S)))
    assert process.running
    process.stop()
    process.stop()
    assert not process.running
    if sys.platform != "win32":  # there a process has no group that could be ended
        started.wait(LIMIT_S)


def test_a_server_that_wants_to_ends_with_its_parent() -> None:
    server = f"from labkit.processes import end_with_parent; end_with_parent(); {SLEEPS}"
    parent = (
        "import os\n"
        "from labkit.processes import ServerProcess\n"
        f"process = ServerProcess(['-c', {server!r}], {{}})\n"
        "process.line(20)\n"
        "print(process._process.pid, flush=True)\n"
        "os._exit(0)  # as a kernel that is killed"
    )
    process = run(parent)
    pid = int(process.line(LIMIT_S))
    process.wait(LIMIT_S)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(LIMIT_S)
    process.stop()


def test_an_orderly_end_is_not_disturbed_by_waiting_for_the_parent() -> None:
    process = run("from labkit.processes import end_with_parent; end_with_parent(); print('bye')")
    assert process.line(LIMIT_S) == "bye"
    assert (process.wait(LIMIT_S), process.said) == (0, [])
    process.stop()


def test_the_environment_comes_on_top_of_ours() -> None:
    process = run("import os; print(os.environ['GIVEN'], 'PATH' in os.environ)", GIVEN="yes")
    assert process.line(LIMIT_S) == "yes True"
    process.stop()
