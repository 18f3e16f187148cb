"""TTFT, gaps and percentiles, checked against numpy."""

from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from labkit.timing import Timing, count

GAPS_S = st.lists(st.floats(0, 5), max_size=60)


def timing(gaps_s: list[float], *, ended_s: float | None = None) -> Timing:
    """Return the timing of a stream that was sent at 100 s and first spoke at 100.5 s."""
    return Timing(100.0, list(accumulate(gaps_s, initial=100.5)), ended_s)


def test_ttft_is_from_the_request_to_the_first_delta() -> None:
    assert timing([0.1]).ttft_s == 0.5


def test_a_stream_without_text_has_no_ttft_and_no_gaps() -> None:
    silent = Timing(100.0, ended_s=102.0)
    assert (silent.ttft_s, silent.gaps_s, silent.deltas_per_s) == (None, [], None)
    assert silent.gap_percentiles_s() == {}
    assert silent.total_s == 2.0


def test_one_delta_has_a_ttft_and_no_gaps() -> None:
    single = timing([])
    assert (single.ttft_s, single.gaps_s, single.deltas_per_s) == (0.5, [], None)
    assert single.gap_percentiles_s() == {}


def test_one_gap_is_every_percentile() -> None:
    assert timing([0.25]).gap_percentiles_s() == {50: 0.25, 95: 0.25, 99: 0.25}


def test_the_total_lasts_until_the_end_or_so_far_until_the_last_delta() -> None:
    assert Timing(100.0).total_s == 0
    assert timing([0.25, 0.25]).total_s == 1.0
    assert timing([0.25, 0.25], ended_s=103.0).total_s == 3.0


def test_the_rate_is_that_of_the_gaps() -> None:
    assert timing([0.25, 0.25, 0.5]).deltas_per_s == 3.0


def test_deltas_that_came_at_once_have_no_rate() -> None:
    assert timing([0.0, 0.0]).deltas_per_s is None


@given(GAPS_S)
def test_gaps_are_the_times_between_deltas(gaps_s: list[float]) -> None:
    assert timing(gaps_s).gaps_s == pytest.approx(gaps_s, abs=1e-9)


@given(GAPS_S.filter(len))
def test_the_percentiles_are_those_of_numpy(gaps_s: list[float]) -> None:
    measured = timing(gaps_s)
    expected = np.percentile(measured.gaps_s, [50, 95, 99])
    found = measured.gap_percentiles_s()
    assert list(found) == [50, 95, 99]
    assert list(found.values()) == pytest.approx(expected.tolist(), abs=1e-9)


def test_the_summary_is_one_line_of_words() -> None:
    many = timing([0.02] * 3, ended_s=101.25)
    assert many.summary() == (
        "TTFT 0.50 s, total 1.25 s, 4 deltas, gaps p50 20 ms, p95 20 ms, p99 20 ms"
    )
    assert timing([]).summary() == "TTFT 0.50 s, total 0.50 s, 1 delta"
    assert Timing(100.0, ended_s=101.5).summary() == "no text in 1.50 s"


@pytest.mark.parametrize("gaps_s", [[], [0.1], [0.1, 0.2, 0.1]])
def test_the_plot_has_the_growth_and_the_gaps(gaps_s: list[float]) -> None:
    figure = timing(gaps_s).plot()
    assert isinstance(figure, Figure)
    growth, spread = figure.axes
    assert "seconds" in growth.get_xlabel()
    assert list(np.asarray(growth.lines[0].get_ydata()))[-1] == len(gaps_s) + 1
    assert "ms" in spread.get_xlabel()
    bars: list[Any] = list(spread.patches)
    assert sum(bar.get_height() for bar in bars) == len(gaps_s)


def test_a_stream_without_text_can_be_plotted() -> None:
    figure = Timing(100.0, ended_s=101.0).plot()
    figure.canvas.draw()
    assert len(figure.axes) == 2


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 deltas"), (1, "1 delta"), (2, "2 deltas"), (1234, "1,234 deltas")]
)
def test_a_count_agrees_with_its_noun(number: int, words: str) -> None:
    assert count(number, "delta") == words
