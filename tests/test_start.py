"""start.py from a clean folder to a running tool, with tiny packages of our own and no network."""

import ast
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

from tests.small_course import PAGE, PINS, ROOT, Course, make_wheels

needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> tuple[Course, str]:
    course = Course(
        tmp_path_factory.mktemp("home") / "my cours\N{LATIN SMALL LETTER E WITH ACUTE}", wheels
    )
    done = course.run("test")
    assert done.returncode == 0, done.stdout + done.stderr
    return course, done.stdout


@pytest.fixture
def installed(first_run: tuple[Course, str]) -> Iterator[Course]:
    """Give an installed course in a folder with a space; afterwards its pins are as before."""
    yield first_run[0]
    first_run[0].pin(PINS)


@pytest.fixture
def fresh(tmp_path: Path, wheels: Path) -> Course:
    return Course(tmp_path / "fresh", wheels)


# The version of Python


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 12), (3, 15, 0), (4, 0, 0)])
def test_another_python_gets_one_line_that_says_what_to_install(
    fresh: Course, version: tuple[int, ...]
) -> None:
    with pytest.raises(SystemExit) as stop:
        fresh.start.check_python(version)
    line = str(stop.value)
    assert line.startswith(f"This is Python {version[0]}.{version[1]}.{version[2]}, ")
    assert "install Python 3.13" in line
    assert "\n" not in line


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_the_promised_pythons_pass(fresh: Course, minor: int) -> None:
    fresh.start.check_python((3, minor, 0))


def test_start_parses_as_python_3_6() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def oldest_python() -> str:
    """Return the oldest Python from 3.6 to 3.10 that runs here, on the path or kept by pyenv."""
    for minor in range(6, 11):
        kept = Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")
        for path in [shutil.which(f"python3.{minor}"), *map(str, kept)]:
            if path and runs_as(path, f"Python 3.{minor}."):
                return path
    pytest.skip("this machine has no Python from 3.6 to 3.10")


def runs_as(python: str, version: str) -> bool:
    done = subprocess.run([python, "-V"], capture_output=True, text=True, check=False)
    return done.stdout.startswith(version)


def test_a_real_old_python_gets_the_same_line(fresh: Course) -> None:
    command = [oldest_python(), str(fresh.folder / "start.py"), "lab"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"This is Python 3\.\d+\.\d+, and the course needs .+\n", done.stderr)


# The command line


def test_without_a_command_it_shows_the_usage(fresh: Course) -> None:
    done = fresh.run()
    assert done.returncode == 0
    assert "start.py lab" in done.stdout
    assert not (fresh.folder / ".venv").exists()


def test_an_unknown_command_is_named(fresh: Course) -> None:
    done = fresh.run("lba")
    assert done.returncode == 2
    assert "Expected lab or test, got 'lba'" in done.stderr


def test_arguments_are_passed_through_and_run_in_the_folder(installed: Course) -> None:
    said = installed.call("test", "-k", "two words", "--", "*")
    assert said["argv"] == ["-k", "two words", "--", "*"]
    assert Path(said["cwd"]).samefile(installed.folder)
    assert Path(said["prefix"]).samefile(installed.folder / ".venv")
    assert said["path"].startswith(str(installed.start.PYTHON.parent) + os.pathsep)


def test_lab_opens_the_first_notebook_and_leaves_the_last_word_to_us(installed: Course) -> None:
    said = installed.call("lab", "--port=9000")
    assert f"--LabApp.default_url=/lab/tree/{PAGE}" in said["argv"]
    assert said["argv"][-1] == "--port=9000"
    assert Path(said["config"]) == installed.start.JUPYTER


def test_jupyterlab_knows_every_option_it_is_given(fresh: Course) -> None:
    apps = {"LabApp": LabApp, "ServerApp": ServerApp}
    for option in fresh.start.COMMANDS["lab"][1:]:
        app, trait = re.split(r"--|\.|=", option)[1:3]
        assert trait in apps[app].class_trait_names(config=True), option


def test_the_exit_code_of_the_tool_is_ours(installed: Course) -> None:
    assert installed.run("test", "exit=7").returncode == 7


# The installation


def test_the_first_run_shows_its_steps(first_run: tuple[Course, str]) -> None:
    lines = first_run[1].splitlines()
    assert [line.split(" ")[0] for line in lines[:-1]] == ["Setting", "Step", "Step", "Ready."]


def test_later_runs_print_nothing_of_their_own(installed: Course) -> None:
    installed.call("test")
    assert len(installed.run("test").stdout.splitlines()) == 1


def test_a_later_start_costs_less_than_a_second(installed: Course) -> None:
    installed.call("test")
    tool = [str(installed.start.PYTHON), "-m", "pytest"]
    environment = installed.environment(JUPYTER_CONFIG_PATH="")

    def seconds(command: list[str]) -> float:
        before = time.perf_counter()
        subprocess.run(command, env=environment, capture_output=True, check=True)
        return time.perf_counter() - before

    costs_s = [seconds(installed.command("test")) - seconds(tool) for _ in range(3)]
    assert min(costs_s) < 1


def test_new_requirements_are_installed_by_the_next_run(installed: Course) -> None:
    stamp = installed.start.STAMP.read_text()
    installed.pin(PINS + "later==1.0\n")
    assert not installed.start.is_installed()
    installed.call("test")
    assert list((installed.folder / ".venv").glob(installed.start.PACKAGES + "/later"))
    assert installed.start.STAMP.read_text() != stamp


def test_the_notebooks_are_kept_as_they_came(installed: Course) -> None:
    (installed.folder / PAGE).write_text("as a learner left it")
    (installed.folder / "notebooks/mine.ipynb").touch()
    installed.pin(PINS + "\n")
    installed.call("test")
    (kept,) = installed.start.PRISTINE.iterdir()
    assert (kept.name, kept.read_text()) == ("00-start-here.ipynb", "as it came")


def test_a_failed_installation_leaves_no_stamp_and_names_the_log(installed: Course) -> None:
    installed.pin(PINS + "missing==1.0\n")
    done = installed.run("test")
    assert done.returncode == 1
    assert "pip failed: No matching distribution found for missing==1.0." in done.stderr
    assert f"The full log is {installed.start.LOG}." in done.stderr
    assert "Run the same command again" in done.stderr
    assert not installed.start.STAMP.exists()
    installed.pin(PINS)
    installed.call("test")


def test_without_a_network_it_says_so(installed: Course) -> None:
    installed.pin(PINS + "missing==1.0\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}/"
    done = installed.run("test", PIP_INDEX_URL=closed, PIP_RETRIES="1")
    assert done.stderr.startswith("The package index does not answer: check the network")


@needs_signals
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_an_interrupted_installation_is_taken_up_again(installed: Course, name: str) -> None:
    installed.pin(PINS + "missing==1.0\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = subprocess.Popen(
            installed.command("test"),
            env=installed.environment(PIP_INDEX_URL=index),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        asking, _ = silent.accept()  # pip waits for an answer that never comes
        os.killpg(process.pid, getattr(signal, name))
        _, said = process.communicate(timeout=30)
        asking.close()
    if name != "SIGKILL":
        assert process.returncode == 130
        assert said.strip() == "Stopped. Run the same command again: it goes on from here."
    assert not installed.start.STAMP.exists()
    installed.pin(PINS)
    installed.call("test")


def test_a_half_unpacked_package_is_installed_again(installed: Course) -> None:
    installed.call("test")
    (packages,) = (installed.folder / ".venv").glob(installed.start.PACKAGES)
    (packages / "pytest-1.0.dist-info/INSTALLER").unlink()  # pip's last file but one
    (packages / "pytest/__main__.py").unlink()
    installed.start.STAMP.unlink()
    installed.call("test")


def test_an_environment_whose_python_does_not_run_is_not_used(fresh: Course) -> None:
    start = fresh.start
    start.PYTHON.parent.mkdir(parents=True)
    (start.VENV / "pyvenv.cfg").write_text(f"command = python -m venv {start.VENV}\n")
    assert not start.is_usable()  # there is none
    start.PYTHON.write_text("not a program")
    assert not start.is_usable()


def test_a_moved_environment_is_replaced_but_for_the_notebooks(
    installed: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Course(tmp_path / "moved", installed.wheels).start
    shutil.copytree(installed.folder / ".venv", start.VENV, symlinks=True)
    assert not start.is_installed()
    assert not start.is_usable()
    commands: list[list[str]] = []

    def run_logged(command: list[str]) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr(start, "run_logged", run_logged)
    start.make_environment()
    assert [command[1:] for command in commands] == [["-m", "venv", str(start.VENV)]]
    assert {path.name for path in start.VENV.iterdir()} == {"install.log", "pristine"}


def test_a_python_without_venv_gets_the_command_that_mends_it(
    fresh: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = fresh.start
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    with pytest.raises(SystemExit, match=rf"lacks its module venv.+sudo apt install {package}\."):
        start.install()


def test_a_folder_that_cannot_be_written_is_named(
    fresh: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = fresh.start

    def refuse(folder: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SystemExit, match=r"Cannot write .+\.venv: Permission denied\. Have the"):
        start.install()


def test_progress_counts_the_requirements_that_pip_takes_up(fresh: Course) -> None:
    start = fresh.start
    start.VENV.mkdir()
    line = "Collecting {}==1.0 (from -r requirements.txt (line {}))\n"
    start.LOG.write_text(line.format("jupyterlab", 1))
    assert start.progress() == "fetched: 1 of 2 packages, now jupyterlab"
    start.LOG.write_text(line.format("jupyterlab", 1) + line.format("pytest", 2))
    assert start.progress() == "fetched: 2 of 2 packages, now pytest"
