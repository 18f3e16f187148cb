"""The code and the notebooks are formatted, linted and typed, by the rules in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command", ["ruff format --check .", "ruff check .", "mypy"], ids=["format", "lint", "types"]
)
def test_the_tree_passes(command: str) -> None:
    run = [sys.executable, "-m", *command.split()]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
