"""The image's packages are the course's, and they are all that the service imports."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.bundle import DEPLOY
from tests.test_requirements import pinned

PINS = DEPLOY / "requirements.txt"
LINUX = {"sys_platform": "linux", "python_full_version": "3.13.15", "python_version": "3.13"}

# Imports a module while every package that is not on the list is out of reach.
ALONE = """
import importlib.abc, importlib.metadata, json, sys
allowed, module = set(json.loads(sys.argv[1])), sys.argv[2]
homes = importlib.metadata.packages_distributions()
canonical = lambda name: name.lower().replace("_", "-").replace(".", "-")

class Gate(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        owners = {canonical(home) for home in homes.get(name.split(".")[0], [])}
        if owners and not owners & allowed:
            raise ModuleNotFoundError(f"{name} is not in deploy/requirements.txt", name=name)

sys.meta_path.insert(0, Gate())
importlib.import_module(module)
"""


def image_pins(path: Path = PINS) -> list[Requirement]:
    text = path.read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z0-9][^\\\n]*)", text, re.MULTILINE)
    return [Requirement(line) for line in lines]


def on_linux(pins: list[Requirement]) -> dict[str, str]:
    """Return the version of each package that a pin gives the image."""
    meant = [pin for pin in pins if not pin.marker or pin.marker.evaluate(LINUX)]
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in meant}


def alone(module: str, *without: str) -> subprocess.CompletedProcess[str]:
    allowed = {*on_linux(image_pins()), "labkit"} - {*without}
    command = [sys.executable, "-c", ALONE, json.dumps(sorted(allowed)), module]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_each_package_of_the_image_has_the_version_that_the_course_is_tested_with() -> None:
    course, image = on_linux(pinned()), on_linux(image_pins())
    assert image.items() <= course.items()


def test_the_image_has_each_package_that_is_asked_for() -> None:
    lines = PINS.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    wanted = {Requirement(line).name for line in lines if line and not line.startswith("#")}
    assert wanted <= {*on_linux(image_pins())}


@pytest.mark.parametrize("name", ["requirements.txt", "build.txt"])
def test_each_pin_has_its_hashes_and_no_index_is_written_down(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert pins
    for pin in pins:
        assert re.match(
            r"[a-z0-9.-]+==\S+ (; [^\\]+ )?\\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", pin
        )


on_its_system = pytest.mark.skipif(sys.platform != "linux", reason="the image is a Linux")


@on_its_system
@pytest.mark.parametrize(
    "module", ["labkit.service.app", "labkit.service.server", "labkit.offline.app"]
)
def test_what_runs_in_the_image_imports_nothing_else(module: str) -> None:
    done = alone(module)
    assert done.returncode == 0, done.stderr


@on_its_system
def test_a_package_that_is_not_on_the_list_cannot_be_imported() -> None:
    assert (
        "starlette is not in deploy/requirements.txt"
        in alone("labkit.offline.app", "starlette").stderr
    )
