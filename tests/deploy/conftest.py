"""A copy of deploy/ that a test may break, with one piece of text put for another."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.bundle import DEPLOY, Bundle

Broken = Callable[[str, str, str], Bundle]


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """Return what makes the broken copy; a text that is not there fails the test."""

    def put(name: str, old: str, new: str) -> Bundle:
        folder = shutil.copytree(DEPLOY, tmp_path / "deploy")
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r} any more"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return Bundle(folder)

    return put
