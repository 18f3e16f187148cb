"""The one offline model of this process: started on first use, gone with the process."""

import atexit
import threading

from labkit.offline.app import Model, create_app
from labkit.serving import Server, serve

_lock = threading.Lock()
_server: Server | None = None
_model = Model()


def start() -> Server:
    """Return this process's offline model, started if it is not running yet."""
    global _server
    with _lock:
        if _server is None or not _server.running:
            _server = serve(create_app(_model))
            atexit.register(_server.stop)
        return _server


def model() -> Model:
    """Return its state: pace, fault and stream counts."""
    return _model
