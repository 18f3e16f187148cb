"""The state of one offline model, which all its dialects share."""

import os
from dataclasses import dataclass, field

from labkit.offline import faults
from labkit.offline.faults import Fault, FaultCounter
from labkit.offline.pacing import check_pace
from labkit.offline.streams import Streams

MODEL = "offline-advisor"
"""The name that the offline model offers itself under; it answers to any other, too."""


@dataclass
class Model:
    """The state of one offline model: its pace and fault, which may change, and its counts.

    `pace` None follows the environment variable LABKIT_PACE, read at each request.
    """

    pace: float | None = None
    fault: Fault = faults.NONE
    streams: Streams = field(default_factory=Streams)
    counter: FaultCounter = field(default_factory=FaultCounter)

    def pace_now(self) -> float:
        """Return the pace for a request that arrives now."""
        return check_pace(os.environ.get("LABKIT_PACE", "1")) if self.pace is None else self.pace
