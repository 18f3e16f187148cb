"""What learners write in notebook 04 before they are right; the original course among them."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN003, ANN201, ANN202, PERF401, RET503
# mypy: ignore-errors

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress

import openai


def encode_of_the_original(data, event="message"):
    return f"data: {data}\n\n"


def encode_with_the_name_always_there(data, event="message"):
    return f"event: {event}\ndata: {data}\n\n"


def encode_without_the_empty_line(data, event="message"):
    return "".join(f"data: {line}\n" for line in data.split("\n"))


def encode_without_empty_lines_of_data(data, event="message"):
    name = "" if event == "message" else f"event: {event}\n"
    return name + "".join(f"data: {x}\n" for x in data.split("\n") if x) + "\n"


def encode_without_the_space(data, event="message"):
    name = "" if event == "message" else f"event:{event}\n"
    return name + "".join(f"data:{line}\n" for line in data.split("\n")) + "\n"


def encode_of_stripped_lines(data, event="message"):
    name = "" if event == "message" else f"event: {event}\n"
    return name + "".join(f"data: {x.strip()}\n" for x in data.split("\n")) + "\n"


def encode_of_nothing_is_nothing(data, event="message"):
    return encode_for_newlines_only(data, event) if data else ""


def encode_for_newlines_only(data, event="message"):
    name = "" if event == "message" else f"event: {event}\n"
    return name + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n"


def encode_for_each_line_of_python(data, event="message"):
    name = "" if event == "message" else f"event: {event}\n"
    lines = (data + ".").splitlines()
    lines[-1] = lines[-1][:-1]
    return name + "".join(f"data: {line}\n" for line in lines) + "\n"


def encode_with_splitlines(data, event="message"):
    name = "" if event == "message" else f"event: {event}\n"
    return name + "".join(f"data: {line}\n" for line in data.splitlines()) + "\n"


def encode_printed(data, event="message"):
    print(f"data: {data}\n")


def parse_like_the_original(pieces):
    for piece in pieces:
        for line in piece.decode().split("\n"):
            if line.startswith("data: "):
                yield "message", line[6:]


def parse_of_the_data_only(pieces):
    for line in b"".join(pieces).decode().split("\n"):
        if line.startswith("data:"):
            yield line[5:].strip()


def parse_of_one_piece_per_event(pieces):
    for piece in pieces:
        yield from blocks_of(piece.decode())


def blocks_of(text):
    """Read the events of `text` with everything right but the last one, which may be cut."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = [line.partition(":")[::2] for line in block.split("\n")]
        data = [value.removeprefix(" ") for field, value in fields if field == "data"]
        names = [value.removeprefix(" ") for field, value in fields if field == "event"]
        if data:
            yield (names or ["message"])[-1], "\n".join(data)


def parse_of_decoded_pieces(pieces):
    yield from blocks_of("".join(piece.decode() for piece in pieces))


def parse_of_careless_pieces(pieces):
    yield from blocks_of("".join(piece.decode(errors="ignore") for piece in pieces))


def parse_to_the_very_end(pieces):
    yield from blocks_of(b"".join(pieces).decode())


def lines_of(pieces):
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode().removesuffix("\r") for line in lines)


def parse_with_one_line_of_data(pieces):
    event, data = "message", None
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data = value.removeprefix(" ")
        elif field == "event":
            event = value.removeprefix(" ")
        elif not line:
            if data is not None:
                yield event, data
            event, data = "message", None


def parse_of_stripped_values(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.strip())
        elif field == "event":
            event = value.strip()
        elif not line:
            if data:
                yield event, "\n".join(data)
            event, data = "message", []


def parse_with_split(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        if not line:
            if data:
                yield event, "\n".join(data)
            event, data = "message", []
            continue
        field, value = line.split(":", 1)
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            event = value.removeprefix(" ")


def parse_with_a_comment_as_data(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "event":
            event = value.removeprefix(" ")
        elif line:
            data.append(value.removeprefix(" "))
        elif data:
            yield event, "\n".join(data)
            event, data = "message", []


def parse_with_a_lasting_name(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            event = value.removeprefix(" ")
        elif not line and data:
            yield event, "\n".join(data)
            data = []


def parse_with_the_name_of_a_ping(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            event = value.removeprefix(" ")
        elif not line and data:
            yield event, "\n".join(data)
            event, data = "message", []


def parse_with_events_of_nothing(pieces):
    event, data = "message", []
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            event = value.removeprefix(" ")
        elif not line:
            if data or event != "message":
                yield event, "\n".join(data)
            event, data = "message", []


def parse_without_empty_data(pieces):
    event, data = "message", ""
    for line in lines_of(pieces):
        field, _, value = line.partition(":")
        if field == "data":
            data += value.removeprefix(" ") + "\n"
        elif field == "event":
            event = value.removeprefix(" ")
        elif not line:
            if data.strip():
                yield event, data[:-1]
            event, data = "message", ""


def parse_without_crlf(pieces):
    rest, event, data = b"", "message", []
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            field, _, value = line.decode().partition(":")
            if field == "data":
                data.append(value.removeprefix(" "))
            elif field == "event":
                event = value.removeprefix(" ")
            elif not line:
                if data:
                    yield event, "\n".join(data)
                event, data = "message", []


async def stream_like_the_original(ask, question):
    stream = await ask(question)
    for chunk in stream:
        delta = chunk.choices[0].delta
        if delta.content:
            yield f"data: {delta.content}\n\n"
    yield "data: [DONE]\n\n"


async def stream_with_bare_text(ask, question):
    async for chunk in await ask(question):
        delta = chunk.choices[0].delta
        if delta.content:
            yield f"data: {delta.content}\n\n"
    yield "data: [DONE]\n\n"


async def stream_of_dictionaries(ask, question):
    async for text in texts_of(await ask(question), {}):
        yield {"event": "token", "data": text}


async def texts_of(stream, end):
    async for chunk in stream:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content
            end["finish_reason"] = choice.finish_reason or end.get("finish_reason")


def sse(event, **data):
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def stream_as_one_return(ask, question):
    texts = [text async for text in texts_of(await ask(question), {})]
    return "".join(sse("token", text=text) for text in texts)


async def stream_of_snapshots(ask, question):
    so_far, end = "", {}
    async for text in texts_of(await ask(question), end):
        so_far += text
        yield sse("token", text=so_far)
    yield sse("done", **end)


async def stream_with_json_by_hand(ask, question):
    async for text in texts_of(await ask(question), {}):
        yield f'event: token\ndata: {{"text": "{text}"}}\n\n'


async def stream_without_guard(ask, question):
    async for chunk in await ask(question):
        choice = chunk.choices[0]
        if choice.delta.content:
            yield sse("token", text=choice.delta.content)
        if choice.finish_reason:
            yield sse("done", finish_reason=choice.finish_reason)


async def stream_with_the_last_reason(ask, question):
    finish_reason = None
    async for chunk in await ask(question):
        for choice in chunk.choices:
            if choice.delta.content:
                yield sse("token", text=choice.delta.content)
            finish_reason = choice.finish_reason
    yield sse("done", finish_reason=finish_reason)


async def stream_without_done(ask, question):
    async for text in texts_of(await ask(question), {}):
        yield sse("token", text=text)


async def stream_that_raises(ask, question):
    end = {}
    async for text in texts_of(await ask(question), end):
        yield sse("token", text=text)
    yield sse("done", **end)


async def stream_with_done_after_the_error(ask, question):
    end = {}
    try:
        async for text in texts_of(await ask(question), end):
            yield sse("token", text=text)
    except openai.APIError as error:
        yield sse("error", message=error.message)
    yield sse("done", **end)


async def stream_with_done_in_the_loop(ask, question):
    try:
        async for chunk in await ask(question):
            for choice in chunk.choices:
                if choice.delta.content:
                    yield sse("token", text=choice.delta.content)
                if choice.finish_reason:
                    yield sse("done", finish_reason=choice.finish_reason)
    except openai.APIError as error:
        yield sse("error", message=error.message)


async def stream_that_asks_outside_the_try(ask, question):
    end, stream = {}, await ask(question)
    try:
        async for text in texts_of(stream, end):
            yield sse("token", text=text)
    except openai.APIError as error:
        yield sse("error", message=error.message)
        return
    yield sse("done", **end)


async def stream_that_keeps_the_tokens_back(ask, question):
    end, texts = {}, []
    try:
        texts = [text async for text in texts_of(await ask(question), end)]
    except openai.APIError as error:
        yield sse("error", message=error.message)
        return
    for text in texts:
        yield sse("token", text=text)
    yield sse("done", **end)


async def stream_that_is_always_done(ask, question):
    end = {}
    try:
        async for text in texts_of(await ask(question), end):
            yield sse("token", text=text)
    except openai.APIError as error:
        yield sse("error", message=error.message)
        return
    yield sse("done", finish_reason=end.get("finish_reason"))


async def stream_that_just_ends(ask, question):
    end = {}
    try:
        async for text in texts_of(await ask(question), end):
            yield sse("token", text=text)
    except openai.APIError as error:
        yield sse("error", message=error.message)
        return
    if end.get("finish_reason"):
        yield sse("done", **end)


async def stream_through_a_thread(ask, question):
    async def whole(stream):
        try:
            async for text in texts_of(stream, end):
                events.append(sse("token", text=text))
        except openai.APIError as error:
            return sse("error", message=error.message)
        if end.get("finish_reason"):
            return sse("done", **end)
        return sse("error", message="cut")

    events, end = [], {}
    try:
        stream = await ask(question)
    except openai.APIError as error:
        yield sse("error", message=error.message)
        return
    with ThreadPoolExecutor() as pool:
        events.append(pool.submit(lambda: asyncio.run(whole(stream))).result())
    for event in events:
        yield event


async def serve_like_the_original(events, send, gone):
    async for event in events:
        await send(event)


async def serve_collected(events, send, gone):
    async with aclosing(events):
        await send("".join([event async for event in events]))


async def serve_until_both_are_over(events, send, gone):
    async with aclosing(events):
        await asyncio.gather(serve_like_the_original(events, send, gone), gone())


async def serve_with_a_look_at_each_event(events, send, gone):
    leaving = asyncio.create_task(gone())
    async with aclosing(events):
        async for event in events:
            if leaving.done():
                break
            await send(event)
    leaving.cancel()


async def serve_with_a_look_after_each_event(events, send, gone):
    leaving = asyncio.create_task(gone())
    async with aclosing(events):
        async for event in events:
            await send(event)
            if leaving.done():
                break
    leaving.cancel()


async def serve_without_cancelling(events, send, gone):
    sending = asyncio.create_task(serve_like_the_original(events, send, gone))
    leaving = asyncio.create_task(gone())
    await asyncio.wait([sending, leaving], return_when="FIRST_COMPLETED")
    await events.aclose()


async def serve_without_the_error(events, send, gone):
    async with aclosing(events):
        sending = asyncio.create_task(serve_like_the_original(events, send, gone))
        leaving = asyncio.create_task(gone())
        await asyncio.wait([sending, leaving], return_when="FIRST_COMPLETED")
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def serve_with_every_error_suppressed(events, send, gone):
    async with aclosing(events):
        sending = asyncio.create_task(serve_like_the_original(events, send, gone))
        leaving = asyncio.create_task(gone())
        await asyncio.wait([sending, leaving], return_when="FIRST_COMPLETED")
        sending.cancel()
        leaving.cancel()
        with suppress(BaseException):
            await sending


async def serve_and_leave_open(events, send, gone):
    sending = asyncio.create_task(serve_like_the_original(events, send, gone))
    leaving = asyncio.create_task(gone())
    await asyncio.wait([sending, leaving], return_when="FIRST_COMPLETED")
    leaving.cancel()
    if sending.done():
        return sending.result()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def serve_and_close_only_when_the_reader_leaves(events, send, gone):
    sending = asyncio.create_task(serve_like_the_original(events, send, gone))
    leaving = asyncio.create_task(gone())
    await asyncio.wait([sending, leaving], return_when="FIRST_COMPLETED")
    leaving.cancel()
    if sending.done():
        return sending.result()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await events.aclose()


# Key, wrong answer, and words of the message that it gets.
WRONG = [
    ("04.encode", encode_of_the_original, "A name other than `message`"),
    ("04.encode", encode_with_the_name_always_there, "which a browser reads as [('message', 'a')]"),
    ("04.encode", encode_without_the_empty_line, "which a browser does not take for an event"),
    ("04.encode", encode_without_empty_lines_of_data, "reads as [('message', 'a\\n- b')]"),
    ("04.encode", encode_without_the_space, "reads as [('message', 'boots')]"),
    ("04.encode", encode_of_stripped_lines, "no space of ours is lost"),
    ("04.encode", encode_of_nothing_is_nothing, "An empty text is an event too"),
    ("04.encode", encode_for_newlines_only, "With 'a\\rb', your function"),
    ("04.encode", encode_for_each_line_of_python, "With 'a\\u2028b', your function"),
    ("04.encode", encode_with_splitlines, "also an empty one"),
    ("04.encode", encode_printed, "returned None"),
    ("04.parse", parse_like_the_original, "yielded ('message', 'a')."),
    ("04.parse", parse_of_the_data_only, "yielded 'a', 'b'"),
    ("04.parse", parse_of_one_piece_per_event, "keep what follows the last newline"),
    ("04.parse", parse_of_decoded_pieces, "raised UnicodeDecodeError"),
    ("04.parse", parse_of_careless_pieces, "yielded ('message', '')"),
    ("04.parse", parse_to_the_very_end, "was cut. Drop it"),
    ("04.parse", parse_with_one_line_of_data, "joined by newlines"),
    ("04.parse", parse_of_stripped_values, "Every other one belongs to the data"),
    ("04.parse", parse_with_split, "raised ValueError"),
    ("04.parse", parse_with_a_comment_as_data, "Skip comments"),
    ("04.parse", parse_with_a_lasting_name, "yielded ('token', 'a'), ('token', 'b')"),
    ("04.parse", parse_with_the_name_of_a_ping, "yielded ('ping', 'a')"),
    ("04.parse", parse_with_events_of_nothing, "yielded ('ping', '')"),
    ("04.parse", parse_without_empty_data, "An empty one is enough"),
    ("04.parse", parse_without_crlf, "A line may end with CRLF"),
    ("04.stream_events", stream_like_the_original, "raised TypeError"),
    ("04.stream_events", stream_with_bare_text, "data arrives as 'Hel': that is no JSON"),
    ("04.stream_events", stream_of_dictionaries, "yielded {'event': 'token', 'data': 'Hel'}"),
    ("04.stream_events", stream_as_one_return, "returned 'event: token"),
    ("04.stream_events", stream_of_snapshots, '{"text": "Hello"}'),
    ("04.stream_events", stream_with_json_by_hand, "`json.dumps` brings all of it through"),
    ("04.stream_events", stream_without_guard, "raised IndexError"),
    ("04.stream_events", stream_with_the_last_reason, "says 'Hel' and then 'length'"),
    ("04.stream_events", stream_without_done, "End with one `done` event"),
    ("04.stream_events", stream_that_raises, "raised APIError"),
    ("04.stream_events", stream_with_done_after_the_error, "end with one `error` event"),
    ("04.stream_events", stream_with_done_in_the_loop, "loses the connection after 'stop'"),
    ("04.stream_events", stream_that_asks_outside_the_try, "raises APIError when it is asked"),
    ("04.stream_events", stream_that_keeps_the_tokens_back, "says 'Hel', then raises APIError"),
    ("04.stream_events", stream_that_is_always_done, "an `error`, and no `done`"),
    ("04.stream_events", stream_that_just_ends, "With a model that says 'Hel' and nothing more"),
    ("04.stream_events", stream_through_a_thread, "blocked the event loop"),
    ("04.serve_until_gone", serve_like_the_original, "sent 'c' although the reader had left"),
    ("04.serve_until_gone", serve_collected, "sent ['abc']"),
    ("04.serve_until_gone", serve_until_both_are_over, "waited for the reader to leave"),
    ("04.serve_until_gone", serve_with_a_look_at_each_event, "went on waiting for the next"),
    ("04.serve_until_gone", serve_with_a_look_after_each_event, "sent 'c' although"),
    ("04.serve_until_gone", serve_without_cancelling, "already running"),
    ("04.serve_until_gone", serve_without_the_error, "let the error out"),
    ("04.serve_until_gone", serve_with_every_error_suppressed, "let the error out"),
    ("04.serve_until_gone", serve_and_leave_open, "leaves while 'b' is on its way"),
    ("04.serve_until_gone", serve_and_close_only_when_the_reader_leaves, "left the events open"),
]
