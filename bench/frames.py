"""What is in the messages of a kernel's websocket, and how many bytes each kind of them takes."""

import json
import re
import struct
from collections import Counter
from typing import Any

DELTAS = "deltas"

_FRAME = re.compile(r"f\d+")
_DISPLAY = {"display_data": "first display", "update_display_data": "static transcript"}


def split(messages: list[bytes]) -> dict[str, int]:
    """Return the bytes of each kind of message; the kinds' sum is all bytes."""
    sizes: Counter[str] = Counter()
    for message in messages:
        sizes[_kind(*_decode(message))] += len(message)
    return dict(sizes)


def streamed_text(messages: list[bytes]) -> str:
    """Return the text that the frames of our widget carried, in their order."""
    states = [_state(content) for _, content in map(_decode, messages)]
    return "".join(
        f["text"] for state in states for key, f in state.items() if _FRAME.fullmatch(key)
    )


def _decode(message: bytes) -> tuple[str, dict[str, Any]]:
    """Return the type and the content of a message.

    `v1.kernel.websocket.jupyter.org`: a count of offsets, the offsets (all 64 bits, little-endian),
    then channel, header, parent header, metadata, content, and buffers.
    """
    (count,) = struct.unpack_from("<Q", message)
    offsets = struct.unpack_from(f"<{count}Q", message, 8)
    header = json.loads(message[offsets[1] : offsets[2]])
    content = json.loads(message[offsets[4] : offsets[5]])
    return str(header["msg_type"]), content


def _kind(msg_type: str, content: dict[str, Any]) -> str:
    if msg_type == "comm_open":
        state = _state(content)
        return "widget source" if "_esm" in state else "widget models"
    if msg_type == "comm_msg":
        return _update_kind(_state(content))
    return _DISPLAY.get(msg_type, "kernel status")


def _update_kind(state: dict[str, Any]) -> str:
    if any(_FRAME.fullmatch(key) for key in state):
        return DELTAS
    return "formatted document" if state.get("document") else "other widget updates"


def _state(content: dict[str, Any]) -> dict[str, Any]:
    data = content.get("data") or {}
    state = data.get("state") if isinstance(data, dict) else None
    return state if isinstance(state, dict) else {}
