"""JSON as RFC 8259 has it, and nothing more."""

import json

import pytest

from labkit import strict_json


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"price": -Infinity}', b'{"price": NaN}'])
def test_numbers_that_json_does_not_know_are_refused(text: str | bytes) -> None:
    json.loads(text)  # Python's own reader takes them
    with pytest.raises(ValueError, match=r"^(NaN|-?Infinity) is no number$"):
        strict_json.loads(text)


@pytest.mark.parametrize("text", ["1e999", '{"price": -1.5e400}', b"[1e309]"])
def test_numbers_that_would_become_infinite_are_refused(text: str | bytes) -> None:
    json.loads(text)
    with pytest.raises(ValueError, match=r"^-?1\S+ is a number too large"):
        strict_json.loads(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-32-be"])
def test_bytes_are_utf_8(encoding: str) -> None:
    assert json.loads('{"a": 1}'.encode(encoding)) == {"a": 1}
    with pytest.raises(ValueError):
        strict_json.loads('{"a": 1}'.encode(encoding))


def test_half_a_character_in_bytes_is_refused() -> None:
    json.loads(b'"\xed\xa0\x80"')
    with pytest.raises(ValueError, match="can't decode byte"):
        strict_json.loads(b'"\xed\xa0\x80"')


@pytest.mark.parametrize(
    "text", ['{"a": [1, -2.5e3, null, true]}', '"NaN"', b'"\xc3\xa9"', b"\xef\xbb\xbf{}", "1.7e308"]
)
def test_everything_else_is_read_as_python_reads_it(text: str | bytes) -> None:
    assert strict_json.loads(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "Expecting value"), ("{", "Expecting property name"), (b"\xff", "can't decode byte")],
)
def test_what_is_no_json_is_a_value_error(text: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        strict_json.loads(text)
