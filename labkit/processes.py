"""A server of ours in a process of its own: nothing that it does can hang or break this one."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import Any

_END_LIMIT_S = 2.0

# A group of its own: Jupyter interrupts the kernel's, and the server is not meant by that.
_APART: dict[str, Any]
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _APART = {"process_group": 0}


class ServerProcess:
    """Python, run with `arguments`: what it prints line by line, and what it `said` otherwise.

    `environment` comes on top of ours; `on_line` gets each line of its standard error. A server
    that calls `end_with_parent` does not outlive us.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None] = lambda line: None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.said: list[str] = []
        self._on_line = on_line
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            **_APART,
        )
        self._printed: Queue[str] = Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def running(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def line(self, limit_s: float) -> str:
        """Return the next line that it prints, or "" if it has ended. Raises TimeoutError."""
        try:
            return self._printed.get(timeout=limit_s)
        except Empty:
            raise TimeoutError from None

    def ask_to_end(self) -> None:
        """Send the signal by which a system ends a service: SIGTERM, on Windows Ctrl-Break."""
        if sys.platform == "win32":
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, limit_s: float) -> int:
        """Return its exit code when it has ended. Raises TimeoutError."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def stop(self) -> None:
        """End the process and what it has started, whatever they do. Twice is harmless."""
        _kill(self._process)
        self._process.wait(_END_LIMIT_S)
        self._listener.join(_END_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe and not self._listener.is_alive():
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            self._printed.put(_text(line))
        self._printed.put("")

    def _listen(self) -> None:
        assert self._process.stderr  # noqa: S101 - it is a pipe
        for line in self._process.stderr:
            self.said.append(_text(line))
            self._on_line(self.said[-1])


def end_with_parent() -> None:
    """End this process, a ServerProcess of another one, as soon as that one has ended."""
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would break an orderly end
        pass
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # us, and what we have started
    os._exit(0)  # we may hang, even at our end


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, signal.SIGKILL)
