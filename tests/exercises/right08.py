"""Right answers of notebook 08 that differ from our own: every one of them must pass."""

# Learners do not annotate.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import contextlib
import random
import re
import time
from contextlib import AsyncExitStack, aclosing
from time import monotonic

import openai

from labkit.chunks import delta_of

AGAIN = (
    openai.RateLimitError,
    openai.InternalServerError,
    openai.APIConnectionError,
    TimeoutError,
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def text_of(chunk):
    return chunk.choices[0].delta.content or "" if chunk.choices else ""


def limited(read):
    """Let `read` have the stream, and ask within the first limit."""

    async def in_time(ask, first_s, idle_s):
        now = asyncio.get_running_loop().time
        began_s = now()
        try:
            async with asyncio.timeout(first_s):
                stream = await ask()
        except TimeoutError:
            raise TimeoutError("first") from None
        async with aclosing(read(stream, first_s - (now() - began_s), idle_s)) as chunks:
            async for chunk in chunks:
                yield chunk

    return in_time


async def in_time_by_wait_for(stream, first_s, idle_s):
    began_s, spoken = time.monotonic(), False
    try:
        while True:
            limit_s = idle_s if spoken else first_s - (time.monotonic() - began_s)
            try:
                chunk = await asyncio.wait_for(stream.__anext__(), limit_s)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                word = "idle" if spoken else "first"
                raise TimeoutError(f"{word} chunk: nothing for {limit_s} s") from error
            spoken = spoken or bool(text_of(chunk))
            yield chunk
    finally:
        await stream.close()


async def in_time_asking_in_a_task(ask, first_s, idle_s):
    asking, spoken = asyncio.ensure_future(ask()), False
    began_s = monotonic()
    stream = None
    try:
        stream = await asyncio.wait_for(asking, first_s)
        while True:
            left_s = idle_s if spoken else began_s + first_s - monotonic()
            chunk = await asyncio.wait_for(anext(stream, None), left_s)
            if chunk is None:
                return
            spoken = spoken or bool(text_of(chunk))
            yield chunk
    except TimeoutError:
        raise TimeoutError("idle" if spoken else "first") from None
    finally:
        if stream:
            await stream.close()


async def in_time_by_tasks(stream, first_s, idle_s):
    async with aclosing(stream):
        began_s, spoken = monotonic(), False
        chunks = aiter(stream)
        while True:
            left_s = idle_s if spoken else began_s + first_s - monotonic()
            task = asyncio.ensure_future(anext(chunks, None))
            done, _ = await asyncio.wait({task}, timeout=left_s)
            if not done:
                task.cancel()
                await asyncio.wait({task})
                raise TimeoutError("idle_s is over" if spoken else "first_s is over")
            chunk = task.result()
            if chunk is None:
                return
            spoken = spoken or bool(text_of(chunk))
            yield chunk


async def in_time_by_reschedule(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, spoken = now() + first_s, False
    async with stream:
        try:
            async with asyncio.timeout_at(due_s) as limit:
                async for chunk in stream:
                    spoken = spoken or bool(text_of(chunk))
                    limit.reschedule(None)
                    yield chunk
                    limit.reschedule(now() + idle_s if spoken else due_s)
        except TimeoutError:
            raise TimeoutError("Idle!" if spoken else "No first text.") from None


async def in_time_by_a_queue(stream, first_s, idle_s):
    queue = asyncio.Queue()

    async def pump():
        async with stream:
            async for chunk in stream:
                queue.put_nowait(chunk)
        queue.put_nowait(None)

    now = asyncio.get_running_loop().time
    pumping = asyncio.create_task(pump())
    due_s, word = now() + first_s, "first"
    try:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await queue.get()
            except TimeoutError:
                raise TimeoutError(word) from None
            if chunk is None:
                return
            yield chunk
            if text_of(chunk) or word == "idle":
                due_s, word = now() + idle_s, "idle"
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)


async def again_with_while(ask, tries):
    number = 0
    while True:
        number += 1
        stream, text = None, ""
        try:
            stream = await ask()
            async for chunk in stream:
                text += text_of(chunk)
                yield chunk
            return
        except AGAIN as error:
            if text or number >= tries:
                raise
            response = getattr(error, "response", None)
            after = response.headers.get("Retry-After") if response is not None else None
            wait_s = float(after) if after else 2 ** (number - 2)
        finally:
            if stream is not None:
                await stream.close()
        await asyncio.sleep(wait_s * random.uniform(1, 1.25))


async def again_with_itself(ask, tries, wait_s=0.5):
    spoken = False
    try:
        async with await ask() as stream:
            async for chunk in stream:
                spoken = spoken or bool(text_of(chunk))
                yield chunk
        return
    except AGAIN as error:
        if spoken or tries == 1:
            raise
        headers = getattr(getattr(error, "response", None), "headers", {})
        await asyncio.sleep(float(headers.get("retry-after", wait_s)))
    async with aclosing(again_with_itself(ask, tries - 1, wait_s * 2)) as rest:
        async for chunk in rest:
            yield chunk


async def again_held_back_until_the_text(ask, tries):
    for number in range(1, tries + 1):
        held, spoken = [], False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    if spoken or text_of(chunk):
                        spoken = True
                        for each in (*held, chunk):
                            yield each
                        held = []
                    else:
                        held.append(chunk)
            for each in held:
                yield each
            return
        except openai.APIConnectionError:
            if spoken or number == tries:
                raise
            seconds = 0.5 * 2 ** (number - 1)
        except (openai.RateLimitError, openai.InternalServerError) as error:
            if spoken or number == tries:
                raise
            header = error.response.headers.get("retry-after")
            seconds = 0.5 * 2 ** (number - 1) if header is None else float(header)
        except TimeoutError:
            if spoken or number == tries:
                raise
            seconds = 0.5 * 2 ** (number - 1)
        await asyncio.sleep(seconds)


async def show_with_excepts(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            for choice in chunk.choices:
                reason = choice.finish_reason or reason
                if choice.delta.content:
                    text += choice.delta.content
                    show(text, "writing")
    except (openai.APIError, TimeoutError):
        reason = None
    except BaseException:
        show(text, "incomplete")
        raise
    show(text, "complete" if reason == "stop" else "incomplete")
    return text, reason == "stop"


async def show_with_suppress(stream, show):
    texts, complete, reason = [], False, None
    try:
        with contextlib.suppress(openai.APIError, TimeoutError):
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    delta = delta_of(chunk)
                    reason = reason or delta.finish_reason
                    if delta.text:
                        texts.append(delta.text)
                        show("".join(texts), "writing")
            complete = reason == "stop"
    finally:
        state = "complete" if complete else "incomplete"
        show("".join(texts), state)
    return "".join(texts), complete


async def show_with_cancelled(stream, show):
    text, ended = "", False
    chunks = aiter(stream)
    try:
        while True:
            try:
                chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            if text_of(chunk):
                text += text_of(chunk)
                show(text, "writing")
            ended = ended or bool(chunk.choices and chunk.choices[0].finish_reason == "stop")
    except (asyncio.CancelledError, Exception) as error:
        show(text, "incomplete")
        if isinstance(error, openai.APIError | TimeoutError):
            return (text, False)
        raise
    show(text, "complete" if ended else "incomplete")
    return (text, ended)


async def on_with_finally(ask, messages, text):
    asked = messages.copy()
    if text != "":
        asked += [
            {"role": "assistant", "content": text},
            {"role": "user", "content": "Please continue."},
        ]
    stream = await ask(asked)
    try:
        async for chunk in stream:
            for choice in chunk.choices:
                if choice.delta.content:
                    yield choice.delta.content
    finally:
        await stream.close()


async def on_with_aclosing(ask, messages, text):
    more = ({"role": "assistant", "content": text}, {"role": "user", "content": "Continue."})
    async with aclosing(await ask([*messages, *(more if text else ())])) as stream:
        async for chunk in stream:
            if delta := delta_of(chunk).text:
                yield delta


async def _speak(ask, number, queue):
    spoken = False
    try:
        async with await ask() as stream:
            async for chunk in stream:
                if text_of(chunk):
                    queue.put_nowait((number, text_of(chunk), None))
                    spoken = True
        queue.put_nowait((number, None, None))
    except Exception as error:
        queue.put_nowait((number, None, error))
    return spoken


async def first_by_a_queue(asks):
    queue = asyncio.Queue()
    tasks = [asyncio.create_task(_speak(ask, n, queue)) for n, ask in enumerate(asks)]
    winner, left, last = None, len(tasks), None
    try:
        while left:
            number, text, error = await queue.get()
            if winner is None and text is not None:
                winner = number
                losers = [task for n, task in enumerate(tasks) if n != winner]
                for task in losers:
                    task.cancel()
                await asyncio.gather(*losers, return_exceptions=True)
            if number == winner:
                if error:
                    raise error
                if text is None:
                    return
                yield text
            elif text is None:
                last = error or last
                left -= 1
        if last:
            raise last
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _first_text(ask):
    stream = await ask()
    try:
        async for chunk in stream:
            if text_of(chunk):
                return stream, text_of(chunk)
        raise LookupError("It has said nothing.")
    except BaseException:
        await stream.close()
        raise


async def first_by_as_completed(asks):
    tasks = [asyncio.create_task(_first_text(ask)) for ask in asks]
    async with AsyncExitStack() as stack:
        chosen, last = None, None
        try:
            for coming in asyncio.as_completed(tasks):
                try:
                    chosen = await coming
                    break
                except Exception as error:
                    last = error
        finally:
            for task in tasks:
                task.cancel()
            for found in await asyncio.gather(*tasks, return_exceptions=True):
                if not isinstance(found, BaseException):
                    if chosen and found[0] is chosen[0]:
                        stack.push_async_callback(found[0].close)
                    else:
                        await found[0].close()
        if not chosen:
            raise last
        yield chosen[1]
        async for chunk in chosen[0]:
            if text_of(chunk):
                yield text_of(chunk)


async def first_by_a_group(asks):
    firsts, errors, streams = [], [], []
    someone = asyncio.Event()

    async def begin(ask):
        try:
            stream = await ask()
            streams.append(stream)
            async for chunk in stream:
                if text_of(chunk):
                    firsts.append((stream, text_of(chunk)))
                    someone.set()
                    return
        except Exception as error:
            errors.append(error)

    async def choose():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(begin(ask)) for ask in asks]
            everyone = asyncio.ensure_future(asyncio.wait(tasks))
            first = asyncio.ensure_future(someone.wait())
            try:
                await asyncio.wait([everyone, first], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in [*tasks, everyone, first]:
                    task.cancel()

    try:
        await choose()
        if not firsts:
            raise errors[-1]
        winner, text = firsts[0]
        for stream in streams:
            if stream is not winner:
                await stream.close()
        yield text
        async for chunk in winner:
            if text_of(chunk):
                yield text_of(chunk)
    finally:
        for stream in streams:
            await stream.close()


def printable_by_pattern(text):
    return CONTROL.sub("�", text)


def printable_by_number(text):
    def safe(character):
        number = ord(character)
        if character in "\n\t":
            return True
        control = number < 0x20 or 0x7F <= number <= 0x9F
        return not (control or 0x202A <= number <= 0x202E or 0x2066 <= number <= 0x2069)

    return "".join(c if safe(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


RIGHT = [
    ("08.in_time", in_time_asking_in_a_task),
    ("08.in_time", limited(in_time_by_wait_for)),
    ("08.in_time", limited(in_time_by_tasks)),
    ("08.in_time", limited(in_time_by_reschedule)),
    ("08.in_time", limited(in_time_by_a_queue)),
    ("08.ask_again", again_with_while),
    ("08.ask_again", again_with_itself),
    ("08.ask_again", again_held_back_until_the_text),
    ("08.show_answer", show_with_excepts),
    ("08.show_answer", show_with_suppress),
    ("08.show_answer", show_with_cancelled),
    ("08.go_on", on_with_finally),
    ("08.go_on", on_with_aclosing),
    ("08.first_to_speak", first_by_a_queue),
    ("08.first_to_speak", first_by_as_completed),
    ("08.first_to_speak", first_by_a_group),
    ("08.printable", printable_by_pattern),
    ("08.printable", printable_by_number),
]
