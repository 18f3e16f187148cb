"""What went wrong is told in a sentence, and without a key."""

import pytest

from labkit.trials.raised import sentence_of, without_keys


def test_a_group_is_told_error_by_error_by_the_first_line_of_each() -> None:
    errors = [ValueError("sk-secret-123 is refused\nand more"), OSError("Bearer abc.def is old")]
    assert sentence_of(ExceptionGroup("two", errors)) == (
        "ValueError: [key] is refused; OSError: Bearer [key] is old"
    )
    assert (sentence_of(KeyError()), sentence_of(None)) == ("KeyError", "")


@pytest.mark.parametrize(
    "key",
    [
        *("sk-proj-a1", "gsk_a1b2", "hf_AbCd", "AIzaSyA1-b2"),
        *("0123456789abcdef0123456789abcdef", "A1" * 42),
    ],
)
def test_what_looks_like_a_key_is_left_out(key: str) -> None:
    assert without_keys(f"the key {key} is refused") == "the key [key] is refused"


def test_the_key_of_a_header_is_left_out_however_it_is_written() -> None:
    assert without_keys("authorization: bearer a.b") == "authorization: bearer [key]"


def test_a_key_of_the_environment_is_left_out_whatever_it_looks_like(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABKIT_API_KEY", "open sesame")
    monkeypatch.setenv("OTHER_API_KEY", "any")  # so short that it may be a word
    assert without_keys("open sesame is no key, not any") == "[key] is no key, not any"


def test_ordinary_sentences_stay() -> None:
    told = (
        "APITimeoutError: Request timed out after 20 s; ask-again, disk-space, http://127.0.0.1:1"
    )
    assert without_keys(told) == told
