"""requirements.txt pins what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def pinned() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-e"))]


def test_every_requirement_is_pinned_and_our_package_comes_last() -> None:
    assert all(re.fullmatch("==[^*]+", str(pin.specifier)) for pin in pinned())
    assert (ROOT / "requirements.txt").read_text(encoding="utf-8").endswith("\n-e .\n")


def test_the_pins_are_those_that_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    pins = {pin.name: str(pin.specifier).removeprefix("==") for pin in pinned()}
    for text in sum(extras, project["dependencies"]):
        wish = Requirement(text)
        assert wish.name in pins, f"{wish.name} is not pinned: run sh .ci/lock"
        assert wish.specifier.contains(pins[wish.name]), f"{text} is pinned to {pins[wish.name]}"
