"""The record of a trial."""

from labkit.trials import Trial
from labkit.trials.tap import Heard


def test_the_times_are_those_of_the_loop_and_the_repr_says_them() -> None:
    got = Trial("Hello", "complete", (Heard("Hello", "stop", False),), 1.25, 0.5)
    assert repr(got) == "Trial(complete: asked 1 time, TTFT 0.50 s, 1.25 s)"
    broken = Trial("", "nothing shown", (), 0.5, raised="ValueError: no")
    assert repr(broken) == "Trial(raised: asked 0 times, no text, 0.50 s; ValueError: no)"
    assert (got.good, broken.good) == (True, False)
