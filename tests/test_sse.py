"""Reading server-sent events: the standard's own examples, each of its rules, and the limit."""

import pytest

from labkit.sse import (
    Decoder,
    EventTooLongError,
    ServerSentEvent,
    decode,
)
from tests.sse.hard import CUT_OFF, pieces

Event = ServerSentEvent


def read(wire: str) -> list[ServerSentEvent]:
    return Decoder().feed(wire.encode())


def data(wire: str) -> list[str]:
    return [event.data for event in read(wire)]


def after(wire: str) -> Decoder:
    decoder = Decoder()
    decoder.feed(wire.encode())
    return decoder


# The examples of the standard: the introduction of 9.2, then 9.2.6.


def test_example_of_messages_with_one_and_with_two_lines() -> None:
    wire = (
        "data: This is the first message.\n\n"
        "data: This is the second message, it\ndata: has two lines.\n\n"
        "data: This is the third message.\n\n"
    )
    second = "This is the second message, it\nhas two lines."
    assert data(wire) == ["This is the first message.", second, "This is the third message."]


def test_example_of_named_events() -> None:
    wire = "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n"
    names = [Event("73857293", "add"), Event("2153", "remove"), Event("113411", "add")]
    assert read(wire) == names


def test_example_of_the_stock_ticker() -> None:
    assert read("data: YHOO\ndata: +2\ndata: 10\n\n") == [Event("YHOO\n+2\n10")]


def test_example_of_four_blocks_with_comment_and_ids() -> None:
    wire = (
        ": test stream\n\n"
        "data: first event\nid: 1\n\n"
        "data:second event\nid\n\n"
        "data:  third event\n\n"
    )
    decoder = Decoder()
    stream = decode([wire.encode()], decoder)
    ids = [(event.data, event.id, decoder.last_event_id) for event in stream]
    assert ids == [("first event", "1", "1"), ("second event", "", ""), (" third event", None, "")]


def test_example_of_the_third_block_cut_off() -> None:
    assert data("data: first\n\ndata: second\n\ndata:  third event\n") == ["first", "second"]


def test_example_of_empty_data_and_of_a_newline() -> None:
    assert data("data\n\ndata\ndata\n\ndata:") == ["", "\n"]


def test_example_of_the_space_after_the_colon() -> None:
    assert read("data:test\n\ndata: test\n\n") == [Event("test"), Event("test")]


# One rule each.


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
def test_each_line_end_ends_a_line(end: str) -> None:
    assert read(f"event: token{end}data: a{end}data: b{end}{end}") == [Event("a\nb", "token")]


def test_line_ends_may_be_mixed() -> None:
    assert data("data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r") == ["a\nb\nc", "d"]


def test_other_separators_end_no_line() -> None:
    assert data("data: a\x0bb\x0cc\x1cd\x85e\u2028f\n\n") == ["a\x0bb\x0cc\x1cd\x85e\u2028f"]


def test_a_line_end_cut_between_cr_and_lf_is_one() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\ndata: b\r\n\r") == [Event("a\nb")]  # at once, before its LF
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"\ndata: c\n\n") == [Event("c")]


def test_a_character_cut_in_two_is_whole() -> None:
    assert list(decode(pieces(1, "data: ⛺🏕️\n\n".encode()))) == [Event("⛺🏕️")]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_one_leading_bom_is_dropped(size: int) -> None:
    assert list(decode(pieces(size, "\ufeffdata: a\n\n".encode()))) == [Event("a")]


def test_a_second_bom_is_part_of_the_name() -> None:
    assert data("\ufeff\ufeffdata: a\ndata: b\n\n") == ["b"]
    assert data("data: a\n\n\ufeffdata: b\n\n") == ["a"]


def test_comments_are_ignored() -> None:
    assert data(":\n: note\n:data: no\ndata: a\n: between\ndata: b\n\n:\n\n") == ["a\nb"]


def test_unknown_fields_are_ignored() -> None:
    assert data("Data: no\ndatax: no\n data: no\ndata : no\n {}\ndata: a\n\n") == ["a"]


def test_a_field_without_colon_is_empty() -> None:
    assert read("data: a\nevent: token\nevent\nid: 1\nid\n\n") == [Event("a", id="")]


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert data("data:  two\ndata:\ttab\ndata:end \n\n") == [" two\n\ttab\nend "]


def test_a_colon_in_the_value_stays() -> None:
    assert data("data: a: b\ndata:: c\n\n") == ["a: b\n: c"]


def test_the_last_event_name_counts_and_lasts_for_one_event() -> None:
    wire = "event: a\nevent: b\ndata: 1\n\ndata: 2\n\n"
    assert read(wire) == [Event("1", "b"), Event("2")]


def test_without_data_nothing_is_dispatched_and_the_name_is_forgotten() -> None:
    assert read("event: done\n\ndata: a\n\n") == [Event("a")]


def test_without_data_the_id_counts_even_so() -> None:
    assert read("id: 5\n\n") == []
    assert after("id: 5\n\n").last_event_id == "5"


def test_the_id_stays_until_another_comes() -> None:
    decoder = after("id: 5\ndata: a\n\ndata: b\n\n")
    assert decoder.last_event_id == "5"
    assert decoder.feed(b"id: 6\ndata: c\n\n") == [Event("c", id="6")]
    assert decoder.last_event_id == "6"
    decoder.feed(b"id\n\n")
    assert decoder.last_event_id == ""


def test_an_id_counts_only_once_its_event_has_ended() -> None:
    assert after("id: 5\ndata: a\n\nid: 6\ndata: b\n").last_event_id == "5"


def test_the_next_connection_keeps_the_id_of_before() -> None:
    decoder = Decoder(last_event_id="5")
    decoder.feed(b"data: a\n\n")
    assert decoder.last_event_id == "5"


def test_an_id_with_nul_is_ignored() -> None:
    assert read("id: 1\nid: 2\0\ndata: a\n\n") == [Event("a", id="1")]


def test_retry_counts_at_once_and_stays() -> None:
    decoder = Decoder()
    assert decoder.retry_ms is None
    decoder.feed(b"retry: 2500\n")
    assert decoder.retry_ms == 2500
    assert decoder.feed(b"data: a\n\ndata: b\n\n") == [Event("a", retry_ms=2500), Event("b")]
    assert decoder.retry_ms == 2500


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1.5", "1e3", " 1", "1 ", "1_000", "0x10", "٣", "²", "9" * 5000]
)
def test_retry_of_anything_but_digits_is_ignored(value: str) -> None:
    assert after(f"retry: {value}\n").retry_ms is None
    assert read(f"retry: {value}\ndata: a\n\n") == [Event("a")]


@pytest.mark.parametrize(
    ("wire", "text"),
    [(b"\xff", "�"), (b"a\xe2\x9bz", "a�z"), (b"\xf0\x9f", "�"), (b"\xed\xa0\xbd", "���")],
)
def test_invalid_utf_8_becomes_a_replacement_character(wire: bytes, text: str) -> None:
    assert Decoder().feed(b"data: " + wire + b"\n\n") == [Event(text)]


@pytest.mark.parametrize("tail", [b"data: b", b"data: b\n", b"event: x\r\ndata: b\r\n", CUT_OFF])
def test_an_event_without_its_empty_line_is_dropped(tail: bytes) -> None:
    assert list(decode([b"data: a\n\n", tail])) == [Event("a")]


def test_a_string_is_not_fed() -> None:
    with pytest.raises(TypeError, match=r"fed bytes, but a string came: use iter_bytes\(\)"):
        Decoder().feed("data: a\n\n")  # type: ignore[arg-type]


# The limit.


@pytest.mark.parametrize("wire", [b"data: 78901", b"data: 7\ndata", b":2345678901", b"id:45678901"])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_an_event_beyond_the_limit_is_an_error(wire: bytes, size: int) -> None:
    decoder = Decoder(limit=10)
    with pytest.raises(EventTooLongError, match="hold 10 bytes, and this one holds more"):
        list(decode(pieces(size, wire), decoder))
    with pytest.raises(EventTooLongError):  # the rest would be another event than was sent
        decoder.feed(b"\n\ndata: x\n\n")


def test_an_event_at_the_limit_is_none() -> None:
    decoder = Decoder(limit=10)
    for _ in range(3):
        assert decoder.feed(b"data: 7890\r\n\r\n") == [Event("7890")]


def test_what_is_not_kept_does_not_count_towards_the_limit() -> None:
    decoder = Decoder(limit=10)
    for _ in range(100):
        assert decoder.feed(b":keepalive\nid: 567890\nevent: 890\nno: 567890\n") == []
    assert decoder.feed(b"data: 7890\n\n") == [Event("7890", "890", "567890")]


def test_events_before_the_long_one_are_not_lost() -> None:
    stream = decode([b"data: a\n\ndata: b\n\ndata: much too long\n\n"], Decoder(limit=10))
    assert [next(stream), next(stream)] == [Event("a"), Event("b")]
    with pytest.raises(EventTooLongError):
        next(stream)


def test_the_default_limit_is_one_mebibyte() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data:" + b"x" * (2**20 - 5)) == []
    with pytest.raises(EventTooLongError, match="hold 1048576 bytes"):
        decoder.feed(b"x")


class Counted(bytes):
    """Bytes that count how many of them are copied when a piece is split into lines."""

    copied = 0

    def splitlines(self, keepends: bool = False) -> list[bytes]:
        Counted.copied += len(self)
        return super().splitlines(keepends)


@pytest.mark.parametrize("size", [7, 4096, 65_536])
def test_each_byte_of_a_long_line_is_split_once(size: int) -> None:
    wire = b"data:" + b"x" * 5_000_000 + b"\n\n"
    Counted.copied = 0
    [event] = decode(map(Counted, pieces(size, wire)), Decoder(limit=len(wire)))
    assert len(event.data) == 5_000_000
    assert Counted.copied == len(wire)
