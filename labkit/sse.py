"""Server-sent events: encode them to the wire, decode them from it. Pure, no I/O.

As in the WHATWG HTML standard, section 9.2: format in 9.2.5, interpretation in 9.2.6.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile("\r\n|\r|\n")
_MILLISECONDS = re.compile("[0-9]{1,18}")


class EventTooLongError(ValueError):
    """An event grew beyond the decoder's limit."""


@dataclass(frozen=True)
class ServerSentEvent:
    """One event: `data`, its lines joined by newlines, and the name that listeners wait for.

    `id` and `retry_ms` are those that this event itself brought. None means it brought none: the
    reader keeps those of before. The id "" means that the reader shall forget the last one.
    """

    data: str = ""
    event: str = "message"
    id: str | None = None
    retry_ms: int | None = None


def encode(event: ServerSentEvent) -> bytes:
    r"""Return `event` as it goes over the wire, with the empty line that dispatches it.

    A line of the wire ends at LF, CR or CRLF, so `data` cannot hold a CR: each of the three arrives
    as "\n". To keep them apart, send JSON. Raises ValueError for what would arrive as another
    event: an empty name or one of several lines, such an id or one with NUL, a `retry_ms` that is
    no count, half a surrogate pair.
    """
    fields = [("data", line) for line in _LINE_END.split(event.data)]
    if event.retry_ms is not None:
        fields.insert(0, ("retry", _milliseconds(event.retry_ms)))
    if event.id is not None:
        fields.insert(0, ("id", _id(event.id)))
    if event.event != "message":
        fields.insert(0, ("event", _name(event.event)))
    return _wire("".join(f"{name}: {value}\n" for name, value in fields) + "\n")


def comment(text: str = "") -> bytes:
    """Return `text` as a comment, which readers ignore: it keeps a quiet connection alive."""
    lines = [f": {line}".rstrip(" ") for line in _LINE_END.split(text)]
    return _wire("\n".join(lines) + "\n\n")


class Decoder:
    """Turns bytes, cut anywhere, into the events that a browser would dispatch.

    `last_event_id` is what a browser sends as `Last-Event-ID` when it connects again; hand it to
    the next connection's decoder. `retry_ms` is how long it waits before that, or None while the
    server has not said. An event that its empty line has not ended is never dispatched.
    `limit` bounds, in bytes, the data lines of one event and any other line.
    """

    def __init__(self, *, limit: int = 2**20, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self._limit = limit
        self._line = bytearray()  # appended to in linear time, unlike bytes
        self._first_line = True
        self._after_cr = False
        self._begin_event()

    def _begin_event(self) -> None:
        self._size = 0
        self._data: list[str] = []
        self._event = ""
        self._id: str | None = None
        self._retry_ms: int | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take in `chunk` and return the events that it completes.

        Raises EventTooLongError when an event exceeds the limit, from then on at every call.
        """
        return list(self._events(chunk))

    def _events(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Yield each event before the next line is read: the attributes are those of its time."""
        for piece in self._pieces(chunk):
            body = piece.rstrip(b"\r\n")
            self._grow(body)
            if len(body) < len(piece) and (event := self._end_line()):
                yield event

    def _pieces(self, chunk: bytes) -> list[bytes]:
        """Split `chunk` after each line end; a CRLF that was cut in two ends one line."""
        if isinstance(chunk, str):  # type: ignore[unreachable]
            raise TypeError("A decoder is fed bytes, but a string came: use iter_bytes().")
        if not chunk:
            return []
        rest = chunk.removeprefix(b"\n") if self._after_cr else chunk
        self._after_cr = chunk.endswith(b"\r")
        return rest.splitlines(keepends=True)

    def _grow(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._limit:
            raise EventTooLongError(
                f"An event may hold {self._limit} bytes, and this one holds more: "
                "check that this is an event stream, or give the decoder a higher limit."
            )
        self._line += body

    def _end_line(self) -> ServerSentEvent | None:
        """Interpret the line that has ended; return the event if this was its empty line."""
        line, self._line = bytes(self._line), bytearray()
        size = len(line)
        if self._first_line:
            line, self._first_line = line.removeprefix(_BOM), False
        if not line:
            return self._end_event()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        self._set(name, value.removeprefix(" "))
        if name != "data":  # it is not kept, or it replaces one of before
            self._size -= size
        return None

    def _set(self, name: str, value: str) -> None:
        """Keep a field. Ignored: unknown names, the empty name of a comment, ill-formed values."""
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and _MILLISECONDS.fullmatch(value):
            self.retry_ms = self._retry_ms = int(value)

    def _end_event(self) -> ServerSentEvent | None:
        """Return the event, or None if it has no data line; its id counts even so."""
        event = None
        if self._id is not None:
            self.last_event_id = self._id
        if self._data:
            data, name = "\n".join(self._data), self._event or "message"
            event = ServerSentEvent(data, name, self._id, self._retry_ms)
        self._begin_event()
        return event


def decode(chunks: Iterable[bytes], decoder: Decoder | None = None) -> Iterator[ServerSentEvent]:
    """Yield the events of a stream. A given `decoder` shows, at each one, the last event id."""
    decoder = decoder or Decoder()
    for chunk in chunks:
        yield from decoder._events(chunk)


async def adecode(
    chunks: AsyncIterable[bytes], decoder: Decoder | None = None
) -> AsyncIterator[ServerSentEvent]:
    """Yield the events of an asynchronous stream, as `decode` does."""
    decoder = decoder or Decoder()
    async for chunk in chunks:
        for event in decoder._events(chunk):
            yield event


def _name(event: str) -> str:
    if not event or _LINE_END.search(event):
        raise ValueError(f"An event's name is one line that is not empty, but it is {event!r}.")
    return event


def _id(text: str) -> str:
    if "\0" in text or _LINE_END.search(text):
        raise ValueError(f"An event's id is one line without NUL, but it is {text!r}.")
    return text


def _milliseconds(retry_ms: int) -> str:
    if not _MILLISECONDS.fullmatch(str(retry_ms)):
        raise ValueError(f"retry_ms is a whole number from 0 to 10**18 - 1, but it is {retry_ms}.")
    return str(retry_ms)


def _wire(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise ValueError(
            f"The text holds half a character ({half}), which UTF-8 cannot carry: "
            "join it with its other half first, or send JSON."
        ) from None
