"""Tickets: short-lived, single-use, signed."""

import asyncio

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labkit.service.refusals import Refused
from labkit.service.spent import SpentHere
from labkit.service.tickets import AGAIN_S, Ticket, Tickets
from tests.service.clocks import Clock

KEY = b"k" * 32


def tickets(now: Clock | None = None, key: bytes = KEY) -> Tickets:
    return Tickets(key, 60, SpentHere(), now or Clock())


def spend(some: Tickets, text: str) -> Ticket:
    ticket = some.read(text)
    asyncio.run(some.spend(ticket))
    return ticket


def test_a_ticket_comes_back_as_it_was_issued() -> None:
    some = tickets()
    issued = some.issue("shop")
    assert some.read(issued.text) == issued == spend(some, issued.text)
    assert (issued.client, issued.expires_s) == ("shop", 1_800_000_060)


def test_its_id_is_random_and_has_no_dot() -> None:
    ids = {tickets().issue("shop").id for _ in range(100)}
    assert len(ids) == 100
    assert not any("." in id or len(id) < 22 for id in ids)


def test_it_is_good_in_an_address_as_it_is() -> None:
    text = tickets().issue("shop").text
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_it_is_good_once() -> None:
    some = tickets()
    text = some.issue("shop").text
    spend(some, text)
    with pytest.raises(Refused, match="used already") as refused:
        spend(some, text)
    assert (refused.value.status, refused.value.reason) == (401, "unauthorized")
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


def test_of_many_who_spend_it_at_once_one_succeeds() -> None:
    some = tickets()
    ticket = some.issue("shop")

    async def all_at_once() -> list[BaseException | None]:
        spending = [some.spend(ticket) for _ in range(20)]
        return await asyncio.gather(*spending, return_exceptions=True)

    assert asyncio.run(all_at_once()).count(None) == 1


@pytest.mark.parametrize("waited_s", [0, AGAIN_S - 0.1])
def test_a_moment_after_it_was_spent_it_comes_again(waited_s: float) -> None:
    now = Clock()
    some = tickets(now)
    ticket = some.issue("shop")
    assert not asyncio.run(some.comes_again(ticket))
    spend(some, ticket.text)
    now.now_s += waited_s
    assert asyncio.run(some.comes_again(ticket))


def test_later_it_does_not() -> None:
    now = Clock()
    some = tickets(now)
    ticket = some.issue("shop")
    spend(some, ticket.text)
    now.now_s += AGAIN_S
    with pytest.raises(Refused, match="used already"):
        asyncio.run(some.comes_again(ticket))


def test_one_that_has_expired_unused_is_told_before_it_is_spent() -> None:
    now = Clock()
    some = tickets(now)
    ticket = some.issue("shop")
    now.now_s += 60
    with pytest.raises(Refused, match="expired"):
        asyncio.run(some.comes_again(ticket))


def test_one_that_was_spent_just_before_it_expired_comes_again() -> None:
    now = Clock()
    some = tickets(now)
    ticket = some.issue("shop")
    now.now_s += 59
    spend(some, ticket.text)
    now.now_s += 5
    assert asyncio.run(some.comes_again(ticket))


@pytest.mark.parametrize("moved_s", [-150, 30])
def test_it_is_good_once_even_if_the_clock_is_set(moved_s: float) -> None:
    now = Clock()
    some = tickets(now)
    text = some.issue("shop").text
    spend(some, text)
    now.now_s += moved_s
    with pytest.raises(Refused, match="used already"):
        spend(some, text)


def test_a_ticket_that_was_spent_can_still_be_read() -> None:
    now = Clock()
    some = tickets(now)
    issued = some.issue("shop")
    spend(some, issued.text)
    now.now_s += 1000
    assert some.read(issued.text) == issued


@pytest.mark.parametrize(("waited_s", "good"), [(59.9, True), (60, False), (1e6, False)])
def test_it_expires(waited_s: float, good: bool) -> None:
    now = Clock()
    some = tickets(now)
    text = some.issue("shop").text
    now.now_s += waited_s
    if good:
        assert spend(some, text).client == "shop"
    else:
        with pytest.raises(Refused, match="expired"):
            spend(some, text)


def test_a_replica_whose_clock_is_behind_does_not_take_a_spent_ticket_again() -> None:
    ahead, behind = Clock(), Clock()
    spent = SpentHere()
    one, other = (Tickets(KEY, 60, spent, clock) for clock in (ahead, behind))
    ticket = one.issue("shop")
    ahead.now_s += 59
    asyncio.run(one.spend(ticket))
    ahead.now_s += 50  # The other's clock is more than half a minute behind: for it it is good.
    behind.now_s = ahead.now_s - 50
    with pytest.raises(Refused, match="used already"):
        asyncio.run(other.spend(ticket))


TEXT = tickets().issue("shop").text


@settings(deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_one_character_changed_anywhere_is_refused(place: int, other: str) -> None:
    assume(TEXT[place] != other)
    with pytest.raises(Refused, match="not one of ours"):
        tickets().read(TEXT[:place] + other + TEXT[place + 1 :])


@settings(deadline=None)
@given(st.integers(0, len(TEXT)), st.text(min_size=1))
def test_anything_added_anywhere_is_refused(place: int, more: str) -> None:
    with pytest.raises(Refused, match="not one of ours"):
        tickets().read(TEXT[:place] + more + TEXT[place:])


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not one of ours"):
        tickets().read(text)


@settings(deadline=None)
@given(st.integers(0, len(TEXT) - 1))
def test_a_part_of_it_is_refused(length: int) -> None:
    with pytest.raises(Refused, match="not one of ours"):
        tickets().read(TEXT[:length])


def test_the_ticket_of_another_key_is_refused() -> None:
    with pytest.raises(Refused, match="not one of ours"):
        tickets().read(tickets(key=b"l" * 32).issue("shop").text)


def test_a_short_key_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(ValueError, match="has 31 bytes; expected 32 or more") as caught:
        tickets(key=b"k" * 31)
    assert "kkk" not in str(caught.value)
