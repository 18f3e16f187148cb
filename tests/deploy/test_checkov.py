"""checkov finds nothing in the Dockerfile and the manifests but what deploy/checkov.yaml excuses.

It pins old versions of packages that we use, so it has an environment of its own, which the first
run makes (about 30 s and 300 MB) and pytest's cache keeps.
"""

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

from tests.deploy.bundle import DEPLOY, Bundle
from tests.deploy.conftest import Broken

PINS = Path(__file__).with_name("checkov.txt")
pytestmark = [
    pytest.mark.index,
    pytest.mark.skipif(sys.platform != "linux", reason="one system is enough for it"),
]


@pytest.fixture(scope="module")
def python(request: pytest.FixtureRequest) -> Path:
    """Return the Python that has checkov."""
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]
    folder = Path(request.config.cache.mkdir(f"checkov-{sys.version_info.minor}-{pins}"))
    made, python = folder / "made", folder / "bin" / "python"
    if not made.exists():
        venv.create(folder, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        how = ["--require-hashes", "--no-deps", "--no-compile", "--requirement", PINS]
        subprocess.run([*pip, *how], check=True, timeout=300)
        made.touch()  # last: without it, no installation is complete
    return python


def failed(python: Path, bundle: Bundle, folder: Path) -> set[tuple[str, str]]:
    """Return the checks that fail, each with its resource, with no network to be had."""
    (folder / "Dockerfile").write_text(bundle.dockerfile_text, encoding="utf-8")
    objects = list(bundle.rendered())
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    config = str(DEPLOY / "checkov.yaml")
    command = [python, "-m", "checkov.main", "--config-file", config, "-d", folder, "-o", "json"]
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = os.environ | nowhere | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    reports = json.loads(done.stdout)
    assert {one["check_type"] for one in reports} == {"dockerfile", "kubernetes"}, done.stderr
    assert all(one["summary"]["passed"] > 50 for one in reports)
    assert not any(one["summary"]["parsing_errors"] for one in reports)
    checks = [check for one in reports for check in one["results"]["failed_checks"]]
    return {(check["check_id"], check["resource"]) for check in checks}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "looked-at"
    made.mkdir()
    return made


def test_checkov_finds_nothing(python: Path, folder: Path) -> None:
    assert failed(python, Bundle(), folder) == set()


BREAKS = {
    "CKV_DOCKER_8": ("Dockerfile", "USER 10001:10001", "USER root"),
    "CKV_K8S_22": ("kubernetes/deployment.yaml", "RootFilesystem: true", "RootFilesystem: false"),
    "CKV_K8S_43": ("kubernetes/redis-deployment.yaml", "@sha256:", "-"),
}


def test_checkov_finds_what_is_broken(python: Path, folder: Path, broken: Broken) -> None:
    """All in one run: starting checkov takes most of its time."""
    for name, old, new in BREAKS.values():
        bundle = broken(name, old, new)
    assert {found for found, _ in failed(python, bundle, folder)} >= {*BREAKS}


def test_each_exception_is_needed(
    python: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load((DEPLOY / "checkov.yaml").read_text(encoding="utf-8"))
    excused = {*config.pop("skip-check")}
    (tmp_path / "checkov.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    monkeypatch.setattr("tests.deploy.test_checkov.DEPLOY", tmp_path)
    bundle = Bundle()
    assert {code for code, _ in failed(python, bundle, folder)} == excused
