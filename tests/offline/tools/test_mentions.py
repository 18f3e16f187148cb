"""What a text mentions is found with its kind, its bound and its form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.offline.tools import mentions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("under $250", [(250, "money", "max")]),
        ("between 100 and 200 dollars", [(100, "money", "min"), (200, "money", "max")]),
        ("$100-200", [(100, "money", "min"), (200, "money", "max")]),
        ("no more than 1,250.5 euros", [(1250.5, "money", "max")]),
        ("10 % off", [(10, "percent", "")]),
        ("0 °C and -5 degrees", [(0, "degree", ""), (-5, "degree", "")]),
        ("minus 3 degrees", [(-3, "degree", "")]),
        ("a 4-person tent for three nights", [(4, "people", ""), (3, "night", "")]),
        ("at least 2 kg", [(2, "weight", "min")]),
        ("40 or more", [(40, "", "min")]),
        ("P004 on 2026-05-01 at 14:30", []),
    ],
)
def test_numbers_know_what_they_measure(text: str, found: list[tuple[float, str, str]]) -> None:
    assert [(n.value, n.kind, n.bound) for n in mentions.numbers(text)] == found


def test_ids_are_letters_and_digits() -> None:
    assert mentions.ids("P004, ORD-12, #7 and P004 again, but not 12 or mp3") == (
        "P004",
        "ORD-12",
        "#7",
    )


def test_places_follow_a_preposition() -> None:
    assert mentions.places("from New York to Oslo") == (("from", "New York"), ("to", "Oslo"))
    assert mentions.places("in Oslo, Bergen and Rome") == (
        ("in", "Oslo"),
        ("in", "Bergen"),
        ("in", "Rome"),
    )
    assert mentions.places("the weather in paris") == (("in", "paris"),)
    assert mentions.places("tents in stock") == ()


def test_sums_are_read_as_they_are_spoken() -> None:
    assert mentions.expressions("What is 12 times (3 plus 4)?") == ("12 * (3 + 4)",)
    assert mentions.expressions("15 % of 80") == ("15 / 100 * 80",)
    assert mentions.expressions("I have 3 tents") == ()


def test_times_are_written_with_24_hours() -> None:
    assert mentions.times("at 3 pm, 9:05 or 12 am") == ("15:00", "09:05", "00:00")


def test_days_come_as_people_say_them() -> None:
    assert mentions.days("on 2026-05-01, tomorrow or next Friday") == (
        "2026-05-01",
        "tomorrow",
        "next Friday",
    )


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    for find in (mentions.numbers, mentions.ids, mentions.places, mentions.proper_names):
        find(text)
    for read in (mentions.days, mentions.times, mentions.quotes, mentions.expressions):
        assert all(isinstance(found, str) for found in read(text))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("two P004 and one p001", ("P004", "P004", "P001")),
        ("3 x P004", ("P004",) * 3),
        ("P004 x 2", ("P004", "P004")),
        ("P004 with 10 % off", ("P004",)),
        ("99 P004", ("P004",) * 20),
    ],
)
def test_ids_stand_as_often_as_they_are_wanted(text: str, ids: tuple[str, ...]) -> None:
    assert mentions.counted_ids(text) == ids
