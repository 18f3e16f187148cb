"""Loads the app of a file, and says in one sentence why that does not work."""

import linecache
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from labkit.errors import LabError


class FileError(LabError):
    """The file has no app to serve; the message says why."""


def load_app(path: Path) -> Any:
    """Run the file at `path` as a module of its name and return its `app`. Raises FileError."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path.name} cannot be read: {error}.") from error
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module  # there dataclasses and pydantic look for it
    sys.path.insert(0, str(path.parent))
    linecache.checkcache(str(path))
    try:
        # Compiled here, as a cached .pyc may be older than an edit within the same second.
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 - the learner's own
    except (Exception, SystemExit) as error:
        raise FileError(f"{path.name} does not load: {_said(error, path)}") from error
    return _app(module, path)


def _app(module: ModuleType, path: Path) -> Any:
    app = getattr(module, "app", None)
    if not callable(app):
        raise FileError(
            f"{path.name} has no `app`: it needs a line such as `app = FastAPI(lifespan=lifespan)`."
        )
    return app


def _said(error: BaseException, path: Path) -> str:
    """Return the error and the line of the file that it came from."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    kind, line = type(error).__name__, _line(error, path)
    return f"{kind}: {text} (line {line})." if line else f"{kind}: {text}."


def _line(error: BaseException, path: Path) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename == str(path)), None)
