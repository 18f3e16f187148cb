"""Each test has a progress file of its own, and is not in the course's folder."""

from pathlib import Path

import pytest

from labkit.exercises import notebook


@pytest.fixture(autouse=True)
def progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv("LABKIT_PROGRESS", str(path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "_hints_shown", {})
    return path
