"""How long the learner's app may take, to start and to keep a rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits in seconds, generous enough for a slow machine."""

    ready_s: float = 60.0
    """For Python and the libraries."""
    load_s: float = 6.0
    """For what stands in the learner's file."""
    lifespan_s: float = 15.0
    rule_s: float = 30.0


LIMITS = Limits()
