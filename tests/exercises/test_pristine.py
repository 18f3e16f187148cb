"""The way back to a notebook as it was delivered."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.exercises.pristine import ResetError, restore

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
DELIVERED = b'{"cells": ["delivered"]}\r\n'
MINE = b'{"cells": ["mine"]}\n'


@pytest.fixture(params=["git", "folder"])
def course(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "course"
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True)
    (folder / "start.py").touch()
    for name in ("00-start-here", "01-basic-streaming"):
        (notebooks / f"{name}.ipynb").write_bytes(DELIVERED)
    if request.param == "git":
        commit_all(folder, monkeypatch)
    else:
        monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
        shutil.copytree(notebooks, tmp_path / "venv" / "pristine")
    return folder


def commit_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *who, *step], cwd=folder, check=True)


@pytest.mark.parametrize("name", ["1", "01", "01-basic-streaming", "01-basic-streaming.ipynb"])
def test_the_delivered_notebook_is_put_back_and_mine_is_kept(name: str, course: Path) -> None:
    notebook = course / "notebooks" / "01-basic-streaming.ipynb"
    notebook.write_bytes(MINE)
    restored = restore(name, course, NOW)
    assert restored.notebook.read_bytes() == DELIVERED
    assert restored.kept is not None
    assert restored.kept.name == "01-basic-streaming.mine-2026-11-21-1530.ipynb"
    assert restored.kept.read_bytes() == MINE


def test_a_kept_notebook_is_never_overwritten(course: Path) -> None:
    for content in (MINE, b"later"):
        (course / "notebooks" / "01-basic-streaming.ipynb").write_bytes(content)
        restore("1", course, NOW)
    kept = sorted(path.read_bytes() for path in (course / "notebooks").glob("*.mine-*"))
    assert kept == sorted([MINE, b"later"])


def test_a_lost_notebook_comes_back(course: Path) -> None:
    notebook = course / "notebooks" / "00-start-here.ipynb"
    notebook.unlink()
    assert restore("0", course, NOW).kept is None
    assert notebook.read_bytes() == DELIVERED


def test_an_unchanged_notebook_is_left_alone(course: Path) -> None:
    assert restore("00", course, NOW).kept is None
    assert len(list((course / "notebooks").iterdir())) == 2


@pytest.mark.parametrize("name", ["7", "basic", "", "../start", "01-"])
def test_an_unknown_name_lists_what_exists(name: str, course: Path) -> None:
    with pytest.raises(ResetError, match="These exist: 00-start-here, 01-basic-streaming"):
        restore(name, course, NOW)


def test_without_a_delivered_copy_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ResetError, match="found neither"):
        restore("1", tmp_path, NOW)
