"""Puts a notebook back as it was delivered, and keeps the learner's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit.errors import LabError
from labkit.exercises.course import unused


class ResetError(LabError):
    """The notebook cannot be put back; the message says why and what there is."""


@dataclass(frozen=True)
class Restored:
    """The notebook that was put back, and the learner's own; None if nothing was changed."""

    notebook: Path
    kept: Path | None


def restore(name: str, course: Path, now: datetime) -> Restored:
    """Put notebook `name` ("1", "01", "01-basic-streaming") in place in `course`/notebooks.

    The delivered copy comes from git's HEAD, else from `sys.prefix`/pristine. Raises ResetError.
    """
    delivered = _delivered(course)
    notebook = course / "notebooks" / _resolved(name, sorted(delivered))
    fresh = _content(course, notebook.name, delivered[notebook.name])
    if notebook.exists() and notebook.read_bytes() == fresh:
        return Restored(notebook, None)
    kept = _keep(notebook, now) if notebook.exists() else None
    _swap_in(notebook, fresh)
    return Restored(notebook, kept)


def _delivered(course: Path) -> dict[str, Path | None]:
    """Return the names of the delivered notebooks; with a path where they lie outside git."""
    listed = _git(course, "ls-tree", "--name-only", "HEAD", "notebooks/") or b""
    names = [Path(line).name for line in listed.decode().splitlines() if line.endswith(".ipynb")]
    if names:
        return dict.fromkeys(names)
    found = {path.name: path for path in (Path(sys.prefix) / "pristine").glob("*.ipynb")}
    if not found:
        raise ResetError(
            f"Expected the delivered notebooks in a git checkout at {course} or in the folder "
            f"{Path(sys.prefix) / 'pristine'}, but found neither. Download the course again."
        )
    return dict(found)


def _resolved(name: str, known: list[str]) -> str:
    wanted = str(name).removesuffix(".ipynb")
    number = f"{wanted.zfill(2)}-"
    for notebook in known:
        if notebook == f"{wanted}.ipynb" or (wanted.isdecimal() and notebook.startswith(number)):
            return notebook
    listed = ", ".join(notebook.removesuffix(".ipynb") for notebook in known)
    raise ResetError(f"There is no notebook {name!r}. These exist: {listed}.")


def _content(course: Path, name: str, path: Path | None) -> bytes:
    if path is not None:
        return path.read_bytes()
    content = _git(course, "cat-file", "blob", f"HEAD:./notebooks/{name}")
    if content is None:
        raise ResetError(f"git lists {name} but cannot read it. Try `git status` in {course}.")
    return content


def _git(course: Path, *arguments: str) -> bytes | None:
    """Return what git writes, or None if there is no git, no checkout, or an error."""
    program = shutil.which("git")
    if program is None or not course.is_dir():
        return None
    command = [program, "-C", str(course), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return done.stdout if done.returncode == 0 else None


def _keep(notebook: Path, now: datetime) -> Path:
    kept = unused(notebook.with_name(f"{notebook.stem}.mine-{now:%Y-%m-%d-%H%M}.ipynb"))
    with kept.open("xb") as file:  # x: never over a file that is there
        file.write(notebook.read_bytes())
    return kept


def _swap_in(notebook: Path, content: bytes) -> None:
    notebook.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=notebook.parent, prefix=".", suffix=".new")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)  # mkstemp gives 0600
    Path(name).replace(notebook)
