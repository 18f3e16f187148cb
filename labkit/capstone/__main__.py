"""Serves the app of one file, and ends with the process that started it.

    python -m labkit.capstone FILE PORT LOAD_LIMIT_S

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
from labkit.processes import end_with_parent
from labkit.serving import Server

_NEEDED = (fastapi, openai, run_agent)


def main(path: Path, port: int, load_limit_s: float) -> None:
    """Serve the app of the file at `path` until standard input ends."""
    tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the app prints is not for our parent's eyes
    end_with_parent()
    logging.basicConfig(format="%(message)s")
    _tell(tell, stage="ready")
    try:
        _tell(tell, url=_served(path, port, load_limit_s, tell).url)
    except FileError as error:
        _tell(tell, problem=str(error))
    except (RuntimeError, TypeError, OSError) as error:
        why = error.__cause__ or error
        text = f"The app of {path.name} does not start: {type(why).__name__}: {why}"
        _tell(tell, problem=f"{text.rstrip('.')}.")
    threading.Event().wait()


def _served(path: Path, port: int, load_limit_s: float, tell: TextIO) -> Server:
    # Before the limit, so that our parent knows where it hangs.
    faulthandler.dump_traceback_later(load_limit_s * 2 / 3)
    app = load_app(path)
    faulthandler.cancel_dump_traceback_later()
    _tell(tell, stage="loaded")
    try:
        server = Server(app, port=port)
    except OSError:  # somebody else has the port
        server = Server(app)
    return server.start()


def _tell(tell: TextIO, **said: str) -> None:
    print(json.dumps(said), file=tell, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]), float(sys.argv[3]))
