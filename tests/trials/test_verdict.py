"""What a trial comes to: the truth beside what was shown."""

import time
from typing import Any

import pytest

from labkit.trials import Trial
from labkit.trials.tap import Heard
from labkit.trials.verdict import is_whole


def whole(shown: str, *heard: tuple[str, str | None, bool]) -> bool:
    return is_whole(shown, [Heard(*each) for each in heard])


CUT = ("Boots keep", None, False)


@pytest.mark.parametrize(
    ("shown", "then"),
    [
        ("Boots keep feet dry.", (" feet dry.", "stop", False)),
        ("Boots keep\nfeet dry.", ("Boots keep feet dry.", "stop", False)),
        ("Boots keep feet dry.", ("Boots keep feet dry.", "stop", True)),
    ],
    ids=["goes on", "repeats all", "begins anew"],
)
def test_an_answer_may_be_made_up_of_several_streams(shown: str, then: Any) -> None:
    assert whole(shown, CUT, then)
    assert whole(shown, CUT, ("", None, False), then)
    assert not whole(shown, CUT, (then[0], None, then[2]))


@pytest.mark.parametrize(
    ("shown", "then"),
    [
        ("Boots keepBoots keep feet dry.", ("Boots keep feet dry.", "stop", True)),
        ("Boots keep", (" feet dry.", "stop", False)),
        ("Boots keep dry.", (" feet dry.", "stop", False)),
        ("feet dry. Really.", (" feet dry.", "stop", False)),
    ],
    ids=["doubled", "the rest is missing", "a word is missing", "something else"],
)
def test_other_text_is_not_whole(shown: str, then: Any) -> None:
    assert not whole(shown, CUT, then)


def test_an_answer_that_goes_on_twice_is_whole() -> None:
    assert whole("a b c", ("a", None, False), ("b", None, False), ("c", "stop", False))


def test_of_many_equal_sentences_the_verdict_is_there_at_once() -> None:
    heard = [CUT, *[("There is nothing to add. ", None, False)] * 200]
    began_s = time.perf_counter()
    assert not whole("".join(text for text, *_ in heard) + "x", *heard)
    assert time.perf_counter() - began_s < 1


def verdict(shown: str, state: str, *heard: tuple[str, str | None, bool]) -> str:
    return Trial(shown, state, tuple(Heard(*each) for each in heard), 1.0).verdict


AGAIN = ("Boots keep", None, True)


@pytest.mark.parametrize(
    ("shown", "heard", "wanted"),
    [
        ("Boots keep", [CUT], "incomplete, and said so"),
        ("Boots keep … (cut)", [CUT], "incomplete, and said so"),
        ("Boots keep", [CUT, AGAIN], "incomplete, and said so"),
        ("Boots keep Boots keep", [CUT, CUT], "incomplete, and said so"),
        ("Something went wrong. Please try again.", [CUT], "lost text"),
        ("Boots", [CUT], "lost text"),
        ("Boots keep Boots keep", [CUT], "mixed up the text"),
        ("Boots keep Boots keep", [CUT, AGAIN], "mixed up the text"),
        ("", [("", None, False)], "incomplete, and said so"),
        ("", [], "did not ask"),
    ],
)
def test_what_is_called_incomplete_is_still_all_that_came_and_that_once(
    shown: str, heard: Any, wanted: str
) -> None:
    assert verdict(shown, "incomplete", *heard) == wanted


@pytest.mark.parametrize("reason", ["length", "content_filter", None])
def test_an_answer_that_its_limit_cut_off_is_not_whole(reason: str | None) -> None:
    cut = Trial("Boots keep", "complete", (Heard("Boots keep", reason, False),), 1.0)
    assert cut.verdict == "showed a cut answer as whole"
