"""A log of frames that runs while a loop does, and that has a Stop button."""

from collections.abc import Callable
from typing import Any

from labkit.widgets.frames import FrameLog


class LiveLog(FrameLog):
    """A FrameLog whose browser side may ask for Stop."""

    def __init__(self, **traits: Any) -> None:
        self._stop: Callable[[], None] | None = None
        super().__init__(**traits)
        self.on_msg(self._receive)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the Stop button is pressed and the kernel can listen."""
        self._stop = stop

    def _receive(self, widget: Any, content: Any, buffers: Any) -> None:
        if content == {"type": "stop"} and self._stop:
            self._stop()
