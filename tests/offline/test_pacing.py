"""When deltas are sent: seeded, jittered, scaled by the pace."""

from itertools import islice
from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.offline.pacing import FIRST_S, GAP_S, check_pace, delays

SEEDS = st.integers(0, 2**32)
BAD: list[float | str] = ["", "fast", "-1", -0.1, 101, "nan", "inf", float("nan"), "1;2"]


def some(pace: float, seed: int, number: int = 50) -> list[float]:
    return list(islice(delays(pace, seed), number))


@given(SEEDS)
def test_pace_0_does_not_wait(seed: int) -> None:
    assert set(some(0, seed)) == {0}


@given(SEEDS)
def test_the_same_seed_waits_the_same(seed: int) -> None:
    assert some(1, seed) == some(1, seed)


def test_another_seed_waits_otherwise() -> None:
    assert some(1, 1) != some(1, 2)


@given(SEEDS, st.floats(0.01, 100))
def test_the_pace_scales_every_wait(seed: int, pace: float) -> None:
    assert some(pace, seed) == pytest.approx([pace * wait_s for wait_s in some(1, seed)])


@given(SEEDS)
def test_the_first_wait_is_about_that_of_a_real_model(seed: int) -> None:
    assert next(delays(1, seed)) == pytest.approx(FIRST_S, rel=0.11)


def test_gaps_jitter_about_their_mean() -> None:
    gaps_s = some(1, seed=7, number=5001)[1:]
    assert min(gaps_s) > 0
    assert mean(gaps_s) == pytest.approx(GAP_S, rel=0.05)
    assert pstdev(gaps_s) == pytest.approx(GAP_S / 2, rel=0.1)  # a gamma of shape 4


@pytest.mark.parametrize(("pace", "number"), [("0", 0), (" 1 ", 1), ("0.25", 0.25), (100, 100)])
def test_a_pace_is_a_number_or_its_text(pace: float | str, number: float) -> None:
    assert check_pace(pace) == number


@pytest.mark.parametrize("pace", BAD)
def test_a_bad_pace_is_one_sentence(pace: float | str) -> None:
    with pytest.raises(ValueError, match=r"^A pace is a number from 0 .* got .*\.$") as caught:
        check_pace(pace)
    assert repr(pace) in str(caught.value)
