"""httpx2's own reader agrees with ours on our wire, and differs from the standard on others'."""

import httpx2
import pytest

from labkit.serving import Server
from labkit.sse import Decoder, decode
from tests.sse.hard import CUT_OFF, EVENTS, WIRE, pieces, seen

Rows = list[list[str]]


def theirs(chunks: list[bytes]) -> list[httpx2.ServerSentEvent]:
    request = httpx2.Request("GET", "http://127.0.0.1/")
    headers = {"content-type": "text/event-stream"}
    return list(
        httpx2.EventSource(
            httpx2.Response(200, headers=headers, content=iter(chunks), request=request)
        )
    )


def rows(events: list[httpx2.ServerSentEvent]) -> Rows:
    return [[event.event, event.data, event.id] for event in events]


def ours(wire: bytes) -> Rows:
    decoder = Decoder()
    return [[event.event, event.data, decoder.last_event_id] for event in decode([wire], decoder)]


@pytest.mark.parametrize("size", [1, 7, 1009, len(WIRE)])
def test_it_reads_the_events_that_we_encode(size: int) -> None:
    events = theirs(pieces(size, WIRE + CUT_OFF))
    assert rows(events) == seen(EVENTS)
    assert [event.retry for event in events] == [event.retry_ms for event in EVENTS]


@pytest.mark.parametrize("size", [1009, 65_536])
def test_it_reads_them_from_a_server(streams: Server, size: int) -> None:
    with httpx2.Client() as client, client.sse(f"{streams.url}/hard/{size}") as source:
        assert rows(list(source)) == seen(EVENTS)


SAME = {
    "CR": b"data: a\rdata: b\r\rdata: c\r\r",
    "CRLF": b"data: a\r\ndata: b\r\n\r\n",
    "mixed line ends": b"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n",
    "no colon": b"data\n\ndata\ndata\n\nevent: x\nevent\ndata\n\n",
    "spaces": b"data:a\ndata:  b\n data: c\ndata : d\n\n",
    "comments": b":\n: a\ndata: a\n:data: b\n\n",
    "unknown fields": b"Data: a\ndates: b\ndata: c\n\n",
    "an id with NUL": b"id: 1\nid: 2\0\ndata: a\n\n",
    "no empty line": b"data: a\n\ndata: b\n",
    "invalid UTF-8": b"data: \xff\xf0\x9f\xe2\x9bz\n\n",
}


@pytest.mark.parametrize("name", SAME)
def test_it_agrees_on_the_wire_of_others(name: str) -> None:
    assert rows(theirs(pieces(1, SAME[name]))) == rows(theirs([SAME[name]])) == ours(SAME[name])


# What the standard says first, then what httpx2 makes of it.
DIFFERENT: dict[str, tuple[bytes, Rows, Rows]] = {
    "it keeps a leading BOM": (
        b"\xef\xbb\xbfdata: a\n\ndata: b\n\n",
        [["message", "a", ""], ["message", "b", ""]],
        [["message", "b", ""]],
    ),
    "it dispatches a name without data": (
        b"event: done\n\ndata: a\n\n",
        [["message", "a", ""]],
        [["done", "", ""], ["message", "a", ""]],
    ),
    "it dispatches an id without data": (
        b"id: 5\n\ndata: a\n\n",
        [["message", "a", "5"]],
        [["message", "", "5"], ["message", "a", "5"]],
    ),
    "it dispatches a retry without data": (
        b"retry: 5\n\ndata: a\n\n",
        [["message", "a", ""]],
        [["message", "", ""], ["message", "a", ""]],
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_it_differs_from_the_standard(name: str) -> None:
    wire, standard, different = DIFFERENT[name]
    assert ours(wire) == standard
    assert rows(theirs([wire])) == different


@pytest.mark.parametrize("value", ["-1", " 1", "1_000", "٣"])
def test_it_takes_more_than_digits_for_a_retry(value: str) -> None:
    wire = f"retry: {value}\ndata: a\n\n".encode()
    assert [event.retry_ms for event in decode([wire])] == [None]
    assert [event.retry for event in theirs([wire])] == [int(value)]


def test_it_too_refuses_an_event_of_more_than_a_mebibyte() -> None:
    with pytest.raises(httpx2.TransportError, match="exceeded the 1048576 byte limit"):
        theirs(pieces(65_536, b"data:" + b"x" * 2**20))
