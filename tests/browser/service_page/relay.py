"""What stands between a browser and the service: it serves below a path, and breaks connections."""

import re
import socket
import socketserver
import threading
from contextlib import suppress
from urllib.parse import urlsplit

PATH = "/user/x/proxy/8080/"
_STREAM = re.compile(rb"GET \S*/stream\?|POST \S*/v1/chat ")
_ELSEWHERE = re.compile(rf"[A-Z]+ (?!{PATH})/".encode())
_PIECE = 65_536


class Relay(socketserver.ThreadingTCPServer):
    """Passes bytes on as they come, and takes the path away, as Jupyter's proxy does.

    `passes` is how many SSE events of each stream get through; the rest waits for `cut`. One that
    `refuses` breaks each connection on which a request comes; what is not below the path is always
    refused.
    """

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        service = urlsplit(url)
        self.service = (service.hostname, service.port)
        self.url = f"http://127.0.0.1:{self.server_address[1]}{PATH}"
        self.passes: int | None = None
        self.refuses = False
        self.ending = threading.Event()

    def __enter__(self) -> "Relay":
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.cut()
        self.shutdown()
        self.server_close()

    def cut(self) -> None:
        """Break the connections whose events wait."""
        ending, self.ending = self.ending, threading.Event()
        ending.set()


class _Connection(socketserver.BaseRequestHandler):
    """One connection of the browser's, and one of its own to the service."""

    request: socket.socket
    server: Relay

    def handle(self) -> None:
        self._left: int | None = None  # events that may still pass
        with socket.create_connection(self.server.service) as service:
            back = threading.Thread(target=self._bring_back, args=(service,), daemon=True)
            back.start()
            while (piece := _received(self.request)) and not self._refuses(piece):
                self._left = self.server.passes if _STREAM.match(piece) else None
                if not _sent(service, piece.replace(f" {PATH}".encode(), b" /", 1)):
                    break
            _end(service, self.request)
            back.join()

    def _refuses(self, piece: bytes) -> bool:
        return self.server.refuses or bool(_ELSEWHERE.match(piece))

    def _bring_back(self, service: socket.socket) -> None:
        while piece := _received(service):
            ending = self.server.ending  # before the browser sees an event, and the test cuts
            if not _sent(self.request, self._passing(piece)):
                break
            if self._left == 0:
                ending.wait()
                break
        _end(service, self.request)

    def _passing(self, piece: bytes) -> bytes:
        """Return as much of `piece` as may pass, and count its events."""
        if self._left is None:
            return piece
        ends = [found.end() for found in re.finditer(b"\n\n", piece)][: self._left]
        self._left -= len(ends)
        return piece if self._left else piece[: ends[-1]]


def _received(side: socket.socket) -> bytes:
    """Return what comes next; nothing if the connection has ended."""
    try:
        return side.recv(_PIECE)
    except OSError:
        return b""


def _sent(side: socket.socket, piece: bytes) -> bool:
    """Tell whether `side` has taken `piece`."""
    try:
        side.sendall(piece)
    except OSError:
        return False
    return True


def _end(*sides: socket.socket) -> None:
    for side in sides:
        with suppress(OSError):  # it has ended before
            side.shutdown(socket.SHUT_RDWR)
