"""A set that takes part in a check: it watches what is called while the learner's code runs."""

import hmac
import json
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

_PARSE = json.JSONDecoder.decode.__code__


class WatchedIds(set[str]):
    """Is the `spent` of an exercise.

    `compared` tells whether `compare_digest` was called, and `parsed` whether JSON was read.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        super().__init__(ids)
        self.compared = self.parsed = False
        self._profiler: Any = None

    def called(self) -> None:
        """Begin to watch this thread."""
        # Python's own hook sees a call under whatever name the learner has imported it.
        self._profiler = sys.getprofile()
        sys.setprofile(self._see)

    def returned(self) -> None:
        """Watch no more."""
        sys.setprofile(self._profiler)

    def _see(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            self.compared = self.compared or arg is hmac.compare_digest
        elif event == "call":
            self.parsed = self.parsed or frame.f_code is _PARSE
