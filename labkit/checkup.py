"""What is wrong with this set-up, and how to mend it."""

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from labkit.errors import LabError

OLDEST, NEWEST = (3, 11), (3, 14)
_SIGNS = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `fix` says how to mend it, and is empty if it is well."""

    name: str
    detail: str
    fix: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.fix


class Findings(list[Finding]):
    """All findings; shown as a table, in a notebook as in a terminal."""

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return all(finding.well for finding in self)

    def __repr__(self) -> str:
        lines = [f"{_SIGNS[f.well]} {f.name:<10} {f.detail}" for f in self]
        fixes = [f"  {f.name}: {f.fix}" for f in self if f.fix]
        return "\n".join([*lines, *(["To mend:", *fixes] if fixes else ["All is well."])])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_SIGNS[f.well]}</td><th>{escape(f.name)}</th>"
            f"<td>{escape(f.detail)}{'<br><b>' + escape(f.fix) + '</b>' if f.fix else ''}</td></tr>"
            for f in self
        )
        verdict = "All is well." if self.well else "Mend what is marked ✗, then run this again."
        return f"<table><tbody>{rows}</tbody></table><p>{verdict}</p>"


def doctor() -> Findings:
    """Look at Python, packages, the front end, the port, the proxy and the provider."""
    checks: list[Callable[[], Finding]] = [
        check_python,
        check_packages,
        check_front_end,
        check_port,
        check_proxy,
        check_provider,
    ]
    return Findings(check() for check in checks)


def check_python(running: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Check that this Python is one that the course runs on."""
    detail = f"{'.'.join(map(str, running))} on {platform.system()}"
    if OLDEST <= running[:2] <= NEWEST:
        return Finding("Python", detail)
    wanted = " to ".join(".".join(map(str, end)) for end in (OLDEST, NEWEST))
    return Finding("Python", detail, f"install Python {wanted}, delete .venv, run start.py again")


def check_packages() -> Finding:
    """Check that every package that labkit needs is here."""
    missing = [name for name in _required() if _installed(name) is None]
    if missing:
        fix = "run `python3 start.py lab` again, or choose the kernel of .venv"
        return Finding("packages", f"missing: {', '.join(missing)}", fix)
    shown = ("openai", "jupyterlab", "anywidget")
    return Finding("packages", ", ".join(f"{name} {version(name)}" for name in shown))


def _required() -> Iterator[str]:
    for line in requires("labkit") or []:
        name, _, marker = line.partition(";")
        if "extra" not in marker and not ("win32" in marker and sys.platform == "win32"):
            yield re.split(r"[<>=!~ ]", name)[0]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_front_end(prefix: str = sys.prefix) -> Finding:
    """Check that JupyterLab finds what it needs to draw widgets."""
    extensions = Path(prefix, "share", "jupyter", "labextensions")
    wanted = ("anywidget", "@jupyter-widgets/jupyterlab-manager")
    missing = [name for name in wanted if not (extensions / name).exists()]
    if missing:
        fix = "start JupyterLab with `python3 start.py lab`, so that it runs from .venv"
        return Finding("widgets", f"JupyterLab lacks {', '.join(missing)}", fix)
    return Finding("widgets", "JupyterLab's extensions for live cells are in place")


def check_port() -> Finding:
    """Check that this process may listen on loopback, and that the offline model streams."""
    from labkit.offline import local

    started_s = time.perf_counter()
    try:
        server = local.start()
    except (OSError, RuntimeError) as error:
        fix = "let Python listen on 127.0.0.1 (a firewall or a sandbox forbids it)"
        return Finding("port", str(error), fix)
    took_s = time.perf_counter() - started_s
    return Finding("port", f"the offline model listens on {server.url} ({took_s:.2f} s)")


def check_proxy() -> Finding:
    """Check that no proxy stands between us and loopback."""
    names = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
    proxies = [name for name in names if os.environ.get(name)]
    if not proxies:
        return Finding("proxy", "none")
    past = os.environ.get("NO_PROXY", "") + os.environ.get("no_proxy", "")
    if "127.0.0.1" in past or "*" in past:
        return Finding("proxy", f"{proxies[0]} is set, loopback goes past it")
    fix = "set NO_PROXY=127.0.0.1,localhost, then start the lab again"
    return Finding("proxy", f"{proxies[0]} is set and would catch loopback too", fix)


def check_provider(connect: Callable[[], Any] | None = None) -> Finding:
    """Check that the chosen model server answers, with one short streamed request."""
    from labkit.providers import connect as connect_by_environment

    try:
        endpoint = (connect or connect_by_environment)()
        ttft_s = _first_delta_s(endpoint)
    except LabError as error:
        return Finding("provider", "not reachable", str(error))
    except Exception as error:  # whatever the SDK raises is a finding here
        return Finding("provider", f"{type(error).__name__}", f"the model server said: {error}")
    return Finding("provider", f"{endpoint.provider}, first text after {ttft_s:.2f} s")


def _first_delta_s(endpoint: Any) -> float:
    """Return the TTFT of a short request, in seconds."""
    from openai import OpenAI

    from labkit.chunks import delta_of

    question: Any = [{"role": "user", "content": "Say hello in one word."}]
    with OpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0) as client:
        started_s = time.perf_counter()
        stream = client.chat.completions.create(
            model=endpoint.model, messages=question, stream=True, timeout=20
        )
        with stream:
            for chunk in stream:
                if delta_of(chunk).text:
                    return time.perf_counter() - started_s
    raise LabError("The model's stream ended without a word: try another LABKIT_MODEL.")
