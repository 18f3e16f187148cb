"""The learner's one file: where it lies, how it begins, and its sections."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit.exercises.course import course_folder, unused

STARTER = Path(__file__).with_name("starter.py")
REFERENCE = Path(__file__).with_name("reference.py")

_HEADING = re.compile(r"^# --- (\d) · (\w+):.*$", re.MULTILINE)
_ANY_HEADING = re.compile(r"^# --- ", re.MULTILINE)


@dataclass(frozen=True)
class Begun:
    """The learner's file; `fresh` if it was written just now, `kept` is what was there before."""

    path: Path
    fresh: bool
    kept: Path | None = None


def app_path() -> Path:
    """Return the file's path: LABKIT_CAPSTONE, else my_agent.py beside the notebooks.

    In a folder that is no copy of the course it lies in the folder itself.
    """
    if named := os.environ.get("LABKIT_CAPSTONE"):
        return Path(named).absolute()
    notebooks = course_folder() / "notebooks"
    return (notebooks if notebooks.is_dir() else Path.cwd()) / "my_agent.py"


def begin(path: Path, now: datetime, *, anew: bool = False) -> Begun:
    """Write the starter to `path`, never over a file: with `anew` that one gets another name."""
    kept = None
    if path.exists():
        if not anew:
            return Begun(path, fresh=False)
        kept = unused(path.with_name(f"{path.stem}.mine-{now:%Y-%m-%d-%H%M}.py"))
        path.rename(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:  # x: never over a file that is there
        file.write(STARTER.read_text(encoding="utf-8"))
    return Begun(path, fresh=True, kept=kept)


def section(text: str, name: str) -> str | None:
    """Return the section of the milestone `name`, heading and all; None if there is none."""
    for heading in _HEADING.finditer(text):
        if heading[2].lower() == name:
            end = _ANY_HEADING.search(text, heading.end())
            return text[heading.start() : end.start() if end else None].strip()
    return None
