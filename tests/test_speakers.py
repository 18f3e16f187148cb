"""The names and colours of those who speak in turn."""

import re
from typing import Any

import pytest

from labkit.speakers import COLORS, color_of, name_of
from labkit.widgets import assets
from tests.contrast import contrast

WHITE, JUPYTER_DARK = b"\xff\xff\xff", b"\x21\x21\x21"


@pytest.mark.parametrize("background", [WHITE, JUPYTER_DARK])
@pytest.mark.parametrize("color", COLORS)
def test_a_colour_is_seen_in_both_themes(color: str, background: bytes) -> None:
    assert contrast(bytes.fromhex(color[1:]), background) >= 3


def test_the_browser_has_the_same_colours_in_the_same_order() -> None:
    rule = r'\[data-speaker="(\d+)"\] \{\s+--labkit-speaker: (#\w+)'
    found = re.findall(rule, assets.style("agent_view"))
    assert found == [(str(i), color) for i, color in enumerate(COLORS, 1)]
    assert f"SPEAKER_COLORS = {len(COLORS)};" in assets.script("agent_chart")


def test_colours_repeat_after_the_last() -> None:
    shown = [color_of(number) for number in range(8)]
    assert len(set(shown)) == 6
    assert shown[6:] == shown[:2]


@pytest.mark.parametrize(
    ("speaker", "name"),
    [
        ("Writer", "Writer"),
        ("", ""),
        (None, ""),
        (" \n ", ""),
        ("a\r\n b\u2028c", "a b c"),
        (7, "7"),
        ("W\ud83c", "W\ufffd"),
        ("<b>", "<b>"),
    ],
)
def test_a_name_is_one_line_of_text(speaker: Any, name: str) -> None:
    assert name_of(speaker) == name
