"""What learners write in notebook 05 before they are right."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import json
from contextlib import aclosing
from functools import reduce
from operator import add


async def messages_by_adding_everything(stream):
    return [reduce(add, [chunk async for chunk in stream])]


async def messages_as_chunks(stream):
    return [chunk async for chunk in stream]


async def messages_by_text_alone(stream):
    messages = []
    async for chunk in stream:
        if messages and messages[-1].role == chunk.role:
            messages[-1].content += chunk.content
        else:
            messages.append(chunk)
    return messages


async def messages_by_role_of_all(stream):
    messages = {}
    async for chunk in stream:
        messages[chunk.role] = messages[chunk.role] + chunk if chunk.role in messages else chunk
    return list(messages.values())


async def messages_without_results(stream):
    messages = []
    async for chunk in stream:
        if chunk.role.value == "tool":
            continue
        if messages and messages[-1].role == chunk.role:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def messages_that_end_with_the_reason(stream):
    messages, message = [], None
    async for chunk in stream:
        message = chunk if message is None else message + chunk
        if chunk.finish_reason or chunk.role.value == "tool":
            messages.append(message)
            message = None
    return messages


async def messages_without_the_usage(stream):
    messages = []
    async for chunk in stream:
        if not chunk.content and not chunk.items:
            continue
        if chunk.metadata.get("usage"):
            continue
        if messages and messages[-1].role == chunk.role:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def messages_with_new_ones_for_new_calls(stream):
    messages = []
    async for chunk in stream:
        begins = any(getattr(item, "id", None) for item in chunk.items)
        if messages and messages[-1].role == chunk.role and not begins:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def messages_of_an_empty_stream(stream):
    messages = [await anext(aiter(stream))]
    async for chunk in stream:
        if messages[-1].role == chunk.role:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def messages_of_items_and_reasons(stream):
    messages = []
    async for chunk in stream:
        if not chunk.items and not chunk.finish_reason:
            continue
        if messages and messages[-1].role == chunk.role:
            messages[-1] += chunk
        else:
            messages.append(chunk)
    return messages


async def messages_without_return(stream):
    messages = []
    async for chunk in stream:
        messages.append(chunk)  # noqa: PERF401


def lines(context):
    name = context.function.name
    return f"→ {name} {json.dumps(dict(context.arguments))}", name


async def report_without_running(context, next):
    first, name = lines(context)
    print(first)
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_without_await(context, next):
    first, name = lines(context)
    print(first)
    next(context).close()
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_only_afterwards(context, next):
    first, name = lines(context)
    await next(context)
    print(first)
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_with_a_dictionary(context, next):
    name = context.function.name
    print(f"→ {name} {dict(context.arguments)}")
    await next(context)
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_with_texts_only(context, next):
    name = context.function.name
    texts = {key: value for key, value in context.arguments.items() if isinstance(value, str)}
    print(f"→ {name} {json.dumps(texts)}")
    await next(context)
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_with_everything(context, next):
    first, name = lines(context)
    print(first)
    await next(context)
    print(f"← {name} {context.function_result}")


async def report_that_runs_twice(context, next):
    first, name = lines(context)
    print(first)
    await next(context)
    await next(context)
    print(f"← {name} {str(context.function_result)[:30]}")


async def report_with_the_plugin(context, next):
    name = context.function.fully_qualified_name
    print(f"→ {name} {json.dumps(dict(context.arguments))}")
    await next(context)
    print(f"← {name} {str(context.function_result)[:30]}")


async def first_with_break(stream, count):
    texts = []
    async for chunk in stream:
        if chunk.content:
            texts.append(chunk.content)
        if len(texts) == count:
            break
    return "".join(texts)


async def first_with_aclosing(stream, count):
    texts = []
    async with aclosing(aiter(stream)) as chunks:
        async for chunk in chunks:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) == count:
                break
    return "".join(texts)


async def first_of_all(stream, count):
    return "".join([chunk.content async for chunk in stream][:count])


async def first_with_a_task_that_goes_on(stream, count):
    texts, enough = [], asyncio.Event()

    async def read():
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                enough.set()
        enough.set()

    asyncio.create_task(read())  # noqa: RUF006
    await enough.wait()
    return "".join(texts[:count])


async def first_that_swallows(stream, count):
    texts = []

    async def read():
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                task.cancel()

    task = asyncio.create_task(read())
    await asyncio.wait([task])
    return "".join(texts[:count])


async def first_with_a_task_that_raises(stream, count):
    texts = []

    async def read():
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                task.cancel()

    task = asyncio.create_task(read())
    await task
    return "".join(texts[:count])


async def first_that_waits_for_enough(stream, count):
    texts, enough = [], asyncio.Event()

    async def read():
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                enough.set()

    task = asyncio.create_task(read())
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return "".join(texts[:count]) if enough.is_set() else None


async def first_with_too_many(stream, count):
    texts = []

    async def read():
        async for chunk in stream:
            if chunk.content:
                texts.append(chunk.content)
            if len(texts) >= count:
                task.cancel()

    task = asyncio.create_task(read())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return "".join(texts)


async def first_with_one_cancelled_step(stream, count):
    texts, iterator = [], aiter(stream)
    while len(texts) < count:
        try:
            chunk = await anext(iterator)
        except StopAsyncIteration:
            return "".join(texts)
        if chunk.content:
            texts.append(chunk.content)
    step = asyncio.create_task(anext(iterator))
    await asyncio.sleep(0)
    step.cancel()
    await asyncio.wait([step])
    return "".join(texts)


async def first_that_counts_empty_chunks(stream, count):
    texts = []

    async def read():
        async for chunk in stream:
            texts.append(chunk.content)
            if len(texts) >= count:
                task.cancel()

    task = asyncio.create_task(read())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return "".join(texts[:count])


WRONG = [
    ("05.messages_of", messages_by_adding_everything, "raised ContentAdditionException"),
    ("05.messages_of", messages_as_chunks, "returned 5 messages"),
    ("05.messages_of", messages_by_text_alone, "'Wear wool.', None)"),
    ("05.messages_of", messages_by_role_of_all, "there are three messages"),
    ("05.messages_of", messages_without_results, "there are three messages"),
    ("05.messages_of", messages_that_end_with_the_reason, "an answer that breaks off"),
    ("05.messages_of", messages_without_the_usage, "'Wear wool.', None)"),
    ("05.messages_of", messages_of_items_and_reasons, "as the usage"),
    ("05.messages_of", messages_with_new_ones_for_new_calls, "two calls stay two"),
    ("05.messages_of", messages_of_an_empty_stream, "raised StopAsyncIteration"),
    ("05.messages_of", messages_without_return, "returned None"),
    ("05.report", report_without_running, "← list_shops None"),
    ("05.report", report_without_await, "← list_shops None"),
    ("05.report", report_only_afterwards, "had printed '(list_shops runs)"),
    ("05.report", report_with_a_dictionary, "The arguments are shown as JSON"),
    ("05.report", report_with_texts_only, "→ calculate_total {}"),
    ("05.report", report_with_everything, "the first 30 characters"),
    ("05.report", report_that_runs_twice, "(list_shops runs)\\n(list_shops runs)"),
    ("05.report", report_with_the_plugin, "→ shop-list_shops"),
    ("05.read_first", first_with_break, "left the stream open"),
    ("05.read_first", first_with_aclosing, "left the stream open"),
    ("05.read_first", first_of_all, "did not come to an end in time"),
    ("05.read_first", first_with_a_task_that_goes_on, "left the stream open"),
    ("05.read_first", first_that_swallows, "What the stream raises"),
    ("05.read_first", first_with_a_task_that_raises, "raised CancelledError"),
    ("05.read_first", first_that_waits_for_enough, "returned None"),
    ("05.read_first", first_with_too_many, "returned 'Wear wool or fleece'"),
    ("05.read_first", first_with_one_cancelled_step, "left the stream open"),
    ("05.read_first", first_that_counts_empty_chunks, "returned 'Wear '"),
]
