"""The service in a process of its own, as a notebook runs it."""

import atexit
import html
import json
from contextlib import suppress
from typing import Any

import httpx2

from labkit.addresses import browser_url
from labkit.errors import LabError
from labkit.processes import ServerProcess
from labkit.providers import connect, handed_on

_START_LIMIT_S = 60.0
_running: dict[str, "ServiceProcess"] = {}


class ServiceProcess:
    """A running service: its `url`, what it logs, and its end. `start_service` makes one."""

    def __init__(self, settings: dict[str, object]) -> None:
        environment = {f"SERVICE_{name.upper()}": _said(value) for name, value in settings.items()}
        environment |= handed_on(connect())
        arguments = ["-m", "labkit.service"]
        self._log: list[dict[str, Any]] = []
        self._process = ServerProcess(arguments, environment, self._note)
        try:
            self.url = self._answering()
        except BaseException:  # the learner may interrupt the cell, too
            self.stop()
            raise

    @property
    def log(self) -> list[dict[str, Any]]:
        """Return what it has logged, a dictionary for each line."""
        return list(self._log)

    @property
    def running(self) -> bool:
        """Tell whether it is still there."""
        return self._process.running

    def terminate(self) -> None:
        """Send it SIGTERM, as a cluster does before it takes a container away."""
        self._process.ask_to_end()

    def wait(self, limit_s: float = 60) -> int:
        """Return its exit code when it has ended. Raises TimeoutError."""
        return self._process.wait(limit_s)

    def stop(self) -> None:
        """End it at once. Twice is harmless."""
        self._process.stop()

    def __repr__(self) -> str:
        return f"<ServiceProcess {self.url} {'running' if self.running else 'ended'}>"

    def _repr_html_(self) -> str:
        link = html.escape(browser_url(self.url, self._port))
        return f'<div>Its page: <a href="{link}" target="_blank">{link}</a></div>'

    @property
    def _port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def _note(self, line: str) -> None:
        """Keep a line of its log; one that its end has cut is none."""
        if line.startswith("{"):
            with suppress(json.JSONDecodeError):
                self._log.append(json.loads(line))

    def _answering(self) -> str:
        """Return its address as soon as it answers there. Raises LabError."""
        try:
            if url := self._process.line(_START_LIMIT_S):
                httpx2.get(f"{url}/healthz", timeout=_START_LIMIT_S, trust_env=False)
                return url
            self._process.wait(_START_LIMIT_S)
        except (TimeoutError, httpx2.TimeoutException):
            raise LabError(f"The service did not start within {_START_LIMIT_S:g} s.") from None
        except httpx2.TransportError:  # it has an address, and ended before it could answer
            pass
        self.stop()  # then all that it has said is read
        why = "".join(self._process.said[-1:]).removeprefix("labkit: ")
        raise LabError(f"The service did not start: {why}")


def _said(value: object) -> str:
    """Return a setting as a variable says it: several values are separated by commas."""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def start_service(*, name: str = "service", **settings: object) -> ServiceProcess:
    """Run the service in a process of its own, with this kernel's model; return when it answers.

    `settings` are those of `labkit.service.settings`, such as rate_limit="3/minute"; there is no
    other. What was started with the same `name` is ended before, and all of them end with the
    kernel. Raises LabError with the service's own sentence if it does not start.
    """
    if before := _running.pop(name, None):
        before.stop()
    if browser_url("", 0) != "/":  # Jupyter's proxy stands before it, and has a name of its own
        settings.setdefault("allowed_hosts", "*")
    _running[name] = ServiceProcess(settings)
    return _running[name]


@atexit.register
def _stop_all() -> None:
    for process in _running.values():
        process.stop()
