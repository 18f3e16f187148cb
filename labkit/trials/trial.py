"""What one run of a policy came to."""

from dataclasses import dataclass
from functools import cached_property

from labkit.timing import count
from labkit.trials.tap import Heard
from labkit.trials.verdict import GOOD, is_whole, verdict_of

STATES = ("writing", "complete", "incomplete")
"""What `show` may say of the text."""

NOTHING_SHOWN = "nothing shown"
"""The state of a trial whose policy has not called `show`."""


@dataclass(frozen=True, repr=False)
class Trial:
    """What one run of a policy came to; times are in seconds since it began."""

    shown: str
    """The last text that the policy showed."""
    state: str
    """The last state that it showed, one of STATES, or `nothing shown`."""
    heard: tuple[Heard, ...]
    """What really came, for each time that the model was asked."""
    seconds: float
    ttft_s: float | None = None
    """When the first text came, on whichever stream; None if none came."""
    raised: str = ""
    """What went wrong, a sentence each: what it raised, what blocked, what could not be ended."""
    hung: bool = False
    left_open: int = 0
    """How many streams it neither read to the end nor closed.

    One that the garbage collector has closed, with the generator that read it, does not count.
    """

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return len(self.heard)

    @cached_property
    def complete(self) -> bool:
        """Whether what was shown is a whole answer, whatever the policy says."""
        return is_whole(self.shown, self.heard)

    @cached_property
    def verdict(self) -> str:
        """The worst of `labkit.trials.verdict.VERDICTS` that is true of this trial."""
        return verdict_of(self)

    @property
    def good(self) -> bool:
        """Whether the policy told its user the truth, and lost and left nothing."""
        return self.verdict in GOOD

    @property
    def figures(self) -> str:
        """What was measured, in words: "asked 2 times, TTFT 0.31 s, 1.20 s"."""
        ttft = "no text" if self.ttft_s is None else f"TTFT {self.ttft_s:.2f} s"
        return f"asked {count(self.asked, 'time')}, {ttft}, {self.seconds:.2f} s"

    def __repr__(self) -> str:
        why = f"; {self.raised}" if self.raised else ""
        return f"Trial({self.verdict}: {self.figures}{why})"
