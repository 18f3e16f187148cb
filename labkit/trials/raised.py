"""What went wrong in a trial, as a sentence without what looks like a key."""

import os
import re

_LONGEST = 300
_KEY = re.compile(
    r"(?<=bearer )\S+"
    r"|\b(?:sk-|gsk_|hf_|AIza)[\w*-]+"
    r"|\b(?=[\w-]*\d)[\w-]{32,}",  # so many, with a digit: no word is so long
    re.IGNORECASE,
)
_SHORTEST_KEY = 8


def sentence_of(error: BaseException | None) -> str:
    """Return kind and message, or "" for None; those within for a group, joined by `;`."""
    return "" if error is None else "; ".join(_sentences(error))[:_LONGEST]


def _sentences(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [sentence for each in error.exceptions for sentence in _sentences(each)]
    first_line = next(iter(str(error).splitlines()), "")
    return [without_keys(f"{type(error).__name__}: {first_line}".removesuffix(": "))]


def without_keys(text: str) -> str:
    """Return `text` with `[key]` for the keys of the environment and what looks like one."""
    for name, value in os.environ.items():
        if name.upper().endswith("API_KEY") and len(value) >= _SHORTEST_KEY:
            text = text.replace(value, "[key]")
    return _KEY.sub("[key]", text)
