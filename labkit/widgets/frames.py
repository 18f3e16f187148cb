"""A widget that grows by frames: what is added is collected and sent at most 25 times a second.

A message to the browser costs some 600 bytes whatever is in it, and the server passes about a
thousand a second, so a message for each delta would drown it. And a widget that is displayed in the
cell that streams is not there yet when the first messages pass. So each frame is a state key of its
own (`f0`, `f1`, …): the browser's model keeps every one it was sent, a view that opens late
reads them all, and no byte is sent twice.
"""

import contextvars
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

from labkit.widgets.pictured import PicturedWidget

FRAME_GAP_S = 0.04
"""The least time between two frames, in seconds."""


class FrameLog(PicturedWidget):
    """A widget whose `add` may be called for every delta. Subclasses say how to `pack` a frame."""

    def __init__(self, **traits: Any) -> None:
        self._frames: dict[str, Any] = {}
        self._prefix, self._count = "f", 0
        self._pending: deque[Any] = deque()
        self._due = threading.Event()
        self._ended = threading.Event()
        self._flushing = threading.RLock()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        super().__init__(**traits)

    def pack(self, items: list[Any]) -> dict[str, Any]:
        """Return the frame, ready for JSON and buffers, that carries `items`."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to send: from now on what is added is on its way within 40 ms."""
        self._ended.clear()
        self._failure = None  # an earlier one has been raised by `end`
        # The thread inherits the cell that it works for, which ipykernel keeps in the context.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._work,), daemon=True)
        self._thread.start()

    def add(self, item: Any) -> None:
        """Take in one item; cheap, and safe to call while the last ones are being sent."""
        self._pending.append(item)
        if not self._due.is_set():
            self._due.set()

    def end(self) -> None:
        """Send what is left and stop; raise what went wrong while sending."""
        self._ended.set()
        self._due.set()
        if self._thread:
            self._thread.join()
        self.flush()
        if self._failure:
            raise self._failure

    def flush(self) -> None:
        """Send what has been added and not sent yet, if anything."""
        with self._flushing:
            items = list(_drain(self._pending))
            if items:
                self._count += 1
                self.append_frame(f"{self._prefix}{self._count - 1}", self.pack(items))

    def renew(self, prefix: str) -> None:
        """Forget all frames; the keys of those to come are numbers from 0 behind `prefix`."""
        with self._flushing:
            self._pending.clear()
            self._frames.clear()
            self._prefix, self._count = prefix, 0

    def append_frame(self, key: str, frame: Any) -> None:
        """Keep `frame` under the state key `key`, and send it."""
        self._frames[key] = frame
        self.send_state(key)

    def get_state(
        self, key: str | Iterable[str] | None = None, drop_defaults: bool = False
    ) -> dict[str, Any]:
        """Return the traits' state and the frames; a page that is loaded again asks for all."""
        if isinstance(key, str) and key in self._frames:
            return {key: self._frames[key]}
        state: dict[str, Any] = super().get_state(key=key, drop_defaults=drop_defaults)
        return state | self._frames if key is None else state

    def _work(self) -> None:
        try:
            while not self._ended.is_set():
                self._due.wait()
                self._due.clear()
                self.flush()
                self._ended.wait(FRAME_GAP_S)
        except BaseException as failure:  # raised again by `end`, in the learner's cell
            self._failure = failure


def _drain(pending: deque[Any]) -> Iterable[Any]:
    while pending:
        yield pending.popleft()
