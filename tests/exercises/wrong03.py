"""What learners write in notebook 03 before they are right; the original course among them."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201
# mypy: ignore-errors

import json

from labkit.exercises.catalogue import find


def grown(stream, key):
    """Assemble with `key(fragment)` as the only thing that tells calls apart."""
    calls = {}
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                call = calls.setdefault(key(piece), {"id": "", "name": "", "arguments": ""})
                call["id"] = call["id"] or piece.id
                call["name"] = call["name"] or piece.function.name
                call["arguments"] += piece.function.arguments or ""
    return list(calls.values())


def assemble_of_the_original(stream):
    current_tool_calls = {}
    for chunk in stream:
        choice = chunk.choices[0]
        delta = choice.delta
        if delta.tool_calls:
            for tc in delta.tool_calls:
                idx = tc.index
                if idx not in current_tool_calls:
                    current_tool_calls[idx] = {"id": tc.id or "", "name": "", "arguments": ""}
                if tc.id:
                    current_tool_calls[idx]["id"] = tc.id
                if tc.function.name:
                    current_tool_calls[idx]["name"] += tc.function.name
                if tc.function.arguments:
                    current_tool_calls[idx]["arguments"] += tc.function.arguments
    return list(current_tool_calls.values())


def assemble_by_index_alone(stream):
    return grown(stream, lambda piece: piece.index)


def assemble_into_one(stream):
    return grown(stream, lambda piece: 0)


def assemble_by_id_alone(stream):
    return grown(stream, lambda piece: piece.id)


def assemble_with_doubled_names(stream):
    calls = {}
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                call = calls.setdefault(piece.index, {"id": piece.id, "name": "", "arguments": ""})
                call["name"] += piece.function.name or ""
                call["arguments"] += piece.function.arguments or ""
    return list(calls.values())


def assemble_parsed(stream):
    calls = assemble_by_index_alone(stream)
    return [{**call, "arguments": json.loads(call["arguments"])} for call in calls]


def assemble_a_dictionary(stream):
    return dict(enumerate(assemble_by_index_alone(stream)))


def assemble_by_index_or_id(stream):
    calls, last = {}, None
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                last = piece.index if piece.index is not None else piece.id or last
                call = calls.setdefault(last, {"id": piece.id, "name": "", "arguments": ""})
                call["name"] = call["name"] or piece.function.name
                call["arguments"] += piece.function.arguments or ""
    return list(calls.values())


def assemble_in_the_order_of_arrival(stream):
    calls = []
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                if not calls or piece.id not in (None, "", calls[-1]["id"]):
                    call = {"id": piece.id, "name": piece.function.name, "arguments": ""}
                    calls.append(call)
                calls[-1]["arguments"] += piece.function.arguments or ""
    return calls


def assemble_sorted_by_index(stream):
    calls = {}
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                call = calls.setdefault(piece.index, {"id": "", "name": "", "arguments": ""})
                call["id"] = call["id"] or piece.id
                call["name"] = call["name"] or piece.function.name
                call["arguments"] += piece.function.arguments or ""
    return [calls[index] for index in sorted(calls)]


def assemble_with_empty_ids(stream):
    calls, at = [], {}
    for chunk in stream:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or []:
                call = at.get(piece.index)
                if call is None or (piece.id is not None and piece.id != call["id"]):
                    call = {"id": piece.id, "name": piece.function.name, "arguments": ""}
                    at[piece.index] = call
                    calls.append(call)
                call["arguments"] += piece.function.arguments or ""
    return calls


def assemble_only_what_is_json(stream):
    calls = []
    for call in find("03.assemble").solution(stream):
        try:
            json.loads(call["arguments"])
        except ValueError:
            continue
        calls.append(call)
    return calls


def step_of_the_original(finish_reason, calls):
    return "run" if finish_reason == "tool_calls" else "answer"


def step_by_the_calls_alone(finish_reason, calls):
    return "run" if calls else "answer"


def step_that_runs_what_was_cut(finish_reason, calls):
    if calls:
        return "run"
    return "incomplete" if finish_reason is None else "answer"


def step_that_believes_the_reason(finish_reason, calls):
    if finish_reason is None:
        return "incomplete"
    return "run" if calls or finish_reason == "tool_calls" else "answer"


def step_that_runs_what_the_limit_cut(finish_reason, calls):
    if finish_reason is None:
        return "incomplete"
    return "run" if calls else "answer"


def step_printed(finish_reason, calls):
    print("run")


def run_of_the_original(call, functions):
    arguments = json.loads(call["arguments"])
    return json.dumps(functions[call["name"]](**arguments))


def run_without_json(call, functions):
    return functions[call["name"]](**json.loads(call["arguments"] or "{}"))


def run_as_str(call, functions):
    return str(functions[call["name"]](**json.loads(call["arguments"] or "{}")))


def run_that_minds_only_json(call, functions):
    try:
        arguments = json.loads(call["arguments"] or "{}")
    except ValueError:
        return json.dumps({"error": "The arguments are no JSON."})
    return json.dumps(functions[call["name"]](**arguments))


def run_that_knows_its_tools(call, functions):
    if call["name"] not in functions:
        return json.dumps({"error": f"There is no tool {call['name']}."})
    return json.dumps(functions[call["name"]](**json.loads(call["arguments"] or "{}")))


def run_that_trusts_the_arguments(call, functions):
    try:
        return run_that_knows_its_tools(call, functions)
    except ValueError as error:
        return json.dumps({"error": str(error)})


def run_that_trusts_the_tools(call, functions):
    try:
        return run_that_knows_its_tools(call, functions)
    except (TypeError, ValueError) as error:
        return json.dumps({"error": str(error)})


def run_with_one_error_for_all(call, functions):
    try:
        return json.dumps(functions[call["name"]](**json.loads(call["arguments"] or "{}")))
    except Exception:
        return json.dumps({"error": "something went wrong"})


def run_with_errors_as_text(call, functions):
    try:
        return json.dumps(functions[call["name"]](**json.loads(call["arguments"] or "{}")))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def run_with_errors_and_without_empty_arguments(call, functions):
    try:
        return json.dumps(functions[call["name"]](**json.loads(call["arguments"])))
    except Exception as error:
        return json.dumps({"error": repr(error)})


def run_with_the_bare_message(call, functions):
    try:
        return json.dumps(functions[call["name"]](**json.loads(call["arguments"] or "{}")))
    except Exception as error:
        return json.dumps({"error": str(error)})


def run_with_json_outside_of_the_try(call, functions):
    try:
        result = functions[call["name"]](**json.loads(call["arguments"] or "{}"))
    except Exception as error:
        result = {"error": repr(error)}
    return json.dumps(result)


def answered_in_place(messages, text, calls, results):
    messages += assistant_turn(text, calls) + told_back(calls, results)
    return messages


def answered_without_the_turn(messages, text, calls, results):
    return messages + told_back(calls, results)


def answered_with_one_tool_message(messages, text, calls, results):
    return messages + assistant_turn(text, calls) + told_back(calls, results)[:1]


def answered_with_flat_calls(messages, text, calls, results):
    turn = {"role": "assistant", "content": text, "tool_calls": calls}
    return [*messages, turn, *told_back(calls, results)]


def answered_with_a_turn_for_each_call(messages, text, calls, results):
    more = []
    for call, result in zip(calls, results, strict=True):
        more += assistant_turn(text, [call]) + told_back([call], [result])
    return messages + more


def answered_without_the_text(messages, text, calls, results):
    return messages + assistant_turn(None, calls) + told_back(calls, results)


def answered_by_name(messages, text, calls, results):
    by_name = {call["name"]: call["id"] for call in calls}
    more = [{"role": "tool", "tool_call_id": name} for name in by_name]
    for message, result in zip(more, results, strict=False):
        message["content"] = result
    return messages + assistant_turn(text, calls) + more


def answered_with_parsed_arguments(messages, text, calls, results):
    parsed = [{**call, "arguments": json.loads(call["arguments"])} for call in calls]
    return messages + assistant_turn(text, parsed) + told_back(calls, results)


def answered_with_the_new_ones_alone(messages, text, calls, results):
    return assistant_turn(text, calls) + told_back(calls, results)


def assistant_turn(text, calls):
    wishes = []
    for call in calls:
        function = {"name": call["name"], "arguments": call["arguments"]}
        wishes.append({"id": call["id"], "type": "function", "function": function})
    return [{"role": "assistant", "content": text, "tool_calls": wishes}]


def told_back(calls, results):
    pairs = zip(calls, results, strict=True)
    return [{"role": "tool", "tool_call_id": c["id"], "content": r} for c, r in pairs]


# Key, wrong answer, and words of the message that it gets.
WRONG = [
    ("03.assemble", assemble_of_the_original, "raised IndexError"),
    ("03.assemble", assemble_by_index_alone, '"P002"}{"product_id"'),
    ("03.assemble", assemble_into_one, "The index says which call"),
    ("03.assemble", assemble_by_id_alone, "Append the arguments of each fragment"),
    ("03.assemble", assemble_with_doubled_names, "totalcalculate_total"),
    ("03.assemble", assemble_by_index_or_id, "Another id at a known index"),
    ("03.assemble", assemble_in_the_order_of_arrival, "fragment(index=0, id='call_a'"),
    ("03.assemble", assemble_sorted_by_index, "'call_a' at `[0]['id']`"),
    ("03.assemble", assemble_with_empty_ids, "an empty text are no ids"),
    ("03.assemble", assemble_only_what_is_json, "never becomes JSON"),
    ("03.assemble", assemble_parsed, "at `[0]['arguments']`"),
    ("03.assemble", assemble_a_dictionary, "returned {0: "),
    ("03.next_step", step_of_the_original, "The calls decide"),
    ("03.next_step", step_by_the_calls_alone, "No finish reason"),
    ("03.next_step", step_that_runs_what_was_cut, "returned 'run'"),
    ("03.next_step", step_that_believes_the_reason, "the text is the answer"),
    ("03.next_step", step_that_runs_what_the_limit_cut, "the token limit"),
    ("03.next_step", step_printed, "returned None"),
    ("03.run_call", run_of_the_original, "raised JSONDecodeError"),
    ("03.run_call", run_without_json, "returned 4."),
    ("03.run_call", run_as_str, "raised KeyError"),
    ("03.run_call", run_that_minds_only_json, "raised KeyError"),
    ("03.run_call", run_that_knows_its_tools, "an error of the call"),
    ("03.run_call", run_that_trusts_the_arguments, "that the function does not take"),
    ("03.run_call", run_that_trusts_the_tools, "A tool may raise"),
    ("03.run_call", run_with_one_error_for_all, "named in the error"),
    ("03.run_call", run_with_errors_as_text, "which is not JSON"),
    ("03.run_call", run_with_errors_and_without_empty_arguments, "No arguments at all"),
    ("03.run_call", run_with_the_bare_message, "the kind where there is none"),
    ("03.run_call", run_with_json_outside_of_the_try, "raised TypeError"),
    ("03.answered", answered_in_place, "left `messages` as"),
    ("03.answered", answered_without_the_turn, "then the model's turn"),
    ("03.answered", answered_with_one_tool_message, "a tool message of its own"),
    ("03.answered", answered_with_flat_calls, "then the model's turn"),
    ("03.answered", answered_with_a_turn_for_each_call, "share one turn"),
    ("03.answered", answered_without_the_text, "content of the turn"),
    ("03.answered", answered_by_name, "'search_products' at `[2]['tool_call_id']`"),
    ("03.answered", answered_with_parsed_arguments, "['function']['arguments']`"),
    ("03.answered", answered_with_the_new_ones_alone, "First the messages"),
]
