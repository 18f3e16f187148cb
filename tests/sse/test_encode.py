"""Events as they go over the wire; what would arrive as another event is an error."""

import pytest

from labkit.sse import Decoder, ServerSentEvent, comment, encode

Event = ServerSentEvent


def test_the_wire_of_an_event_is_readable() -> None:
    event = Event("two\nlines", "token", "7", 1500)
    assert encode(event) == b"event: token\nid: 7\nretry: 1500\ndata: two\ndata: lines\n\n"


def test_a_plain_event_is_its_data() -> None:
    assert encode(Event("a")) == b"data: a\n\n"
    assert encode(Event()) == b"data: \n\n"
    assert encode(Event(id="")) == b"id: \ndata: \n\n"


@pytest.mark.parametrize(("text", "arrives"), [("a\rb", "a\nb"), ("a\r\nb\r\n\rc", "a\nb\n\nc")])
def test_each_line_end_in_data_arrives_as_a_newline(text: str, arrives: str) -> None:
    assert Decoder().feed(encode(Event(text))) == [Event(arrives)]


def test_a_comment_is_read_by_no_one() -> None:
    assert comment() == b":\n\n"
    assert comment("keep-alive") == b": keep-alive\n\n"
    assert comment("two\r\nlines") == b": two\n: lines\n\n"
    assert Decoder().feed(comment("data: a\ndata: b\n\n")) == []


@pytest.mark.parametrize("name", ["", "a\nb", "a\rb", "a\n"])
def test_a_name_that_would_arrive_as_another_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="name is one line that is not empty, but it is '"):
        encode(Event(event=name))


@pytest.mark.parametrize("id", ["a\nb", "\r", "a\0"])
def test_an_id_that_would_arrive_as_another_is_an_error(id: str) -> None:
    with pytest.raises(ValueError, match="id is one line without NUL, but it is '"):
        encode(Event(id=id))


@pytest.mark.parametrize("retry_ms", [-1, 1.5, True, 10**18])
def test_a_retry_that_would_be_ignored_is_an_error(retry_ms: int) -> None:
    with pytest.raises(ValueError, match=f"whole number from 0 .*, but it is {retry_ms}"):
        encode(Event(retry_ms=retry_ms))


def test_half_a_character_is_an_error_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"\(U\+D83C\).*join it .* or send JSON") as caught:
        encode(Event("tent \ud83c"))
    assert not isinstance(caught.value, UnicodeError)
