"""A reply fills with deltas."""

from hypothesis import given
from hypothesis import strategies as st

from labkit.deltas import Delta, Usage
from labkit.reply import Reply


def reply(*deltas: Delta) -> Reply:
    filled = Reply()
    for delta in deltas:
        filled.add(delta)
    return filled


@given(st.lists(st.text()))
def test_the_text_is_all_deltas_in_order(texts: list[str]) -> None:
    assert reply(*map(Delta, texts)).text == "".join(texts)


def test_an_emoji_cut_in_two_becomes_whole_and_half_of_one_can_be_shown() -> None:
    filled = reply(*map(Delta, ("tent ", "\ud83c", "\udfd5", " and \ud83c")))
    assert filled.text == "tent 🏕 and \ufffd"
    assert filled.text.encode()


def test_an_empty_delta_leaves_no_trace() -> None:
    assert reply(Delta(), Delta("a"), Delta("")).texts == ["a"]


def test_a_reply_is_incomplete_until_the_model_says_why_it_ends() -> None:
    assert not reply().complete
    assert not reply(Delta("half of")).complete
    assert reply(Delta("all"), Delta(finish_reason="length")).complete


def test_what_is_once_known_is_not_erased() -> None:
    usage = Usage(1, 2, 3)
    filled = reply(Delta("a", "stop"), Delta(usage=usage), Delta(), Delta("b"))
    assert (filled.text, filled.finish_reason, filled.usage) == ("ab", "stop", usage)


def test_two_replies_share_nothing() -> None:
    one, other = Reply(), Reply()
    one.add(Delta("mine"))
    assert other.text == ""


def test_its_repr_says_how_it_stands_and_not_the_text() -> None:
    assert repr(reply(Delta("boots"))) == "<Reply 5 characters, incomplete>"
    assert repr(reply(Delta("boots", "stop"))) == "<Reply 5 characters, stop>"
