"""The id of an SSE event: the answer's id, a dot, the number of the event."""

import re

from labkit.service.refusals import unknown

_EVENT_ID = re.compile(r"([\w-]{1,64})\.([0-9]{1,9})", re.ASCII)


def parse(event_id: str) -> tuple[str, int]:
    """Return the answer's id and the number in an event's id. Raises Refused 404."""
    parts = _EVENT_ID.fullmatch(event_id)
    if parts is None:
        raise unknown()
    return parts[1], int(parts[2])


def event_id(answer_id: str, number: int) -> str:
    """Return the id of the event `number`, from 1, of an answer."""
    return f"{answer_id}.{number}"
