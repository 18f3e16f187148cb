"""The one offline model of this process: started on first use, gone with the process."""

import threading

from labkit.offline.app import create_app
from labkit.offline.model import Model
from labkit.serving import Server

_lock = threading.Lock()
_server: Server | None = None
_model = Model()


def start() -> Server:
    """Return this process's offline model, started if it is not running yet."""
    global _server
    with _lock:
        if _server is None or not _server.running:
            # Not `serve`: the cell that connects first may serve an app of its own.
            _server = Server(create_app(_model)).start()
        return _server


def model() -> Model:
    """Return its state: pace, fault and stream counts."""
    return _model
