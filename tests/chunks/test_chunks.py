"""Chunks are told apart by what they have."""

import pytest
from openai.types.chat import ChatCompletion

from labkit.chunks import delta_of
from labkit.deltas import NOTHING, Delta


@pytest.mark.parametrize("text", ["", "a", " tent", "🏕️"])
def test_a_string_is_its_own_text(text: str) -> None:
    assert delta_of(text) == Delta(text)


def test_what_is_of_no_known_kind_adds_nothing() -> None:
    whole = ChatCompletion.construct(choices=[{"index": 0, "message": {"content": "all"}}])
    for other in (None, 3, b"bytes", {"choices": []}, ("id", "c1"), object(), whole):
        assert delta_of(other) == NOTHING
