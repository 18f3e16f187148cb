"""The learner's app in a process of its own: nothing that it does can hang or break the kernel."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue

from labkit.errors import LabError

READY_LIMIT_S = 60.0
"""For Python and the libraries, on a slow machine."""
LOAD_LIMIT_S = 6.0
"""For what stands in the learner's file."""
LIFESPAN_LIMIT_S = 15.0
_END_LIMIT_S = 2.0


class StartError(LabError):
    """The app does not run; the message says why in one sentence."""


class AppProcess:
    """The running app of the file at `path`: its `url`, what it `said` on the way, and `stop()`.

    `environment` comes on top of ours; `on_line` gets each line that the app logs or prints.
    """

    def __init__(
        self,
        path: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.said: list[str] = []
        self._on_line = on_line
        self._process = subprocess.Popen(  # noqa: S603 - ourselves, with the learner's file
            [sys.executable, "-m", "labkit.capstone", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=path.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.url = self._started(path)
        except BaseException:  # the learner may interrupt the cell, too
            self.stop()
            raise

    @property
    def port(self) -> int:
        """Return the port that the app listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def running(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process, whatever it is doing. Twice is harmless."""
        self._process.kill()
        self._process.wait(_END_LIMIT_S)
        self._listener.join(_END_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe and not self._listener.is_alive():
                pipe.close()

    def __enter__(self) -> "AppProcess":
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _started(self, path: Path) -> str:
        """Wait for the app and return its address. Raises StartError."""
        lines: Queue[bytes] = Queue()
        threading.Thread(target=self._report, args=[lines], daemon=True).start()
        for limit_s in (READY_LIMIT_S, LOAD_LIMIT_S, LIFESPAN_LIMIT_S):
            try:
                told = json.loads(lines.get(timeout=limit_s) or "{}")
            except Empty:
                raise StartError(self._late(path, limit_s)) from None
            if "stage" in told:
                continue
            if "url" in told:
                return str(told["url"])
            raise StartError(told.get("problem", f"{path.name} ended its process at once."))
        raise StartError(f"{path.name} never told its address.")

    def _late(self, path: Path, limit_s: float) -> str:
        at = re.findall(rf'{re.escape(path.name)}", line (\d+)', "\n".join(self.said))
        where = f": it hangs in line {at[0]}" if at else ""
        return (
            f"{path.name} did not start within {limit_s:g} s{where}. What waits or loops belongs "
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
