"""What is new in one chunk, whichever library it came from.

The libraries are told apart by the attributes of their chunks, so none of them is imported here.
"""

from typing import Any

from labkit.chunks.agent_framework import update_delta
from labkit.chunks.chat import chat_delta
from labkit.chunks.responses import response_delta
from labkit.chunks.semantic_kernel import content_delta, is_of_agent
from labkit.deltas import NOTHING, Delta

__all__ = ["delta_of", "says_why"]


def delta_of(chunk: Any) -> Delta:
    """Return what is new in `chunk`; what is of no known kind adds nothing.

    Known are strings, chat-completions chunks and the SDK's events of them, events of the Responses
    API, Semantic Kernel's contents (alone, from an agent, or in a list as `kernel.invoke_stream`
    yields them), and the updates of Microsoft Agent Framework. Of several choices the first counts.
    """
    if isinstance(chunk, str):
        return Delta(chunk)
    if hasattr(chunk, "choices"):
        return chat_delta(chunk)
    if isinstance(chunk, list):  # one content for each choice
        return delta_of(chunk[0]) if chunk else NOTHING
    kind = getattr(chunk, "type", None)
    if kind == "chunk":  # of `client.chat.completions.stream()`
        return chat_delta(chunk.chunk)
    if isinstance(kind, str) and kind.startswith("response."):
        return response_delta(chunk)
    if hasattr(chunk, "choice_index"):
        return content_delta(chunk)
    return update_delta(chunk) if hasattr(chunk, "contents") else NOTHING


def says_why(chunk: Any) -> bool:
    """Tell whether a chunk of this kind can carry a finish reason: text alone cannot."""
    return not (isinstance(chunk, str) or is_of_agent(chunk))
