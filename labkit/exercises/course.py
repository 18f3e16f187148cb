"""Where the course lies on this machine, seen from the folder of a notebook."""

from pathlib import Path


def course_folder(start: Path | None = None) -> Path:
    """Return the nearest folder upwards of `start` with start.py and notebooks/, else `start`."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "start.py").is_file() and (folder / "notebooks").is_dir():
            return folder
    return here


def unused(path: Path) -> Path:
    """Return `path`, or `path` with -2, -3 … before its ending if there is such a file already."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
