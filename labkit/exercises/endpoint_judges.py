"""The judges of server-sent events: of the wire, of what an endpoint yields, of how it ends."""

import json
from collections.abc import Callable
from typing import Any

from labkit.exercises.exercise import Judge
from labkit.exercises.outcome import Outcome, shown, told
from labkit.sse import decode


def reads_as(*events: tuple[str, str]) -> Judge:
    """Want text on the wire that a browser reads as these (event, data)."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        value = outcome.value
        if not outcome.returned or not isinstance(value, str | bytes):
            return told(outcome)
        got = _read([value])
        read = f"reads as {shown(got)}" if got else "does not take for an event"
        return "" if got == list(events) else f"returned {shown(value)}, which a browser {read}."

    return judge


def _read(wire: list[Any]) -> list[tuple[str, str]]:
    """Return the (event, data) that a browser makes of `wire`, pieces of text or of bytes."""
    pieces = [piece.encode() if isinstance(piece, str) else piece for piece in wire]
    return [(event.event, event.data) for event in decode(pieces)]


def yields(*expected: Any) -> Judge:
    """Want a generator of exactly these values."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or not isinstance(outcome.value, list):
            return told(outcome)
        return "" if outcome.value == list(expected) else _yielded(outcome.value)

    return judge


def _yielded(values: list[Any]) -> str:
    return f"yielded {', '.join(map(shown, values))}." if values else "yielded nothing."


def yields_tokens(*texts: str) -> Judge:
    """Want a `token` event for each of these texts, with `{"text": …}` as its data."""

    def holds(events: list[tuple[str, Any]]) -> bool:
        tokens = [data for event, data in events if event == "token"]
        return [_item(data, "text") for data in tokens] == list(texts)

    return _yields_events(holds)


def yields_at_the_end(event: str, key: str, value: str | None = None) -> Judge:
    """Want one event besides the tokens, the last: `event`, with `value` or any text at `key`."""

    def holds(events: list[tuple[str, Any]]) -> bool:
        others = [(place, name) for place, (name, _) in enumerate(events) if name != "token"]
        if others != [(len(events) - 1, event)]:
            return False
        said = _item(events[-1][1], key)
        return said == value if value else bool(said) and isinstance(said, str)

    return _yields_events(holds)


def _item(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None


def _yields_events(holds: Callable[[list[tuple[str, Any]]], bool]) -> Judge:
    """Want SSE events whose data is JSON, such that `holds` is true of (event, what is in it)."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        values = outcome.value
        if not outcome.returned or not isinstance(values, list):
            return told(outcome)
        if not all(isinstance(value, str | bytes) for value in values):
            return _yielded(values)
        events = _read(values)
        no_json = [data for _, data in events if not _is_json(data)]
        if no_json:
            return f"yielded an event whose data arrives as {shown(no_json[0])}: that is no JSON."
        parsed = [(event, json.loads(data)) for event, data in events]
        return "" if holds(parsed) else _yielded(values)

    return judge


def _is_json(data: str) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def spares_the_loop() -> Judge:
    """Want the event loop going on while the PreparedModel, the first argument, is waited for."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if arguments[0].__self__.blocked:
            return "blocked the event loop while it waited: nobody else got their turn."
        return "" if outcome.returned else told(outcome)

    return judge


def sends(*events: str) -> Judge:
    """Want exactly these events sent to the PreparedReader, the second argument."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        sent = arguments[1].__self__.sent
        right = outcome.returned and sent == list(events)
        return "" if right else f"sent {shown(sent)}." if outcome.returned else told(outcome)

    return judge


def stops_at_once() -> Judge:
    """Want no waiting for events or for the reader when it is over, and nothing sent too late."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        events, reader = arguments[0], arguments[1].__self__
        if not outcome.returned:
            return told(outcome)
        if reader.sent_too_late:
            return f"sent {shown(reader.sent_too_late[0])} although the reader had left."
        if events.outwaited:
            return "went on waiting for the next event after the reader had left."
        late = "waited for the reader to leave after the last event was sent."
        return late if reader.outwaited else ""

    return judge


def closes_events() -> Judge:
    """Want the PreparedEvents, the first argument, closed, however the call ended."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if outcome.timed_out:
            return told(outcome)
        return "" if arguments[0].closed else "ended and left the events open."

    return judge
