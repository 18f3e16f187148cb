"""A JupyterLab server and a Chromium that looks at it, as a learner would."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    # Cells outside the window would be taken out of the page, and their outputs with them.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
_START_LIMIT_S = 60


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    places = [os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser"]
    return next((place for place in places if place and Path(place).exists()), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium: the system's, else the one that Playwright has downloaded."""
    return playwright.chromium.launch(executable_path=chromium(), args=FLAGS)


class Lab:
    """One JupyterLab server over a folder of notebooks; `base` is its path, as under JupyterHub."""

    def __init__(self, folder: Path, home: Path, env: dict[str, str], base: str = "") -> None:
        self.folder = folder
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}{base}"
        _write_settings(home)
        self._log = (home / "jupyter.log").open("w")
        self._process = subprocess.Popen(
            _command(port, base, folder),
            env=_environment(home) | env,
            stdout=self._log,
            stderr=self._log,
        )
        _wait_for(self.url, self._process)

    def stop(self) -> None:
        """Stop the server and its kernels."""
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    @contextlib.contextmanager
    def notebook(self, browser: Browser, name: str, dark: bool = False) -> Iterator["Notebook"]:
        """Open a notebook in a page of its own; shut its kernel down afterwards."""
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        book = Notebook(page)
        try:
            page.goto(f"{self.url}/lab/tree/{name}?reset")  # no tabs of the test before
            book.ready()
            if dark:
                book.theme("JupyterLab Dark")
            yield book
        finally:
            page.close()
            self._end_kernels()

    def _end_kernels(self) -> None:
        with urllib.request.urlopen(f"{self.url}/api/kernels") as answer:
            kernels = json.load(answer)
        for kernel in kernels:
            url = f"{self.url}/api/kernels/{kernel['id']}"
            urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()


class Notebook:
    """An open notebook in the browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Execute a JupyterLab command and wait for it."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            [name, arguments or {}],
        )

    def ready(self) -> None:
        """Wait until the notebook is open and its kernel idle."""
        self.page.wait_for_function(_KERNEL_STATUS + "=== 'idle'", timeout=60_000)

    def theme(self, name: str) -> None:
        """Switch to `JupyterLab Light` or `JupyterLab Dark`."""
        self.command("apputils:change-theme", {"theme": name})
        light = "true" if "Light" in name else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light={light}]", state="attached")

    def start_all(self) -> None:
        """Run all cells without waiting for the end."""
        self.page.evaluate(
            "() => { window.finished = false; window.jupyterapp.commands"
            ".execute('notebook:run-all-cells').finally(() => { window.finished = true; }); }"
        )

    def run_all(self, limit_s: float = 120) -> None:
        """Run all cells and wait until the last one is done."""
        self.start_all()
        self.finished(limit_s)

    def finished(self, limit_s: float = 120) -> None:
        """Wait until what `start_all` started is done."""
        self.page.wait_for_function("() => window.finished", timeout=limit_s * 1000)

    def errors(self) -> list[str]:
        """Return the errors that cells ended with."""
        return list(self.page.evaluate(_ERRORS))


_KERNEL_STATUS = (
    "() => window.jupyterapp?.shell?.currentWidget?.context?.sessionContext"
    "?.session?.kernel?.status "
)


_ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells]
    .flatMap((cell) => cell.outputs ?? [])
    .filter((output) => output.output_type === "error")
    .map((output) => `${output.ename}: ${output.evalue}`)"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(port: int, base: str, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        f"--ServerApp.port={port}",
        f"--ServerApp.base_url={base}/",
        "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]


def _environment(home: Path) -> dict[str, str]:
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own = {name: str(home / name.lower()) for name in places}
    settings = {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    return {**os.environ, **own, **settings, "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}


def _write_settings(home: Path) -> None:
    for name, values in SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/api"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not answer at {url} within {_START_LIMIT_S} s.")
