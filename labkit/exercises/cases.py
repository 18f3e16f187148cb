"""Makes cases: each names its own input, so that the name is never wrong."""

from copy import deepcopy
from typing import Any

from openai.types.chat import ChatCompletionChunk

from labkit.exercises.exercise import Case, Judge
from labkit.exercises.outcome import shown
from labkit.exercises.streams import PreparedAsyncStream, PreparedStream


def values(judge: Judge, *arguments: Any) -> Case:
    """Return the case of plain arguments; each call of the function gets copies."""
    return Case(" and ".join(map(shown, arguments)), lambda: deepcopy(arguments), judge)


def stream(
    judge: Judge, *chunks: ChatCompletionChunk, error: Exception | None = None, more: Any = ()
) -> Case:
    """Return the case of a stream of `chunks`, then `error`; `more` are further arguments."""
    given = _sentence(chunks, error, more)
    return Case(given, lambda: (PreparedStream(chunks, error), *more), judge)


def async_stream(
    judge: Judge, *chunks: ChatCompletionChunk, error: Exception | None = None, more: Any = ()
) -> Case:
    """Return the case of an asynchronous stream, for an exercise that is an `async def`."""
    given = _sentence(chunks, error, more)
    return Case(given, lambda: (PreparedAsyncStream(chunks, error), *more), judge)


def _sentence(chunks: tuple[ChatCompletionChunk, ...], error: Exception | None, more: Any) -> str:
    parts = [named(chunk) for chunk in chunks] or ["no chunks"]
    parts += [f"then {type(error).__name__}"] if error else []
    return " and ".join([f"the stream ({', '.join(parts)})", *map(shown, more)])


def named(chunk: ChatCompletionChunk) -> str:
    """Return what a chunk says, as a learner reads it: "role and ''", "finish reason 'stop'"."""
    if not chunk.choices:
        return "a usage chunk with no choices" if chunk.usage else "a chunk with no choices"
    choice = chunk.choices[0]
    if choice.delta.tool_calls:
        return " and ".join(map(_fragment, choice.delta.tool_calls))
    if choice.finish_reason:
        return f"finish reason {choice.finish_reason!r}"
    role = "role and " if choice.delta.role else ""
    return role + repr(choice.delta.content)


def _fragment(part: Any) -> str:
    """Return what the fragment of a tool call says: "fragment(index=0, arguments='{')"."""
    said = {"index": part.index, "id": part.id, **part.function.model_dump()}
    told = (f"{key}={value!r}" for key, value in said.items() if value is not None)
    return f"fragment({', '.join(told)})"
