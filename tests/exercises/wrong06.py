"""What learners write in notebook 06 before they are right; the original course among them."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import inspect
import json

from labkit.agent_events import (
    Done,
    TextDelta,
    ToolCallForming,
    ToolFailed,
    ToolFinished,
    ToolStarted,
)
from labkit.chunks import delta_of
from labkit.reply import Reply
from labkit.tool_runs import ToolRuns

WORDS = {
    "search_products": "Searching products",
    "get_product_details": "Reading details",
    "calculate_total": "Adding up",
}


def words_of(event):
    return WORDS.get(event.name, event.name.replace("_", " "))


def started(event):
    texts = [value for value in event.arguments.values() if isinstance(value, str)]
    return f"{words_of(event)}: {', '.join(texts)} …" if texts else f"{words_of(event)} …"


def progress_of_the_original(event):
    if isinstance(event, ToolStarted):
        print(f" ⏳ Looking up: {event.name}...", end="", flush=True)
    elif isinstance(event, ToolFinished):
        print(" ✅")


def progress_with_raw_arguments(event):
    if isinstance(event, ToolStarted):
        return f"{words_of(event)}: {event.arguments} …"
    return None


def progress_with_an_empty_list(event):
    texts = [value for value in event.arguments.values() if isinstance(value, str)]
    return f"{words_of(event)}: {', '.join(texts)} …"


def progress_with_key_error(event):
    if isinstance(event, ToolStarted):
        texts = [value for value in event.arguments.values() if isinstance(value, str)]
        about = f": {', '.join(texts)}" if texts else ""
        return f"{WORDS[event.name]}{about} …"
    return None


def progress_with_the_whole_result(event):
    if isinstance(event, ToolStarted):
        return started(event)
    return f"{words_of(event)}: {event.result}"


def progress_with_the_reason(event):
    if isinstance(event, ToolStarted):
        return started(event)
    if isinstance(event, ToolFinished):
        return f"{words_of(event)}: {event.summary}"
    return f"{words_of(event)}: {event.reason}" if isinstance(event, ToolFailed) else None


def progress_that_hides_the_stop(event):
    if isinstance(event, ToolFailed):
        return f"{words_of(event)}: failed, going on"
    return None if isinstance(event, Done) else progress_with_the_reason(event)


def progress_of_every_ending(event):
    if isinstance(event, Done):
        return f"Stopped: {event.ending}"
    return progress_that_hides_the_stop(event)


def progress_of_a_forming_call(event):
    if isinstance(event, Done) and event.ending != "answered":
        return f"Stopped: {event.ending}"
    if isinstance(event, ToolCallForming):
        return f"{words_of(event)} …"
    return progress_that_hides_the_stop(event)


def progress_of_the_text(event):
    if isinstance(event, TextDelta):
        return event.text
    return progress_of_a_forming_call(event)


async def called(function, arguments):
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    return await asyncio.to_thread(function, **arguments)


async def safely_as_the_original(function, arguments, limit_s):
    return function(**arguments)


async def safely_without_try(function, arguments, limit_s):
    return await asyncio.wait_for(called(function, arguments), limit_s)


async def safely_in_a_wrapper(function, arguments, limit_s):
    return {"result": await called(function, arguments)}


async def safely_always_in_a_thread(function, arguments, limit_s):
    return await asyncio.to_thread(function, **arguments)


async def safely_with_a_string(function, arguments, limit_s):
    try:
        return await called(function, arguments)
    except Exception as error:
        return f"error: {error}"


async def safely_without_the_message(function, arguments, limit_s):
    try:
        return await called(function, arguments)
    except Exception:
        return {"error": "The tool failed."}


async def safely_with_the_exception_itself(function, arguments, limit_s):
    try:
        return await called(function, arguments)
    except Exception as error:
        return {"error": error}


async def safely_but_blocking_the_loop(function, arguments, limit_s):
    try:
        async with asyncio.timeout(limit_s):
            result = function(**arguments)
            return await result if inspect.isawaitable(result) else result
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


async def safely_without_a_limit(function, arguments, limit_s):
    try:
        return await called(function, arguments)
    except Exception as error:
        return {"error": str(error)}


async def safely_with_nothing_to_say_of_the_limit(function, arguments, limit_s):
    try:
        return await asyncio.wait_for(called(function, arguments), limit_s)
    except Exception as error:
        return {"error": str(error)}


async def safely_catching_everything(function, arguments, limit_s):
    try:
        return await asyncio.wait_for(called(function, arguments), limit_s)
    except BaseException as error:
        return {"error": repr(error)}


async def all_one_after_the_other(calls, run):
    return [await run(call) for call in calls]


async def all_in_the_order_of_the_finish(calls, run):
    running = [run(call) for call in calls]
    return [await result for result in asyncio.as_completed(running)]


async def all_without_await(calls, run):
    return asyncio.gather(*(run(call) for call in calls))


async def all_as_coroutines(calls, run):
    return [run(call) for call in calls]


async def all_in_a_dictionary(calls, run):
    results = {call: await run(call) for call in calls}
    return list(results.values())


async def all_but_two_at_a_time(calls, run):
    places = asyncio.Semaphore(2)

    async def one(call):
        async with places:
            return await run(call)

    return await asyncio.gather(*map(one, calls))


async def all_but_not_none(calls, run):
    tasks = [asyncio.create_task(run(call)) for call in calls]
    await asyncio.wait(tasks)
    return [task.result() for task in tasks]


async def all_with_return_forgotten(calls, run):
    await asyncio.gather(*(run(call) for call in calls))


def message(call, content):
    return {"role": "tool", "tool_call_id": call.id, "content": content}


async def whole(stream):
    reply = Reply()
    async for chunk in stream:
        reply.add(delta_of(chunk))
    return reply


async def texts_of(stream, reply):
    async for chunk in stream:
        delta = delta_of(chunk)
        reply.add(delta)
        if delta.text:
            yield TextDelta(delta.text)


def content_of(event):
    return event.result if isinstance(event, ToolFinished) else event.reason


async def tools_of(reply, functions, messages):
    messages.append(reply.as_message())
    async for event in ToolRuns(functions, 30).run(reply.tool_calls):
        yield event
        if not isinstance(event, ToolStarted):
            messages.append(message(reply.tool_calls[event.call], content_of(event)))


async def loop_of_the_original(ask, messages, functions, max_turns):
    while True:
        reply = await whole(await ask(messages))
        messages.append(reply.as_message())
        if reply.finish_reason == "tool_calls":
            for call in reply.tool_calls:
                print(f" ⏳ Looking up: {call.name}...", end="", flush=True)
                result = functions[call.name](**json.loads(call.arguments))
                print(" ✅")
                messages.append(message(call, json.dumps(result)))
        else:
            stream = await ask(messages)
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield TextDelta(chunk.choices[0].delta.content)
            return


async def loop_that_yields_strings(ask, messages, functions, max_turns):
    async for chunk in await ask(messages):
        if delta_of(chunk).text:
            yield delta_of(chunk).text


async def loop_with_the_text_at_the_end(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = await whole(await ask(messages))
        yield TextDelta(reply.text)
        if not reply.tool_calls:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_that_trusts_the_finish_reason(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if reply.finish_reason != "tool_calls":
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_with_silent_tools(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        async for _event in tools_of(reply, functions, messages):
            pass


async def loop_without_the_assistant_turn(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        async for event in ToolRuns(functions, 30).run(reply.tool_calls):
            yield event
            if not isinstance(event, ToolStarted):
                messages.append(message(reply.tool_calls[event.call], content_of(event)))


async def loop_with_the_text_of_the_turn_only(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        messages.append({"role": "assistant", "content": reply.text})
        async for event in ToolRuns(functions, 30).run(reply.tool_calls):
            yield event
            if not isinstance(event, ToolStarted):
                messages.append(message(reply.tool_calls[event.call], content_of(event)))


async def loop_with_the_position_as_id(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        messages.append(reply.as_message())
        async for event in ToolRuns(functions, 30).run(reply.tool_calls):
            yield event
            if not isinstance(event, ToolStarted):
                answer = {"tool_call_id": event.call, "content": content_of(event)}
                messages.append({"role": "tool", **answer})


async def loop_with_the_summary_for_the_model(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        messages.append(reply.as_message())
        async for event in ToolRuns(functions, 30).run(reply.tool_calls):
            yield event
            if isinstance(event, ToolFinished):
                messages.append(message(reply.tool_calls[event.call], event.summary))


async def loop_without_the_failures(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        messages.append(reply.as_message())
        async for event in ToolRuns(functions, 30).run(reply.tool_calls):
            yield event
            if isinstance(event, ToolFinished):
                messages.append(message(reply.tool_calls[event.call], event.result))


async def loop_that_runs_the_tools_unguarded(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        messages.append(reply.as_message())
        for call in reply.tool_calls:
            yield ToolStarted(call.position, call.name, call.parsed())
            result = json.dumps(functions[call.name](**call.parsed()))
            yield ToolFinished(call.position, call.name, 0.0, result, "done")
            messages.append(message(call, result))


async def loop_that_asks_twice(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        first = [event async for event in texts_of(await ask(messages), reply)]
        if not reply.tool_calls:
            async for event in texts_of(await ask(messages), Reply()):
                yield event
            return
        for event in first:
            yield event
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_that_runs_half_a_call(ask, messages, functions, max_turns):
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_without_end(ask, messages, functions, max_turns):
    while True:
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls or not reply.complete:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_with_one_turn_too_many(ask, messages, functions, max_turns):
    for _ in range(max_turns + 1):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls or not reply.complete:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_with_tools_after_the_last_turn(ask, messages, functions, max_turns):
    messages = list(messages)
    for _ in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls or not reply.complete:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_that_fills_our_list(ask, messages, functions, max_turns):
    for turn in range(max_turns):
        reply = Reply()
        async for event in texts_of(await ask(messages), reply):
            yield event
        if not reply.tool_calls or not reply.complete or turn == max_turns - 1:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


async def loop_that_yields_when_the_turn_is_over(ask, messages, functions, max_turns):
    messages = list(messages)
    for turn in range(max_turns):
        reply = Reply()
        texts = [event async for event in texts_of(await ask(messages), reply)]
        for event in texts:
            yield event
        if not reply.tool_calls or not reply.complete or turn == max_turns - 1:
            return
        async for event in tools_of(reply, functions, messages):
            yield event


# Key, wrong answer, and words of the message that it gets.
WRONG = [
    ("06.progress", progress_of_the_original, "returned None. A `return` hands a value back"),
    ("06.progress", progress_with_raw_arguments, "with what: the arguments that are text"),
    ("06.progress", progress_with_an_empty_list, "returned 'Adding up:  …'"),
    ("06.progress", progress_with_key_error, "raised KeyError"),
    ("06.progress", progress_with_the_whole_result, "The whole result is for the model"),
    ("06.progress", progress_with_the_reason, "The reason is for the model"),
    ("06.progress", progress_that_hides_the_stop, "With Done(ending='cut'"),
    ("06.progress", progress_of_every_ending, "returned 'Stopped: answered'"),
    ("06.progress", progress_of_a_forming_call, "All other agent events have no line"),
    ("06.progress", progress_of_the_text, "returned 'Two'"),
    ("06.run_safely", safely_as_the_original, "returned a coroutine"),
    ("06.run_safely", safely_without_try, "raised ValueError"),
    ("06.run_safely", safely_in_a_wrapper, "comes back as it is"),
    ("06.run_safely", safely_always_in_a_thread, "An `async` tool is awaited"),
    ("06.run_safely", safely_with_a_string, "returned 'error: no prices to add up'"),
    ("06.run_safely", safely_without_the_message, "without 'no prices'"),
    ("06.run_safely", safely_with_the_exception_itself, "which is no sentence"),
    ("06.run_safely", safely_but_blocking_the_loop, "called the tool on the event loop"),
    ("06.run_safely", safely_without_a_limit, "returned 'too late'"),
    ("06.run_safely", safely_with_nothing_to_say_of_the_limit, "gave '' as the error"),
    ("06.run_safely", safely_catching_everything, "is no error of the tool"),
    ("06.run_all", all_one_after_the_other, "let a call wait until another one had come back"),
    ("06.run_all", all_in_the_order_of_the_finish, "in the order of the calls"),
    ("06.run_all", all_without_await, "returned a future"),
    ("06.run_all", all_as_coroutines, "returned coroutines"),
    ("06.run_all", all_in_a_dictionary, "raised TypeError"),
    ("06.run_all", all_but_two_at_a_time, "With 4 calls"),
    ("06.run_all", all_but_not_none, "Without calls there are no results"),
    ("06.run_all", all_with_return_forgotten, "returned None"),
    ("06.agent_loop", loop_of_the_original, "yielded a TextDelta for each of ['Two', ' fit.']"),
    ("06.agent_loop", loop_that_yields_strings, "yielded 0 TextDelta and str, str"),
    ("06.agent_loop", loop_with_the_text_at_the_end, "each of ['Two fit.']"),
    ("06.agent_loop", loop_that_trusts_the_finish_reason, "whatever its finish reason"),
    ("06.agent_loop", loop_with_silent_tools, "yielded 2 TextDelta and nothing else"),
    ("06.agent_loop", loop_without_the_assistant_turn, "of the roles ['tool']"),
    ("06.agent_loop", loop_with_the_text_of_the_turn_only, "without the tool calls"),
    ("06.agent_loop", loop_with_the_position_as_id, "sent results for the ids [0]"),
    ("06.agent_loop", loop_with_the_summary_for_the_model, "sent '3 found' as the result"),
    ("06.agent_loop", loop_without_the_failures, "of the roles ['assistant']"),
    ("06.agent_loop", loop_that_runs_the_tools_unguarded, "raised KeyError"),
    ("06.agent_loop", loop_that_asks_twice, "asked the model 2 times; expected once"),
    ("06.agent_loop", loop_that_runs_half_a_call, "cut, perhaps within a call"),
    ("06.agent_loop", loop_without_end, "asked the model 13 times; expected 3 times"),
    ("06.agent_loop", loop_that_yields_when_the_turn_is_over, "had yielded []"),
    ("06.agent_loop", loop_with_one_turn_too_many, "asked the model 4 times"),
    ("06.agent_loop", loop_with_tools_after_the_last_turn, "The last turn runs no tools"),
    ("06.agent_loop", loop_that_fills_our_list, "left `messages` as"),
]
