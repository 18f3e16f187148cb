"""The learner's progress in a local file; several kernels may write to it."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, get_args

from labkit.exercises.course import course_folder, unused
from labkit.exercises.task import State

if sys.platform == "win32":
    import msvcrt

    def _wait_for(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _wait_for(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


@dataclass(frozen=True)
class Entry:
    """What is known of one exercise; `attempts` counts written bodies until one is right."""

    state: State = "untouched"
    attempts: int = 0
    hints: int = 0
    solved: str | None = None

    def after(self, state: State, now: datetime) -> "Entry":
        """Return the entry after a check. What was right stays right.

        A learner who tries something else in a solved cell has not unlearned it.
        """
        if self.state == "right" or state == "untouched":
            return self
        solved = now.isoformat(timespec="seconds") if state == "right" else None
        return replace(self, state=state, attempts=self.attempts + 1, solved=solved)

    def hinted(self, number: int) -> "Entry":
        """Return the entry after hint `number` (1 to 3) was shown."""
        return replace(self, hints=max(self.hints, number))


def record_path() -> Path:
    """Return the path: LABKIT_PROGRESS, else .labkit/progress.json in the course's folder."""
    named = os.environ.get("LABKIT_PROGRESS")
    return Path(named).absolute() if named else course_folder() / ".labkit" / "progress.json"


def read(path: Path) -> dict[str, Entry]:
    """Return the entries by key. A broken file is put aside under another name."""
    if not path.exists():
        return {}
    with _locked(path):
        return _load(path)


def change(path: Path, key: str, step: Callable[[Entry], Entry]) -> Entry:
    """Apply `step` to the entry of `key`, save it, and return the new one. Raises OSError."""
    with _locked(path):
        entries = _load(path)
        entries[key] = step(entries.get(key, Entry()))
        _save(path, entries)
    return entries[key]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as file:
        _wait_for(file)  # closing the file lets go
        yield


def _is_device(path: Path) -> bool:
    """Tell whether `path` is no file, as /dev/null: it keeps nothing, and must not be replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _load(path: Path) -> dict[str, Entry]:
    if _is_device(path):
        return {}
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return {key: _entry(value) for key, value in saved["exercises"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError):
        path.rename(unused(path.with_name(f"{path.stem}.broken{path.suffix}")))
        return {}


def _entry(saved: dict[str, Any]) -> Entry:
    entry = Entry(**saved)
    counts = isinstance(entry.attempts, int) and isinstance(entry.hints, int)
    if entry.state not in get_args(State) or not counts or not isinstance(entry.solved, str | None):
        raise ValueError(f"Expected an entry of progress, got {saved!r}.")
    return entry


def _save(path: Path, entries: dict[str, Entry]) -> None:
    """Write beside the file and then swap, so that a reader never sees half of it."""
    content = {"version": 1, "exercises": {key: asdict(entry) for key, entry in entries.items()}}
    if _is_device(path):
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
