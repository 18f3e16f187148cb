"""The watched set sees what a learner's function calls, under whatever name."""

import hmac
import json
import secrets
import sys
from collections.abc import Callable
from hmac import compare_digest as alike
from typing import Any

import pytest

from labkit.exercises import evaluate
from labkit.exercises.nb09.watched_ids import WatchedIds


def watched(call: Callable[[], Any]) -> WatchedIds:
    ids = WatchedIds()
    ids.called()
    try:
        call()
    finally:
        ids.returned()
    return ids


@pytest.mark.parametrize(
    "compare",
    [
        lambda: hmac.compare_digest(b"a", b"b"),
        lambda: secrets.compare_digest(b"a", b"b"),
        lambda: alike("a", "b"),
        lambda: (lambda: alike(b"a", b"b"))(),
    ],
)
def test_a_comparison_is_seen(compare: Callable[[], Any]) -> None:
    ids = watched(compare)
    assert (ids.compared, ids.parsed) == (True, False)


@pytest.mark.parametrize(
    "parse", [lambda: json.loads(b"[]"), lambda: json.JSONDecoder().decode("[]")]
)
def test_parsing_is_seen(parse: Callable[[], Any]) -> None:
    ids = watched(parse)
    assert (ids.compared, ids.parsed) == (False, True)


def test_other_calls_are_not() -> None:
    ids = watched(lambda: (json.dumps([]), hmac.new(b"k", b"a", "sha256").digest() == b"a"))
    assert (ids.compared, ids.parsed) == (False, False)


def test_it_is_a_set_like_any_other() -> None:
    ids = WatchedIds(("t3",))
    ids |= {"t7"}
    assert isinstance(ids, WatchedIds)
    assert ids == {"t3", "t7"}


def test_afterwards_nobody_watches() -> None:
    def fails(ticket: Any, key: Any, now_s: Any, spent: Any) -> None:
        raise ZeroDivisionError

    def never_ends(ticket: Any, key: Any, now_s: Any, spent: Any) -> None:
        while True:
            len(ticket)

    before = sys.getprofile()
    assert "ZeroDivisionError" in evaluate("09.use_ticket", fails).message
    assert "did not come to an end" in evaluate("09.use_ticket", never_ends, 0.3).message
    assert sys.getprofile() is before
