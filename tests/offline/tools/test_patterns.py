"""Examples for regular expressions match them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.offline.tools.patterns import example

PATTERNS = [
    r"^P\d{3}$",
    r"^[A-Z]{2}-\d{4}$",
    r"^(red|blue)+$",
    r"^\S+@\S+\.\w{2,3}$",
    r"^\+?[1-9]\d{1,14}$",
    r"^(?:\d{3}-)?\d{4}$",
    r"^[^a-c]{3}$",
    r"^(?P<year>\d{4})/\d\d$",
    r"a.c",
    r"^\$\d+\.\d{2}$",
    "",
]


@given(pattern=st.sampled_from(PATTERNS), nth=st.integers(0, 50))
def test_an_example_matches_its_pattern(pattern: str, nth: int) -> None:
    found = example(pattern, nth)
    assert found is not None
    assert re.search(pattern, found)


@pytest.mark.parametrize("pattern", [r"^(?=a)b$", r"^(a)\1b$", "(", "[z-a]", "*"])
def test_there_is_none_for_a_pattern_we_cannot_write(pattern: str) -> None:
    assert example(pattern) is None


@given(st.text(max_size=20))
def test_no_pattern_raises(pattern: str) -> None:
    found = example(pattern)
    assert found is None or re.search(pattern, found)
