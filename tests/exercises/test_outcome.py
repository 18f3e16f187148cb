"""How an outcome is told."""

from hypothesis import given
from hypothesis import strategies as st

from labkit.exercises.outcome import Outcome, shown, told


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@given(st.text() | st.floats() | st.binary() | st.lists(st.text()))
def test_a_value_is_shown_in_at_most_121_characters(value: object) -> None:
    assert 0 < len(shown(value)) <= 121


def test_a_value_without_a_working_repr_is_shown_by_its_type() -> None:
    assert shown(Rude()) == "<Rude>"


def test_an_address_is_not_shown() -> None:
    assert " at 0x" not in shown(object())


def test_an_error_is_told_with_its_line_and_first_line() -> None:
    outcome = Outcome(error=IndexError("list index out of range\nmore"), line=4)
    assert told(outcome) == "raised IndexError in line 4: list index out of range."


def test_an_error_without_text_is_told_by_its_name() -> None:
    assert told(Outcome(error=RudeError())) == "raised RudeError."
    assert told(Outcome(error=ValueError())) == "raised ValueError."


def test_nothing_returned_asks_for_return() -> None:
    assert "`return` missing" in told(Outcome())


def test_a_print_in_place_of_a_return_is_told() -> None:
    assert told(Outcome(printed="Hello")).startswith("printed 'Hello' but returned None")


def test_a_generator_is_told() -> None:
    assert "generator" in told(Outcome(value=(n for n in "ab")))


def test_a_coroutine_is_told() -> None:
    async def call() -> None: ...

    coroutine = call()
    assert "`await` missing" in told(Outcome(value=coroutine))
    coroutine.close()
