"""A traceback is cut down to the learner's own lines, and its causes' with it."""

import json
import traceback

import pytest

from labkit.own_lines import keep_own_lines, picture


def caught(text: str) -> BaseException:
    try:
        json.loads(text)
    except ValueError as error:
        return error
    raise AssertionError("expected an error")


def names(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_the_lines_of_python_are_left_out() -> None:
    error = caught("{")
    assert names(error) == ["caught", "loads", "decode", "raw_decode"]
    assert names(keep_own_lines(error)) == ["caught"]


def test_a_cause_and_the_members_of_a_group_are_cut_too() -> None:
    cause, member = caught("{"), caught("[")
    group = ExceptionGroup("two", [member])
    group.__cause__ = cause
    keep_own_lines(group)
    assert names(cause) == names(member) == ["caught"]


def test_errors_in_a_ring_come_to_an_end() -> None:
    one, other = caught("{"), caught("[")
    one.__cause__, other.__cause__ = other, one
    assert names(keep_own_lines(one)) == ["caught"]


def test_a_traceback_without_own_lines_stays_whole() -> None:
    error = caught("{")
    error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    assert names(keep_own_lines(error)) == ["loads", "decode", "raw_decode"]


def test_a_deep_recursion_is_cut_without_another_one() -> None:
    def deeper(n: int) -> None:
        deeper(n + 1)

    with pytest.raises(RecursionError) as found:
        deeper(0)
    assert names(keep_own_lines(found.value))[-1] == "deeper"


def test_the_picture_is_the_traceback_as_text() -> None:
    text = picture(caught("{"))
    assert "json.loads(text)" in text
    assert "decoder.py" not in text
    assert text.splitlines()[-1].startswith(("JSONDecodeError", "json.decoder.JSONDecodeError"))
