"""Traces: short streams that call tools, in the dialects of several servers, down to the bytes.

They are written by hand after the forms of real recordings; names, products and ids are ours. One
file in `trace_files/` is one trace.
"""

import json
from importlib.resources import files

from openai.types.chat import ChatCompletionChunk

from labkit.errors import LabError
from labkit.sse import decode

_FOLDER = files("labkit.exercises").joinpath("trace_files")
_DONE = "[DONE]"


def traces() -> list[str]:
    """Return the names of all traces."""
    return sorted(file.name.removesuffix(".sse") for file in _FOLDER.iterdir())


def raw(name: str) -> str:
    """Return the trace `name` as it stands on the wire; raises LabError if there is none."""
    if name not in traces():
        raise LabError(f"There is no trace {name!r}. These exist: {', '.join(traces())}.")
    return _FOLDER.joinpath(f"{name}.sse").read_text(encoding="utf-8")


def trace(name: str) -> list[ChatCompletionChunk]:
    """Return the chunks of the trace `name`, as the SDK makes them of its bytes.

    What a server leaves out, such as the index of a tool call, is None. Raises LabError for an
    unknown name.
    """
    data = (event.data for event in decode([raw(name).encode()]))
    return [ChatCompletionChunk.construct(**json.loads(item)) for item in data if item != _DONE]
