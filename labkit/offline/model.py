"""The state of one offline model, which all its dialects share."""

import os
from dataclasses import dataclass, field
from typing import Any, TypeVar

from labkit.offline import faults
from labkit.offline.faults import Fault, FaultCounter
from labkit.offline.pacing import check_pace
from labkit.offline.streams import Streams

Kind = TypeVar("Kind")

MODEL = "offline-advisor"
"""The name that the offline model offers itself under; it answers to any other, too."""

# The dated snapshot that the real API names in its answers when asked for these.
_SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
}


def snapshot(model: str) -> str:
    """Return the name that an answer gives for the `model` that a request asks for."""
    return _SNAPSHOTS.get(model, model)


@dataclass
class Model:
    """The state of one offline model: its pace and fault, which may change, and what it remembers.

    `pace` None follows the environment variable LABKIT_PACE, read at each request.
    """

    pace: float | None = None
    fault: Fault = faults.NONE
    streams: Streams = field(default_factory=Streams)
    counter: FaultCounter = field(default_factory=FaultCounter)
    _memory: dict[type, Any] = field(default_factory=dict)

    def remembered(self, kind: type[Kind]) -> Kind:
        """Return this model's one object of `kind`: there a dialect keeps what it remembers."""
        if kind not in self._memory:
            self._memory[kind] = kind()
        found: Kind = self._memory[kind]
        return found

    def pace_now(self) -> float:
        """Return the pace for a request that arrives now."""
        return check_pace(os.environ.get("LABKIT_PACE", "1")) if self.pace is None else self.pace
