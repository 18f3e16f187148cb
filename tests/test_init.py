"""The names that notebooks import, and that importing them costs little."""

import subprocess
import sys

import pytest

import labkit

HEAVY = (
    *("openai", "matplotlib", "anywidget", "ipywidgets", "starlette", "uvicorn", "httpx2"),
    *("markdown_it", "semantic_kernel", "agent_framework", "IPython", "labkit.widgets"),
)


def fresh(code: str) -> "subprocess.CompletedProcess[str]":
    """Run `code` in an interpreter of its own and return what it printed."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_importing_labkit_imports_nothing_heavy() -> None:
    done = fresh(f"import sys, labkit\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_asking_for_a_name_imports_its_module_only() -> None:
    done = fresh(
        "import sys\nfrom labkit import Timing, LabError\n"
        f"print('labkit.timing' in sys.modules, [name for name in {HEAVY} if name in sys.modules])"
    )
    assert (done.stdout.strip(), done.stderr) == ("True []", "")


@pytest.mark.parametrize("name", labkit.__all__)
def test_every_name_is_there_and_says_what_it_does(name: str) -> None:
    assert getattr(labkit, name).__doc__
    assert getattr(labkit, name) is getattr(labkit, name)


def test_the_names_are_sorted_and_listed_by_dir() -> None:
    assert labkit.__all__ == sorted(labkit.__all__)
    assert dir(labkit) == labkit.__all__


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no name 'wach'; it offers .*watch"):
        _ = labkit.wach


def test_from_labkit_import_star_gives_these_names() -> None:
    done = fresh("before = set(dir())\nfrom labkit import *\nprint(sorted(set(dir()) - before))")
    assert done.stdout.strip() == str(sorted([*labkit.__all__, "before"]))


def test_no_module_but_those_of_the_service_imports_a_framework() -> None:
    done = fresh(
        "import importlib, pkgutil, sys, labkit\n"
        "for each in pkgutil.walk_packages(labkit.__path__, 'labkit.'):\n"
        "    if not each.name.startswith('labkit.service.') and not each.name.endswith('__main__'):\n"
        "        importlib.import_module(each.name)\n"
        "print([n for n in ('semantic_kernel', 'agent_framework') if n in sys.modules])"
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
