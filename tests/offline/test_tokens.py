"""Cutting a text into pieces of about a token each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.offline.tokens import count_prompt, count_tokens, pieces

ASKED: list[dict[str, Any]] = [{"role": "user", "content": "Which boots?"}]


@given(st.text())
def test_joined_the_pieces_are_the_text_and_none_is_empty(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(pieces(text))
    assert count_tokens(text) == len(pieces(text))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Choose hiking boots.", ["Choose", " hiking", " boots", "."]),
        ("waterproofing", ["waterpro", "ofing"]),
        ("12345 kg", ["123", "45", " kg"]),
        ("one\n\ntwo", ["one", "\n\n", "two"]),
        ("wait... what?!", ["wait", "...", " what", "?!"]),
        ("  two", [" ", " two"]),
        ("", []),
    ],
)
def test_pieces_look_like_tokens(text: str, cut: list[str]) -> None:
    assert pieces(text) in (cut, ["  ", "two"])


def test_a_page_of_prose_has_about_four_characters_a_token() -> None:
    text = "A good boot holds the heel, leaves room for the toes and bends where the foot bends. "
    assert 3 <= len(text) / count_tokens(text) <= 6


def test_every_message_costs_its_text_and_a_little_more() -> None:
    once, twice = count_prompt(ASKED, []), count_prompt(ASKED * 2, [])
    assert twice - once > count_tokens("Which boots?")


def test_parts_count_like_the_same_text() -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "Which boots?"}]}]
    assert count_prompt(parts, []) == count_prompt(ASKED, [])


def test_calls_and_tools_cost_tokens_too() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    called = {"role": "assistant", "content": None, "tool_calls": [call]}
    plain = {"role": "assistant", "content": None}
    assert count_prompt([called], []) > count_prompt([plain], []) > 0
    assert count_prompt(ASKED, [{"type": "function"}]) > count_prompt(ASKED, [])
