#!/usr/bin/env python3
"""Set up the course and start it: `python3 start.py lab` or `python3 start.py test`.

The first run makes `.venv` and installs `requirements.txt`; later runs start at once. It needs
only the standard library and the syntax of Python 3.6: an old Python can still say what is wrong.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable  # noqa: UP035 (collections.abc has no Callable[...] before 3.9)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PACKAGES = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / ".requirements"  # written last: without it, no installation is complete
LOG = VENV / "install.log"
PRISTINE = VENV / "pristine"
JUPYTER = ROOT / ".jupyter"  # turns JupyterLab's news and their question off

OLDEST, NEWEST = (3, 11), (3, 14)
COMMANDS = {
    "lab": [
        "jupyterlab",
        "--ServerApp.root_dir=.",
        "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb",
        "--LabApp.extension_manager=readonly",  # the other one asks PyPI
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
    ],
    "test": ["pytest"],
}
USAGE = """usage: python3 start.py lab  [JupyterLab's options]   open the course in JupyterLab
       python3 start.py test [pytest's options]       run every test
The first run makes .venv and installs the packages. On Windows, write py instead of python3."""

# What pip's log shows, and what it means.
REASONS = {
    "No space left on device": "The disk is full: the course needs about 1 GB.",
    "CERTIFICATE_VERIFY_FAILED": "The package index's certificate is not trusted here: "
    "set PIP_CERT to your network's certificate file.",
    "(?i)getaddrinfo|NameResolution|NewConnection|ProxyError|timed out|connection (broken|fail)": (
        "The package index does not answer: check the network connection."
    ),
    "Long Path": "This folder's path is too long for Windows: move it to a short one (C:\\course).",
}
AGAIN = "Run the same command again: it goes on from here."


def main(arguments: "list[str]") -> None:
    """Carry out the command line: install where that is due, then become the tool."""
    check_python(sys.version_info[:3])
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    if arguments[0] not in COMMANDS:
        print(f"Expected lab or test, got {arguments[0]!r}.\n{USAGE}", file=sys.stderr)
        sys.exit(2)
    if not is_installed():
        install()
    if arguments[0] == "lab":
        print("JupyterLab opens in your browser. To stop it, press Ctrl-C here.")
    become(COMMANDS[arguments[0]] + arguments[1:])


def check_python(version: "tuple[int, ...]") -> None:
    """Exit with one line unless the course runs on this version of Python."""
    if not OLDEST <= version[:2] <= NEWEST:
        sys.exit(
            f"This is Python {'.'.join(map(str, version))}, and the course needs 3.11 to 3.14: "
            "install Python 3.13 from https://www.python.org/downloads/ and write python3.13 for "
            "python3 (on Windows: py -3.13)."
        )


def is_installed() -> bool:
    """Tell whether .venv holds all of today's requirements, made in this folder."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def fingerprint() -> str:
    """Hash what an installation stands on: the requirements, the folder, the Python beneath."""
    parts = REQUIREMENTS.read_bytes(), os.fsencode(str(ROOT)), os.fsencode(str(PYTHON.resolve()))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def become(command: "list[str]") -> None:
    """Run a module of .venv in our place, so that signals and exit codes pass through."""
    os.chdir(str(ROOT))
    # As in an activated environment: `!python` in a notebook is the course's Python.
    path = os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", os.defpath)])
    settings = os.pathsep.join([str(JUPYTER), os.environ.get("JUPYTER_CONFIG_PATH", "")])
    environment = dict(os.environ, VIRTUAL_ENV=str(VENV), PATH=path)
    environment["JUPYTER_CONFIG_PATH"] = settings.rstrip(os.pathsep)
    command = [str(PYTHON), "-m", *command]
    sys.stdout.flush()
    if os.name == "nt":  # has no exec: wait, and leave Ctrl-C to the tool
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.call(command, env=environment))
    os.execve(command[0], command, environment)  # noqa: S606 (a command of our own)


def install() -> None:
    """Bring .venv up to requirements.txt, or exit with what went wrong and what to do."""
    # A polite kill must end pip too, or it goes on behind our back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        take_steps()
    except KeyboardInterrupt:
        print("\nStopped.", AGAIN, file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        sys.exit(
            f"Cannot write {error.filename or VENV}: {error.strerror}. "
            "Have the course in a folder of your own, and run the same command again."
        )


def take_steps() -> None:
    """Keep the notebooks as they came, make the environment, install, and last write the stamp."""
    print(f"Setting up the course in {VENV}: once, some minutes, about 750 MB.")
    VENV.mkdir(exist_ok=True)
    if STAMP.exists():
        STAMP.unlink()
    LOG.write_bytes(b"")
    keep_pristine_notebooks()
    if not is_usable():
        print("Step 1 of 2: make an environment")
        make_environment()
    print("Step 2 of 2: install the packages", flush=True)
    install_packages()
    STAMP.write_text(fingerprint())
    print("Ready. From now on it starts at once.")


def is_usable() -> bool:
    """Tell whether .venv was made in this folder, and its Python runs, fits and has pip."""
    probe = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        # Python notes the command that made it; after a move that names another folder.
        config = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
        return f" {VENV}\n" in config and run_logged([str(PYTHON), "-c", probe]) == 0
    except OSError:
        return False


def make_environment() -> None:
    """Replace what is in .venv, but for the log and the notebooks as they came."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"This Python lacks its module {missing[0]}. {how_to_get_venv()}")
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink() and entry != PRISTINE:
            shutil.rmtree(str(entry))
        elif entry not in (LOG, PRISTINE):
            entry.unlink()
    # Not sys.executable: it may be the very Python that was just removed.
    python = getattr(sys, "_base_executable", sys.executable)
    if run_logged([python, "-m", "venv", str(VENV)]) != 0:
        sys.exit(f"This Python cannot make an environment: see {LOG}. {how_to_get_venv()}")


def how_to_get_venv() -> str:
    """Name the command that completes the Python of Debian and its kin."""
    major, minor = sys.version_info[:2]
    return f"On Debian or Ubuntu: sudo apt install python{major}.{minor}-venv. {AGAIN}"


def install_packages() -> None:
    """Let pip install the requirements; exit with the reason and the log's name if it cannot."""
    # pip writes INSTALLER when a package's files are all there: without it, it was interrupted.
    for info in VENV.glob(PACKAGES + "/*.dist-info"):
        if not (info / "INSTALLER").exists():
            shutil.rmtree(str(info))
    options = ["--disable-pip-version-check", "--no-input", "--no-user", "--progress-bar=off"]
    pip = [str(PYTHON), "-X", "utf8", "-u", "-m", "pip", "install", *options]
    exit_code = run_logged([*pip, "-r", REQUIREMENTS.name], lambda: show(progress()))
    show("")
    if exit_code != 0:
        sys.exit(f"{reason()} The full log is {LOG}. {AGAIN}")


def progress() -> str:
    """Say how far pip is, by its log and by what it has unpacked."""
    log = LOG.read_text(encoding="utf-8", errors="replace")
    if "\nInstalling collected packages" in log:
        return f"unpacked: {len(list(VENV.glob(PACKAGES + '/*.dist-info/INSTALLER')))} packages"
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    # pip names the line of each requirement that it takes up, wherever that one comes from.
    numbers = re.findall(r"\(from -r \S+ \(line (\d+)\)\)", log) or ["1"]
    current = lines[int(numbers[-1]) - 1].split("==")[0]
    return f"fetched: {len(numbers)} of {len(lines)} packages, now {current}"


def show(text: str) -> None:
    """Write over the last line of a terminal; say nothing into a file."""
    if sys.stdout.isatty():
        print("\r  " + text.ljust(70), end="" if text else "\r", flush=True)


def reason() -> str:
    """Say in one sentence why pip failed: a known reason, or pip's own last error."""
    log = LOG.read_text(encoding="utf-8", errors="replace")
    for pattern, meaning in REASONS.items():
        if re.search(pattern, log):
            return meaning
    errors = re.findall("^ERROR: (.+)", log, re.MULTILINE)
    return f"pip failed: {errors[-1]}." if errors else "pip failed."


def run_logged(command: "list[str]", tick: "Callable[[], None]" = lambda: None) -> int:
    """Run a command into the log, tick five times a second, and return its exit code."""
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=str(ROOT)
        )
    try:
        while True:
            try:
                return process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                tick()
    finally:
        process.kill()
        process.wait()


def keep_pristine_notebooks() -> None:
    """Copy the notebooks as they came, once, for `labkit reset` where there is no git."""
    if not PRISTINE.exists():
        PRISTINE.mkdir()
        for notebook in (ROOT / "notebooks").glob("*.ipynb"):
            shutil.copyfile(str(notebook), str(PRISTINE / notebook.name))


if __name__ == "__main__":
    main(sys.argv[1:])
