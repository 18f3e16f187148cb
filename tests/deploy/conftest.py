"""A copy of deploy/ that a test may break, with one piece of text put for another."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.bundle import DEPLOY, Bundle

Broken = Callable[[str, str, str], Bundle]


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """Return what makes the broken copy, or breaks it further; the text has to be there."""
    folder = tmp_path / "deploy"

    def put(name: str, old: str, new: str) -> Bundle:
        if not folder.exists():
            shutil.copytree(DEPLOY, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r} any more"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return Bundle(folder)

    return put
