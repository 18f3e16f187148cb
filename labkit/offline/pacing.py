"""When each delta is sent: a pause before the first one, then jittered gaps. Seeded."""

import itertools
import random
from collections.abc import Iterator

FIRST_S = 0.4
"""Seconds before the first delta at pace 1."""

GAP_S = 1 / 40
"""Mean seconds between two deltas at pace 1: about 40 deltas a second."""


def delays(pace: float, seed: int) -> Iterator[float]:
    """Yield the seconds to wait before each delta, the first one first, without end.

    `pace` is a multiplier: 1 is realistic, 0 does not wait at all, 2 is twice as slow. The gaps
    are gamma-distributed (shape 4), which gives the small bursts and pauses of a real stream.
    """
    rng = random.Random(seed)  # noqa: S311 - jitter, not a secret
    yield pace * FIRST_S * rng.uniform(0.9, 1.1)
    while True:
        yield pace * rng.gammavariate(4, GAP_S / 4)


def duration(pace: float, seed: int, tokens: int) -> float:
    """Return the seconds that so many tokens take, from the request to the last of them."""
    return sum(itertools.islice(delays(pace, seed), tokens))


def check_pace(pace: float | str) -> float:
    """Return `pace` as a number, or raise ValueError with one sentence that says what is wrong."""
    try:
        number = float(pace)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise ValueError(
            f"A pace is a number from 0 (as fast as it goes) to 100; 1 is realistic; got {pace!r}."
        )
    return number
