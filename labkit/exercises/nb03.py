"""The exercises of notebook 03: assemble tool calls, and decide what to do with them."""

# Learners see the solutions as they stand here, so the variables in them are not annotated.
# mypy: disable-error-code="var-annotated"

from collections.abc import Iterable
from typing import Any

from labkit.exercises.cases import stream as given
from labkit.exercises.cases import values
from labkit.exercises.exercise import Case, Exercise, rule
from labkit.exercises.judges import returns, returns_nested
from labkit.exercises.streams import PreparedStream, call_chunk, reply, usage_chunk
from labkit.exercises.tool_turn import ANSWERED, DETAILS, RUN_CALL, SEARCH, Call
from labkit.exercises.traces import trace
from labkit.reply import Reply


def assemble(stream: Iterable[Any]) -> list[Call]:
    """Return the tool calls of a stream, in the order they began.

    Each is a dictionary with "id", "name" and "arguments"; the
    arguments are one string, not parsed. No call at all gives [].
    An id (not None, not "") that is new begins a call; where the index
    is None, everything else continues the call before.
    Example: the fragments (index 0, id "c1", name "f", arguments "")
    and (index 0, arguments "{}") give
    [{"id": "c1", "name": "f", "arguments": "{}"}].
    """
    calls, at = [], {}
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                call = at.get(piece.index)
                if call is None or piece.id not in (None, "", call["id"]):
                    call = {"id": piece.id, "name": "", "arguments": ""}
                    calls.append(call)
                at[piece.index] = call
                call["name"] = call["name"] or piece.function.name
                call["arguments"] += piece.function.arguments or ""
    return calls


def next_step(finish_reason: str | None, calls: list[Call]) -> str:
    """Return in a word what to do when a stream has ended.

    "run" if there are whole calls, "answer" if there are none, and
    "incomplete" if no finish reason came (None). With "length" the
    token limit was reached, so the last call may be half of one: that
    is "incomplete" too. Any other reason decides nothing.
    Example: next_step("stop", []) is "answer".
    """
    if not calls:
        return "answer" if finish_reason else "incomplete"
    return "incomplete" if finish_reason in (None, "length") else "run"


def _trace(name: str) -> Case:
    """Return the case of a trace; the right answer is what labkit makes of it."""
    calls = Reply.of(trace(name)).tool_calls
    expected = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in calls]
    given = f"the trace {name!r}"
    return Case(given, lambda: (PreparedStream(trace(name)),), returns_nested(expected))


_MIXED = (
    call_chunk(0, id="call_a", name="search_products"),
    call_chunk(1, id="call_b", name="get_product_details"),
    call_chunk(0, '{"category": '),
    call_chunk(1, '{"product_id": '),
    call_chunk(0, '"tents"}'),
    call_chunk(1, '"P004"}'),
)
_LATER_FIRST = (
    call_chunk(1, '{"product_id": "P004"}', id="call_b", name="get_product_details"),
    call_chunk(0, '{"category": "tents"}', id="call_a", name="search_products"),
)

_ASSEMBLE = Exercise(
    key="03.assemble",
    title="Assemble",
    solution=assemble,
    rules=(
        rule(
            "Append the arguments of each fragment; what comes is no JSON until the last one.",
            _trace("text_then_call"),
        ),
        rule(
            "A stream of text alone has no calls, and some chunks have no choices.",
            given(returns_nested([]), *reply("Hel", "lo"), usage_chunk()),
            _trace("single"),
            _trace("azure"),
        ),
        rule(
            "The index says which call a fragment belongs to. They may be mixed, in any order.",
            _trace("parallel"),
            given(returns_nested([SEARCH, DETAILS]), *_MIXED),
            given(returns_nested([DETAILS, SEARCH]), *_LATER_FIRST),
        ),
        rule(
            "Set the name once: a server may repeat it in every fragment.",
            _trace("repeated_name"),
        ),
        rule(
            "Without an index (None), a new id begins a new call; all else continues the last.",
            _trace("missing_index"),
        ),
        rule(
            "Another id at a known index begins a new call. None and an empty text are no ids.",
            _trace("whole"),
            _trace("blank_ids"),
        ),
        rule(
            "Keep what came, even if it never becomes JSON: to parse it is not our job yet.",
            _trace("broken_json"),
            _trace("cut"),
        ),
    ),
    hints=(
        "Two things to keep: the list of calls, and a dictionary that says which call is being "
        "filled at each index. None is a key like any other.",
        "A fragment begins a new call in two cases: nothing is at its index yet, or it carries an "
        "id (not None, not empty) that is not the id of the call there.",
        "For each fragment: find its call or begin one, and note it at the index. Then "
        '`call["name"] = call["name"] or …`, and append `arguments or ""`. Loop over '
        "`chunk.choices`, and over `choice.delta.tool_calls or []`.",
    ),
)

_NEXT_STEP = Exercise(
    key="03.next_step",
    title="What next?",
    solution=next_step,
    rules=(
        rule(
            "Calls are there to be run.",
            values(returns("run"), "tool_calls", [SEARCH]),
            values(returns("run"), "tool_calls", [SEARCH, DETAILS]),
        ),
        rule(
            "The calls decide, not the reason: a forced tool ends with `stop`.",
            values(returns("run"), "stop", [SEARCH]),
            values(returns("run"), "function_call", [SEARCH]),
        ),
        rule(
            "No calls: the text is the answer. Some servers say `tool_calls` all the same.",
            values(returns("answer"), "stop", []),
            values(returns("answer"), "tool_calls", []),
        ),
        rule(
            "No finish reason: the stream was cut, and the last call may be half of one.",
            values(returns("incomplete"), None, [SEARCH]),
            values(returns("incomplete"), None, []),
        ),
        rule(
            "`length`: the token limit has cut the last call, or the text.",
            values(returns("incomplete"), "length", [SEARCH]),
            values(returns("answer"), "length", []),
        ),
    ),
    hints=(
        "Look at the calls first. What can the answer be without any, and what with some?",
        "With calls, two reasons out of all make them incomplete. Every other one means run.",
        'Without calls, only None is incomplete. With calls, `finish_reason in (None, "length")` '
        'is. The word "tool_calls" does not occur in the solution.',
    ),
)

EXERCISES = (_ASSEMBLE, _NEXT_STEP, RUN_CALL, ANSWERED)
