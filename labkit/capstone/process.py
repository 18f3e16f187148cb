"""The learner's app in a process of its own: nothing that it does can hang or break the kernel."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from labkit.capstone.limits import LIMITS, Limits
from labkit.errors import LabError

_END_LIMIT_S = 2.0


# A group of its own: Jupyter interrupts the kernel's, and the app is not meant by that.
_APART: dict[str, Any]
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _APART = {"process_group": 0}


class StartError(LabError):
    """The app does not run; the message says why in one sentence."""


class AppProcess:
    """The app of the file at `path`: `start()`, its `url`, what it `said` on the way, `stop()`.

    `environment` comes on top of ours; `on_line` gets each line that the app logs or prints. Port
    0, or one that somebody else has, makes it take a free one.
    """

    def __init__(
        self,
        path: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None] = lambda line: None,
        *,
        port: int = 0,
        limits: Limits = LIMITS,
    ) -> None:
        self.url = ""
        self.said: list[str] = []
        self._path = path
        self._limits = limits
        self._on_line = on_line
        self._process = subprocess.Popen(  # noqa: S603 - ourselves, with the learner's file
            [sys.executable, "-m", "labkit.capstone", str(path), str(port), str(limits.load_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=path.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            **_APART,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self) -> "AppProcess":
        """Wait until it serves. Raises StartError, and then nothing of it is left."""
        try:
            self.url = self._started()
        except BaseException:  # the learner may interrupt the cell, too
            self.stop()
            raise
        return self

    @property
    def port(self) -> int:
        """Return the port that the app listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def running(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process and what it has started, whatever they do. Twice is harmless."""
        _kill(self._process)
        self._process.wait(_END_LIMIT_S)
        self._listener.join(_END_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe and not self._listener.is_alive():
                pipe.close()

    def __enter__(self) -> "AppProcess":
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _started(self) -> str:
        """Wait for the app and return its address. Raises StartError."""
        lines: Queue[bytes] = Queue()
        threading.Thread(target=self._report, args=[lines], daemon=True).start()
        name, limits = self._path.name, self._limits
        for limit_s in (limits.ready_s, limits.load_s, limits.lifespan_s):
            try:
                told = json.loads(lines.get(timeout=limit_s) or "{}")
            except Empty:
                raise StartError(self._late(limit_s)) from None
            if "stage" in told:
                continue
            if "url" in told:
                return str(told["url"])
            raise StartError(told.get("problem", f"{name} ended its process at once."))
        raise StartError(f"{name} never told its address.")

    def _late(self, limit_s: float) -> str:
        name = self._path.name
        at = re.findall(rf'{re.escape(name)}", line (\d+)', "\n".join(self.said))
        where = f": it hangs in line {at[0]}" if at else ""
        return (
            f"{name} did not start within {limit_s:g} s{where}. What waits or loops belongs "
            "into a tool or the lifespan, and not into the file itself."
        )

    def _report(self, lines: "Queue[bytes]") -> None:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            lines.put(line)
        lines.put(b"")

    def _listen(self) -> None:
        assert self._process.stderr  # noqa: S101 - it is a pipe
        for line in self._process.stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self.said.append(text)
            self._on_line(text)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, signal.SIGKILL)
