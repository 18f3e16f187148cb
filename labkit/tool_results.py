"""A tool's value: as the model reads it, and in a few words for people."""

import json
from typing import Any

from labkit.deltas import join

_LONGEST_SUMMARY = 60


def as_text(value: Any) -> str:
    """Return `value` as the content of a tool message: a string as it is, all else as JSON.

    What JSON does not know is written as `str` writes it.
    """
    if isinstance(value, str):
        return join([value])
    return join([json.dumps(value, ensure_ascii=False, default=str)])


def summary(value: Any) -> str:
    """Return what `value` says, in at most 60 characters: "3 found", "total: 134.1", "done"."""
    text = join([" ".join(_in_words(value).split())]) or "done"
    return text if len(text) <= _LONGEST_SUMMARY else f"{text[: _LONGEST_SUMMARY - 2]} …"


def _in_words(value: Any) -> str:
    if value is None:
        return "done"
    if isinstance(value, list | tuple | set):
        return f"{len(value)} found"
    if not isinstance(value, dict):
        return str(value)
    if value.get("error"):
        return _in_words(value["error"])
    plain = {k: v for k, v in value.items() if isinstance(v, str | int | float)}
    return ", ".join(f"{name}: {item}" for name, item in plain.items()) or f"{len(value)} fields"
