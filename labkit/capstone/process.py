"""The learner's app in a process of its own: nothing that it does can hang or break the kernel."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from labkit.capstone.limits import LIMITS, Limits
from labkit.errors import LabError
from labkit.processes import ServerProcess


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
        self._path = path
        self._limits = limits
        arguments = ["-m", "labkit.capstone", str(path), str(port), str(limits.load_s)]
        self._process = ServerProcess(arguments, environment, on_line, folder=path.parent)

    @property
    def said(self) -> list[str]:
        """Return what it has logged or printed, line by line."""
        return self._process.said

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
        return self._process.running

    def stop(self) -> None:
        """End the process and what it has started, whatever they do. Twice is harmless."""
        self._process.stop()

    def __enter__(self) -> "AppProcess":
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _started(self) -> str:
        """Wait for the app and return its address. Raises StartError."""
        name, limits = self._path.name, self._limits
        for limit_s in (limits.ready_s, limits.load_s, limits.lifespan_s):
            try:
                told = json.loads(self._process.line(limit_s) or "{}")
            except TimeoutError:
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
