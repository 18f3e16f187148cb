"""The static picture of a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.widgets.transcript import page, plain, strip

LEVELS = "·▁▂▃▄▅▆▇█"


@given(st.lists(st.floats(0, 10)), st.integers(1, 100))
def test_a_strip_is_as_wide_as_asked_whatever_it_shows(times_s: list[float], width: int) -> None:
    line = strip(times_s, 10.0, width)
    assert len(line) == width
    assert set(line) <= set(LEVELS)
    assert bool(times_s) == ("█" in line)


def test_a_strip_is_64_columns_wide() -> None:
    assert len(strip([], 1.0)) == 64


def test_the_fullest_column_is_full_and_an_empty_one_is_a_dot() -> None:
    assert strip([0.1] * 8 + [1.1] * 4 + [3.1], 4.0, 4) == "█▄·▁"


def test_one_delta_is_never_drawn_as_none() -> None:
    assert strip([0.1] * 1000 + [1.1], 2.0, 2) == "█▁"


def test_the_last_moment_is_in_the_last_column() -> None:
    assert strip([2.0], 2.0, 4) == "···█"
    assert strip([2.001], 2.0, 4) == "···█"


@pytest.mark.parametrize(("times_s", "line"), [([], "····"), ([0.0, 0.0], "█···")])
def test_a_stream_that_took_no_time_has_a_strip(times_s: list[float], line: str) -> None:
    assert strip(times_s, 0.0, 4) == line


def test_the_plain_picture_is_the_text_and_its_caption() -> None:
    assert plain("Wear wool.", "TTFT 0.40 s") == "Wear wool.\n— TTFT 0.40 s"


def test_a_long_text_is_cut_at_2000_characters_and_says_so() -> None:
    assert plain("a" * 2000, "c") == "a" * 2000 + "\n— c"
    assert plain("a" * 2001, "c") == "a" * 2000 + " …\n— c"


def test_the_page_escapes_all_but_its_body() -> None:
    html = page("<p>safe</p>", "<strip>", "<caption>")
    assert "<p>safe</p>" in html
    assert "&lt;strip&gt;" in html
    assert "&lt;caption&gt;" in html
