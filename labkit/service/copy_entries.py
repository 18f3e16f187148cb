"""What the copy of an answer looks like in Redis: its keys, and the entries of its stream.

An entry holds the frames of some events, and the number of the `first`; its id begins with the
number of the last. The entry with `end` is the last one.
"""

from typing import Any

from labkit.service.redis_link import PREFIX

COLLECT_S = 0.1  # frames of this time are written, and read, together: a round trip costs more
ALIVE_S = 5  # without a sign of life for so long, the replica that made the answer is gone


def key(answer_id: str, part: str = "frames") -> str:
    """Return the key of one part of a copy.

    The others: its `client`, whether its maker is `alive`, who its `reader` is, a wish to `stop`.
    """
    return f"{PREFIX}:answer:{answer_id}:{part}"


def of_one(read: Any) -> list[Any]:
    """Return the entries of an XREAD of one stream; RESP3 answers with a mapping, RESP2 a list."""
    if not read:
        return []
    entries: list[Any] = read.popitem()[1][0] if isinstance(read, dict) else read[0][1]
    return entries


def unseen(fields: dict[bytes, bytes], number: int) -> bytes:
    """Return the frames of an entry that come after the event `number`."""
    skipped = max(0, number - int(fields[b"first"]) + 1)
    return fields[b"frames"].split(b"\n\n", skipped)[-1]


def last_of(entry_id: bytes) -> int:
    """Return the number of the last event in the entry of this id."""
    return int(entry_id.partition(b"-")[0])
