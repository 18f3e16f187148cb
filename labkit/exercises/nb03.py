"""The exercises of notebook 03: tool calls from fragments, run, answered, and what comes next."""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import date
from typing import Any

from labkit.deltas import delta_of
from labkit.exercises.agent_judges import returns_error
from labkit.exercises.cases import stream as given
from labkit.exercises.cases import trace, values
from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import as_json, keeps, returns, returns_nested
from labkit.exercises.outcome import Outcome
from labkit.exercises.streams import call_chunk, finish_chunk, reply
from labkit.exercises.traces import recorded
from labkit.outdoor import TOOL_FUNCTIONS
from labkit.reply import Reply

Call = dict[str, str]


def assemble(stream: Iterable[Any]) -> list[Call]:
    """Return the tool calls of a stream, in the order they began.

    Each is a dictionary of "id", "name" and "arguments": the pieces
    of the JSON joined, not parsed. A stream of text alone gives [].
    A fragment continues the call of its index; if the index is None,
    the call before it. But an id that is another than that call's
    begins a new call. None and "" are no id.
    Example: the fragments (index 0, id "call_1", name "add_up",
    arguments "") and (index 0, arguments "{}") give
    [{"id": "call_1", "name": "add_up", "arguments": "{}"}].
    """
    calls, call_of = [], {}
    for chunk in stream:
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or []:
                call = call_of.get(part.index)
                if not call or part.id not in (None, "", call["id"]):
                    call = {"id": part.id, "name": part.function.name}
                    call["arguments"] = ""
                    calls.append(call)
                call["arguments"] += part.function.arguments or ""
                call_of[part.index] = call_of[None] = call
    return calls


def run_call(call: Call, functions: dict[str, Callable[..., Any]]) -> str:
    """Return what the model reads about this call; raise nothing.

    `call` has "id", "name" and "arguments", as `assemble` returns it;
    empty arguments mean {}. `functions` has the function of each name.
    What the function returns becomes JSON. If anything goes wrong,
    return the JSON of {"error": a sentence}. In it is the name, if it
    is unknown, or the message of the exception.
    Example: {"id": "call_1", "name": "add_up", "arguments":
    '{"prices": [4, 2.5]}'} and {"add_up": sum_of_prices} give "6.5".
    """
    try:
        if call["name"] not in functions:
            raise LookupError(f"There is no tool {call['name']!r}.")
        arguments = json.loads(call["arguments"] or "{}")
        return json.dumps(functions[call["name"]](**arguments))
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


def answered(
    messages: list[dict[str, Any]], text: str, calls: list[Call], results: list[str]
) -> list[dict[str, Any]]:
    """Return a new list: the messages, the turn, and its results.

    `text` is what the model said in this turn, and `calls` what it
    called, as `assemble` returns it; `results` has a string for each.
    The turn is one message. Its content is the text, None if it is "":
    {"role": "assistant", "content": None, "tool_calls": [
      {"id": "call_1", "type": "function",
       "function": {"name": "add_up", "arguments": "{}"}}]}
    Then comes a message for each call:
    {"role": "tool", "tool_call_id": "call_1", "content": "6.5"}
    """
    turn = {"role": "assistant", "content": text or None, "tool_calls": []}
    answers = []
    for call, result in zip(calls, results, strict=True):
        function = {"name": call["name"], "arguments": call["arguments"]}
        called = {"id": call["id"], "type": "function", "function": function}
        turn["tool_calls"].append(called)
        answer = {"role": "tool", "tool_call_id": call["id"]}
        answers.append({**answer, "content": result})
    return [*messages, turn, *answers]


def next_step(finish_reason: str | None, calls: list[Call]) -> str:
    """Return what to do after a stream, in a word.

    "incomplete" if no finish reason came (None): the stream was cut,
    perhaps within a call. Otherwise "run" if there are calls, and
    "answer" if there are none.
    Example: next_step("tool_calls", [call]) is "run".
    """
    if finish_reason is None:
        return "incomplete"
    return "run" if calls else "answer"


def _traced(name: str) -> Case:
    """Return the case of a trace, whose calls our own Reply knows too."""
    whole = Reply()
    for chunk in recorded(name):
        whole.add(delta_of(chunk))
    calls = [_call(call.id, call.name, call.arguments) for call in whole.tool_calls]
    return trace(returns_nested(calls), name)


def _call(id: str, name: str, arguments: str) -> Call:
    return {"id": id, "name": name, "arguments": arguments}


def _run(
    judge: Judge, name: str, arguments: str, function: Callable[..., Any] | None = None
) -> Case:
    """Return the case of a call of `function`, known by this name; else of the shop's tools."""
    functions = TOOL_FUNCTIONS if function is None else {name: function}
    given = f"a call of {name!r} with the arguments {arguments!r}"
    call = _call("call_1", name, arguments)
    return Case(given, lambda: (dict(call), dict(functions)), judge)


def _any(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
    return ""


def _next_in_stock() -> date:
    return date(2026, 12, 1)


def _sold_out(product_id: str) -> None:
    raise LookupError(f"{product_id} is sold out")


def _silent(product_id: str) -> None:
    raise TimeoutError


def _shops() -> list[str]:
    return ["Leeds", "York"]


def _turn(judge: Judge, text: str, *calls: Call, results: tuple[str, ...] = ()) -> Case:
    """Return the case of a turn that follows the question; `results` has one for each call."""
    arguments = (_QUESTION, text, list(calls), list(results))
    kinds = ", ".join(f"{call['name']} with the id {call['id']!r}" for call in calls)
    sentence = f"the text {text!r} and the calls {kinds}"
    return Case(sentence, lambda: deepcopy(arguments), judge)


_HELLO = reply("Hel", "lo")
_MIXED = (
    call_chunk(0, id="call_a", name="search_products"),
    call_chunk(1, id="call_b", name="calculate_total"),
    call_chunk(0, '{"category": '),
    call_chunk(1, '{"product_ids": '),
    call_chunk(0, '"tents"}'),
    call_chunk(1, '["P001"]}'),
    finish_chunk("tool_calls"),
)
_LATER_FIRST = (
    call_chunk(1, "{}", id="call_b", name="search_products"),
    call_chunk(0, "{}", id="call_a", name="calculate_total"),
)
_INDEX_ONCE = (
    call_chunk(0, id="call_a", name="search_products"),
    call_chunk(None, '{"category": '),
    call_chunk(None, '"tents"}'),
)

_TENTS = _call("call_a", "search_products", '{"category": "tents"}')
_BAGS = _call("call_b", "search_products", '{"category": "sleeping bags"}')
_TOTAL = _call("call_b", "calculate_total", '{"product_ids": ["P001"]}')

_ASSEMBLE = Exercise(
    key="03.assemble",
    title="From fragments to calls",
    solution=assemble,
    rules=(
        rule(
            "A list, and in it a dictionary for each call: id, name, and all its arguments joined.",
            _traced("text_then_call"),
        ),
        rule(
            "Join the arguments, and leave them as they are: they may be cut, or no JSON.",
            _traced("broken_json"),
            _traced("cut"),
        ),
        rule(
            "Skip a chunk whose `choices` is empty.",
            _traced("single"),
            _traced("azure"),
        ),
        rule(
            "The index says to which call a fragment belongs; the order is that of the beginnings.",
            _traced("parallel"),
            given(returns_nested([_TENTS, _TOTAL]), *_MIXED),
            given(returns_nested([{"id": "call_b"}, {"id": "call_a"}]), *_LATER_FIRST),
        ),
        rule(
            "Id and name come whole. Set them once: some servers repeat them in each fragment.",
            _traced("repeated_name"),
        ),
        rule(
            "Some servers leave the index out. None continues the call before; a new id begins "
            "the next one.",
            _traced("missing_index"),
            given(returns_nested([_TENTS]), *_INDEX_ONCE),
        ),
        rule(
            "Another id begins another call, even at the same index. None and an empty id do not.",
            _traced("whole"),
            _traced("blank_ids"),
        ),
        rule(
            "Without any call the list is empty.",
            given(returns([]), *_HELLO),
            given(returns([])),
        ),
    ),
    hints=(
        "Two variables before the loop: the list of calls, and a dictionary from the index to "
        "the call that has begun there. Three loops: chunks, choices, fragments.",
        "`choice.delta.tool_calls` may be None; `or []` makes a loop over it harmless. None may be "
        "a key of the dictionary: keep the latest call there too.",
        "For each fragment look up the call of `part.index`. If there is none, or `part.id` is "
        "neither None nor empty nor that call's id, begin a new call and put it into the list. "
        "Then append the arguments, and note the call under the index and under None.",
    ),
)

_RUN_CALL = Exercise(
    key="03.run_call",
    title="Run a call, whatever it says",
    solution=run_call,
    rules=(
        rule(
            "Call the function with the parsed arguments, as keywords. Its result becomes JSON.",
            _run(
                as_json(returns(TOOL_FUNCTIONS["get_product_details"]("P004"))),
                "get_product_details",
                '{"product_id": "P004"}',
            ),
            _run(
                as_json(returns(TOOL_FUNCTIONS["calculate_total"](["P001", "P004"], 10))),
                "calculate_total",
                '{"product_ids": ["P001", "P004"], "discount_percent": 10}',
            ),
        ),
        rule(
            "Empty arguments mean none: some servers send no `{}`.",
            _run(as_json(returns(["Leeds", "York"])), "list_shops", "", _shops),
            _run(as_json(returns(["Leeds", "York"])), "list_shops", "{}", _shops),
        ),
        rule(
            "A model may invent a tool. The error has its name, so that the model can correct it.",
            _run(as_json(returns_error("rent_tent")), "rent_tent", '{"nights": 2}'),
        ),
        rule(
            "Arguments that are no JSON, or no JSON object, are an error too.",
            _run(as_json(returns_error()), "search_products", '{"max_price": 10%}'),
            _run(as_json(returns_error()), "search_products", '{"category": "te'),
            _run(as_json(returns_error()), "search_products", '["tents"]'),
        ),
        rule(
            "If the call does not fit or the function raises, the error has the exception's "
            "message.",
            _run(as_json(returns_error("colour")), "search_products", '{"colour": "red"}'),
            _run(
                as_json(returns_error("P004 is sold out")),
                "reserve",
                '{"product_id": "P004"}',
                _sold_out,
            ),
        ),
        rule(
            "An exception may have no message, as TimeoutError() has none. Its kind says something "
            "too.",
            _run(as_json(returns_error()), "reserve", '{"product_id": "P004"}', _silent),
        ),
        rule(
            "A result may be something that JSON does not know, as a date. That raises nothing "
            "either.",
            _run(as_json(_any), "next_in_stock", "{}", _next_in_stock),
        ),
    ),
    hints=(
        "Write the three lines for the good case first: parse, call, make JSON. Which of them "
        "can raise?",
        "All three can. `except Exception as error` around them catches whatever it is; "
        "`str(error)` is its message, `type(error).__name__` its kind.",
        '`call["arguments"] or "{}"` takes care of the empty ones. In the `try`: look up the '
        "name, parse, `function(**arguments)`, `json.dumps`. After the `except`, `json.dumps` of "
        "a dictionary with the kind and the message.",
    ),
)

_QUESTION = [
    {"role": "system", "content": "You sell outdoor gear."},
    {"role": "user", "content": "Which tents do you have?"},
]
_TWO = (_TENTS, _BAGS)
_FOUND = ('[{"id": "P001"}]', '[{"id": "P004"}, {"id": "P005"}]')
_BOTH = (_QUESTION, "", [*_TWO], [*_FOUND])

_ANSWERED = Exercise(
    key="03.answered",
    title="What the model has to see",
    solution=answered,
    rules=(
        rule(
            "First the messages there were, then one of the role assistant, then one of the role "
            "tool for each call.",
            _turn(
                returns_nested([*_QUESTION, {"role": "assistant"}, {"role": "tool"}]),
                "",
                _TENTS,
                results=_FOUND[:1],
            ),
            _turn(
                returns_nested([*_QUESTION, {"role": "assistant"}, *[{"role": "tool"}] * 2]),
                "",
                *_TWO,
                results=_FOUND,
            ),
        ),
        rule(
            "The content of the assistant message is the text of the turn; None if it is empty.",
            _turn(
                returns_nested([{}, {}, {"content": "I look."}, {}]),
                "I look.",
                _TENTS,
                results=_FOUND[:1],
            ),
            _turn(returns_nested([{}, {}, {"content": None}, {}]), "", _TENTS, results=_FOUND[:1]),
        ),
        rule(
            "`tool_calls` has every call in the API's form; the arguments are still a string.",
            _turn(
                returns_nested(
                    [
                        *({}, {}),
                        {
                            "tool_calls": [
                                {
                                    "id": call["id"],
                                    "type": "function",
                                    "function": {
                                        "name": call["name"],
                                        "arguments": call["arguments"],
                                    },
                                }
                                for call in _TWO
                            ]
                        },
                        *({}, {}),
                    ]
                ),
                "",
                *_TWO,
                results=_FOUND,
            ),
        ),
        rule(
            "Each tool message has the id of its call and the result of its call.",
            _turn(
                returns_nested(
                    [
                        *({}, {}, {}),
                        {"tool_call_id": "call_a", "content": _FOUND[0]},
                        {"tool_call_id": "call_b", "content": _FOUND[1]},
                    ]
                ),
                "",
                *_TWO,
                results=_FOUND,
            ),
        ),
        rule(
            "Return a new list. What was handed in stays as it was.",
            _turn(keeps(*_BOTH), "", *_TWO, results=_FOUND),
        ),
    ),
    hints=(
        "Copy the two forms from the docstring and replace the values, one after the other.",
        "`zip(calls, results)` gives each call with its result. `[*messages, turn, *answers]` is a "
        "new list; `messages.append` would change the old one.",
        'A dictionary for the turn with an empty list under "tool_calls", and an empty list of '
        "answers. In the loop over calls and results, append one dictionary to each.",
    ),
)

_NEXT_STEP = Exercise(
    key="03.next_step",
    title="What now?",
    solution=next_step,
    rules=(
        rule(
            "Calls are there to be run.",
            values(returns("run"), "tool_calls", [_TENTS]),
            values(returns("run"), "tool_calls", [*_TWO]),
        ),
        rule(
            "A forced tool ends with `stop`, and so do some servers. The calls decide, not the "
            "finish reason.",
            values(returns("run"), "stop", [_TENTS]),
            values(returns("run"), "function_call", [_TENTS]),
        ),
        rule(
            "A turn without calls is the answer, whatever its finish reason says.",
            values(returns("answer"), "stop", []),
            values(returns("answer"), "length", []),
            values(returns("answer"), "tool_calls", []),
        ),
        rule(
            "No finish reason means that the stream was cut. The last call may be half of one: "
            "do not run it.",
            values(returns("incomplete"), None, []),
            values(returns("incomplete"), None, [_TENTS]),
        ),
    ),
    hints=(
        "How many of the finish reasons do you have to know by name? The rules need very few.",
        "First ask whether a finish reason came at all. An empty list is false.",
        "Two questions in this order: is the finish reason None, and are there calls? No word "
        "such as stop or tool_calls stands in the solution.",
    ),
)

EXERCISES = (_ASSEMBLE, _RUN_CALL, _ANSWERED, _NEXT_STEP)
