"""Serves the app of one file, and ends with the process that started it.

    python -m labkit.capstone FILE

Its lines on standard output are JSON: {"stage": "ready"} before the file runs, {"stage": "loaded"}
after it, then {"url": …}; or, at any time, {"problem": one sentence}. It ends when its standard
input does, so a parent that dies takes it along, whatever the app is doing.
"""

import faulthandler
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import TextIO

# What every app needs is imported before the clock starts: that takes long on a slow machine.
import fastapi
import openai

from labkit.agent import run_agent
from labkit.capstone.loading import FileError, load_app
from labkit.serving import Server

_NEEDED = (fastapi, openai, run_agent)
_TELL_LINE_S = 4.0


def main(path: Path) -> None:
    """Serve the app of the file at `path` until standard input ends."""
    tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the app prints is not for our parent's eyes
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.basicConfig(format="%(message)s")
    _tell(tell, stage="ready")
    try:
        _tell(tell, url=_served(path, tell).url)
    except FileError as error:
        _tell(tell, problem=str(error))
    except (RuntimeError, TypeError, OSError) as error:
        why = error.__cause__ or error
        text = f"The app of {path.name} does not start: {type(why).__name__}: {why}"
        _tell(tell, problem=f"{text.rstrip('.')}.")
    threading.Event().wait()


def _served(path: Path, tell: TextIO) -> Server:
    faulthandler.dump_traceback_later(_TELL_LINE_S)  # so that our parent knows where it hangs
    app = load_app(path)
    faulthandler.cancel_dump_traceback_later()
    _tell(tell, stage="loaded")
    return Server(app).start()


def _tell(tell: TextIO, **said: str) -> None:
    print(json.dumps(said), file=tell, flush=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # the app may hang, even at its end


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
