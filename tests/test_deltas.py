"""Texts are joined with their characters whole."""

import pytest

from labkit.deltas import join


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (["tent ", "\ud83c", "\udfd5"], "tent 🏕"),
        (["\ud83c", " ", "\udfd5"], "\ufffd \ufffd"),
        (["plain", " ", "text"], "plain text"),
        (["é", "🏕"], "é🏕"),
        ([], ""),
    ],
)
def test_texts_are_joined_with_their_characters_whole(texts: list[str], whole: str) -> None:
    assert join(texts) == whole
