"""Each test has a file of its own to check, a progress file, and leaves no process behind."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    left = set(psutil.Process().children(recursive=True)) - before
    assert [p.cmdline() for p in left if p.is_running() and p.status() != "zombie"] == []


@pytest.fixture
def my_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path that the learner's file has in this test."""
    path = tmp_path / "my_agent.py"
    monkeypatch.setenv("LABKIT_CAPSTONE", str(path))
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return path
