"""What learners write in notebook 07 before they are right."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201
# mypy: ignore-errors

import asyncio

from labkit.agent_events import TextDelta, TurnStarted


async def keep_everything(items, history):
    async for item in items:
        if item.message.content:
            yield item.message.content


async def keep_with_empty_texts(items, history):
    before, whole = len(history.messages), False
    async for item in items:
        whole = bool(item.message.metadata.get("usage"))
        yield item.message.content
    if not whole:
        del history.messages[before:]


async def keep_if_any_usage(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = whole or bool(item.message.metadata.get("usage"))
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            del history.messages[before:]


async def keep_but_not_after_errors(items, history):
    before, whole = len(history.messages), False
    async for item in items:
        whole = bool(item.message.metadata.get("usage"))
        if item.message.content:
            yield item.message.content
    if not whole:
        del history.messages[before:]


async def keep_the_question(items, history):
    whole = False
    try:
        async for item in items:
            whole = bool(item.message.metadata.get("usage"))
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            history.messages.pop()


async def keep_nothing(items, history):
    before = len(history.messages)
    try:
        async for item in items:
            if item.message.content:
                yield item.message.content
    finally:
        del history.messages[before:]


async def keep_and_swallow(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = bool(item.message.metadata.get("usage"))
            if item.message.content:
                yield item.message.content
    except Exception:
        whole = False
    if not whole:
        del history.messages[before:]


async def keep_by_finish_reason(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = item.message.finish_reason is not None
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            del history.messages[before:]


async def keep_by_the_key(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = "usage" in item.message.metadata
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            del history.messages[before:]


async def keep_and_stream_nothing(items, history):
    before = len(history.messages)
    seen = []
    try:
        async for item in items:
            seen.append(item)  # noqa: PERF401
    finally:
        if not seen or not seen[-1].message.metadata["usage"]:
            del history.messages[before:]
    for item in seen:
        if item.message.content:
            yield item.message.content


async def keep_except_errors(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = bool(item.message.metadata["usage"])
            if item.message.content:
                yield item.message.content
    except Exception:
        del history.messages[before:]
        raise
    if not whole:
        del history.messages[before:]


async def keep_counted_at_the_first_item(items, history):
    before, whole = None, False
    try:
        async for item in items:
            before = len(history.messages) - 1 if before is None else before
            whole = bool(item.message.metadata["usage"])
            if item.message.content:
                yield item.message.content
    finally:
        if not whole and before is not None:
            del history.messages[before:]


async def keep_unless_closed(items, history):
    before, whole = len(history.messages), False
    try:
        async for item in items:
            whole = bool(item.message.metadata["usage"])
            if item.message.content:
                yield item.message.content
    except (Exception, asyncio.CancelledError):
        del history.messages[before:]
        raise
    if not whole:
        del history.messages[before:]


async def keep_the_first_message(items, history):
    whole = False
    try:
        async for item in items:
            whole = bool(item.message.metadata["usage"])
            if item.message.content:
                yield item.message.content
    finally:
        if not whole:
            history.messages[:] = history.messages[:1]


async def callback_cancelled_only(run):
    queue, end = asyncio.Queue(), object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    try:
        while (item := await queue.get()) is not end:
            yield item
        await task
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise


async def callback_that_swallows(run):
    queue, end = asyncio.Queue(), object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    try:
        while (item := await queue.get()) is not end:
            yield item
        await task
    except asyncio.CancelledError:
        pass
    finally:
        task.cancel()
        await asyncio.wait([task])


async def callback_with_none_as_the_end(run):
    queue = asyncio.Queue()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (item := await queue.get()) is not None:
            yield item
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def callback_collected(run):
    items = []
    await run(items.append)
    for item in items:
        yield item


async def callback_without_end(run):
    queue = asyncio.Queue()
    task = asyncio.create_task(run(queue.put_nowait))
    try:
        while True:
            yield await queue.get()
    finally:
        task.cancel()


async def callback_until_it_is_done(run):
    queue = asyncio.Queue()
    task = asyncio.create_task(run(queue.put_nowait))
    await asyncio.sleep(0)
    while not task.done():
        yield await queue.get()


async def callback_without_the_error(run):
    queue, end = asyncio.Queue(), object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    try:
        while (item := await queue.get()) is not end:
            yield item
    finally:
        task.cancel()
        await asyncio.wait([task])


async def callback_that_goes_on(run):
    queue, end = asyncio.Queue(), object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    while (item := await queue.get()) is not end:
        yield item
    await task


async def callback_that_does_not_wait(run):
    queue, end = asyncio.Queue(), object()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(end))
    try:
        while (item := await queue.get()) is not end:
            yield item
        await task
    finally:
        task.cancel()


async def callback_that_yields_its_end(run):
    queue = asyncio.Queue()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(queue.put_nowait)
    try:
        while True:
            item = await queue.get()
            yield item
            if item is task:
                break
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def turns_of_the_tutorial(messages):
    last = None
    async for message in messages:
        if message.content is not None:
            if last != message.name:
                last = message.name
            yield TextDelta(message.content)


async def turns_from_zero(messages):
    turn, speaker = -1, None
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content:
            yield TextDelta(message.content)


async def turns_of_new_names(messages):
    names = []
    async for message in messages:
        if message.name not in names:
            names.append(message.name)
            yield TurnStarted(len(names), message.name)
        if message.content:
            yield TextDelta(message.content)


async def turns_with_empty_texts(messages):
    turn, speaker = 0, None
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        yield TextDelta(message.content)


async def turns_of_each_message(messages):
    turn = 0
    async for message in messages:
        turn += 1
        yield TurnStarted(turn, message.name)
        if message.content:
            yield TextDelta(message.content)


async def turns_of_text_only(messages):
    turn, speaker = 0, None
    async for message in messages:
        if not message.content:
            continue
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        yield TextDelta(message.content)


async def turns_that_begin_without_anybody(messages):
    turn, speaker = 1, None
    yield TurnStarted(1, "")
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content:
            yield TextDelta(message.content)


async def turns_stripped(messages):
    turn, speaker = 0, None
    async for message in messages:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content.strip():
            yield TextDelta(message.content)


async def turns_read_first(messages):
    turn, speaker = 0, None
    for message in [message async for message in messages]:
        if message.name != speaker:
            turn, speaker = turn + 1, message.name
            yield TurnStarted(turn, speaker)
        if message.content:
            yield TextDelta(message.content)


async def turns_that_end_with_one(messages):
    last = None
    turn, speaker = 0, None
    async for last in messages:
        if last.name != speaker:
            turn, speaker = turn + 1, last.name
            yield TurnStarted(turn, speaker)
        if last.content:
            yield TextDelta(last.content)
    if last is None:
        yield TurnStarted(1, "nobody")


WRONG = [
    ("07.keep_whole", keep_everything, "left ['Hi!', 'Hello.', 'What to wear?', 'Wear ']"),
    ("07.keep_whole", keep_with_empty_texts, "yielded ['', 'Wear ', 'wool.', '']"),
    ("07.keep_whole", keep_if_any_usage, "The usage of an earlier turn does not count"),
    ("07.keep_whole", keep_but_not_after_errors, "An error comes out"),
    ("07.keep_whole", keep_the_question, "left ['Hi!', 'Hello.', 'What to wear?']"),
    ("07.keep_whole", keep_nothing, "A whole answer stays"),
    ("07.keep_whole", keep_and_swallow, "let no ConnectionResetError come out"),
    ("07.keep_whole", keep_by_finish_reason, "A whole answer stays"),
    ("07.keep_whole", keep_by_the_key, "A silent cut leaves nothing"),
    ("07.keep_whole", keep_and_stream_nothing, "'Wear ' was not yielded"),
    ("07.keep_whole", keep_except_errors, "a cancelled reader"),
    ("07.keep_whole", keep_counted_at_the_first_item, "before the first item"),
    ("07.keep_whole", keep_unless_closed, "a reader that closes us"),
    ("07.keep_whole", keep_the_first_message, "left ['Hi!']"),
    ("07.from_callback", callback_cancelled_only, "a reader that closes us"),
    ("07.from_callback", callback_that_swallows, "let no CancelledError come out"),
    ("07.from_callback", callback_with_none_as_the_end, "yielded ['a']"),
    ("07.from_callback", callback_collected, "Yield each item at once"),
    ("07.from_callback", callback_without_end, "did not come to an end in time"),
    ("07.from_callback", callback_until_it_is_done, "did not come to an end"),
    ("07.from_callback", callback_without_the_error, "no LookupError came out"),
    ("07.from_callback", callback_that_goes_on, "`run` had not ended yet"),
    ("07.from_callback", callback_that_does_not_wait, "`run` had not ended yet"),
    ("07.from_callback", callback_that_yields_its_end, "yielded ['a', 'b', <Task"),
    ("07.turns_of", turns_of_the_tutorial, "yielded [TextDelta(text='Hi')"),
    ("07.turns_of", turns_stripped, "' ' was not yielded"),
    ("07.turns_of", turns_read_first, "'Hi' was not yielded"),
    ("07.turns_of", turns_from_zero, "TurnStarted(turn=0"),
    ("07.turns_of", turns_of_new_names, "Who speaks again has a new turn"),
    ("07.turns_of", turns_with_empty_texts, "TextDelta(text='')"),
    ("07.turns_of", turns_of_each_message, "TurnStarted(turn=2, speaker='Ann')"),
    ("07.turns_of", turns_of_text_only, "somebody is thinking"),
    ("07.turns_of", turns_that_begin_without_anybody, "TurnStarted(turn=1, speaker='')"),
    ("07.turns_of", turns_that_end_with_one, "Without messages"),
]
