"""Any events arrive as they were sent, and any bytes are read, however the wire is cut."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.sse import (
    Decoder,
    EventTooLongError,
    ServerSentEvent,
    adecode,
    comment,
    decode,
    encode,
)
from tests.sse.hard import EVENTS, TEXTS, WIRE, pieces

Event = ServerSentEvent


@pytest.mark.parametrize("name", TEXTS)
def test_hard_texts_arrive_as_they_are(name: str) -> None:
    assert list(decode(pieces(1, encode(Event(TEXTS[name]))))) == [Event(TEXTS[name])]


@pytest.mark.parametrize("size", [1, 2, 3, 1000, len(WIRE)])
def test_the_whole_wire_arrives_however_it_is_cut(size: int) -> None:
    assert list(decode(pieces(size))) == EVENTS


async def arriving(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_an_asynchronous_stream_gives_the_same_events() -> None:
    async def consume() -> list[tuple[ServerSentEvent, str]]:
        decoder = Decoder()
        stream = adecode(arriving(pieces(1000)), decoder)
        return [(event, decoder.last_event_id) async for event in stream]

    decoder = Decoder()
    expected = [(event, decoder.last_event_id) for event in decode(pieces(1000), decoder)]
    assert asyncio.run(consume()) == expected


LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))
DATA = st.lists(LINES).map("\n".join)
EVENT = st.builds(
    ServerSentEvent,
    data=DATA,
    event=LINES.filter(bool),
    id=st.none() | LINES.map(lambda line: line.replace("\0", "")),
    retry_ms=st.none() | st.integers(0, 10**18 - 1),
)
CUTS = st.lists(st.integers(0, 400), max_size=20)


def cut(wire: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(places), len(wire)]
    return [wire[start:end] for start, end in itertools.pairwise(edges)]


@given(st.lists(EVENT, max_size=5), CUTS)
def test_any_events_arrive_however_they_are_cut(events: list[Event], places: list[int]) -> None:
    wire = comment("begin") + comment().join(map(encode, events))
    assert list(decode(cut(wire, places))) == events


PIECES = [
    b"data",
    b"event",
    b"id",
    b"retry",
    b":",
    b" ",
    b"\n",
    b"\r",
    b"\0",
    b"7",
    b"\xef\xbb\xbf",
]
BYTES = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4)).map(b"".join)


@given(BYTES, CUTS)
def test_any_bytes_are_read_the_same_whole_and_cut(wire: bytes, places: list[int]) -> None:
    whole, parts = Decoder(), Decoder()
    assert whole.feed(wire) == list(decode(cut(wire, places), parts))
    assert (whole.last_event_id, whole.retry_ms) == (parts.last_event_id, parts.retry_ms)


@given(BYTES)
def test_what_was_read_can_be_sent_on(wire: bytes) -> None:
    events = Decoder().feed(wire)
    assert Decoder().feed(b"".join(map(encode, events))) == events


@given(BYTES, CUTS, st.integers(0, 30))
def test_a_limit_is_met_at_the_same_event_whole_and_cut(
    wire: bytes, places: list[int], limit: int
) -> None:
    assert until_error([wire], limit) == until_error(cut(wire, places), limit)


def until_error(chunks: list[bytes], limit: int) -> tuple[list[Event], bool]:
    events: list[Event] = []
    try:
        events.extend(decode(chunks, Decoder(limit=limit)))
    except EventTooLongError:
        return events, True
    return events, False
