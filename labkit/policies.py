"""What a reader does when a stream breaks; each function is the answer to an exercise.

`ask` asks the model; what it returns is a stream as openai's AsyncStream, or a generator of chunks:
`aclose` closes both.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Any

import openai

from labkit.chunks import delta_of
from labkit.trials import Ask, Show


async def in_time(ask: Ask, first_s: float, idle_s: float) -> AsyncGenerator[Any, None]:
    """Ask, and yield the chunks, but wait for none too long.

    `await ask()` gives the stream. The first text, or fragment of a
    tool call, may take `first_s` seconds, the asking included, whatever
    chunks come before it. After it, each wait for a chunk may take
    `idle_s`. The whole may take any time. If it takes longer, raise a
    TimeoutError with the word "first" or "idle" in its message. Errors
    of asking and of the stream come out. However we end, the stream is
    closed, and nobody is asking any more.
    Example: in_time(ask, 10, 2) yields the texts that come after 8 s
    and 9 s, and raises TimeoutError("idle …") at 11 s.
    """
    now = asyncio.get_running_loop().time
    due_s, why, spoken = now() + first_s, "no first text in time", False
    try:
        async with asyncio.timeout_at(due_s) as limit:
            stream = await ask()
        async with aclosing(stream):
            while True:
                async with asyncio.timeout_at(due_s) as limit:
                    chunk = await anext(stream)
                yield chunk
                spoken = spoken or bool(delta_of(chunk).text or delta_of(chunk).fragments)
                if spoken:
                    due_s, why = now() + idle_s, "idle for too long"
    except StopAsyncIteration:
        return
    except TimeoutError:
        if not limit.expired():  # it is somebody else's
            raise
        raise TimeoutError(why) from None


async def ask_again(ask: Ask, tries: int) -> AsyncGenerator[Any, None]:
    """Yield an answer's chunks; ask again if it breaks before its text.

    `await ask()` gives the stream, or a generator: `aclose` closes both.
    RateLimitError, InternalServerError and APIConnectionError of openai
    may pass, and so may TimeoutError. If one of them comes before the
    first text or fragment of a tool call, from asking or from the
    stream, wait and ask again, `tries` times at most in all. Wait as
    long as the error's header `retry-after` says, a number of seconds
    up to 60; without it 0.5 s, then 1, 2, and so on. Up to a quarter
    more at random does no harm. After the first text, and at the last
    try, every error comes out at once. However we end, the stream is
    closed.
    Example: ask_again(ask, 3), and asking raises RateLimitError with a
    retry-after of 7: we wait for 7 s, and yield the next stream.
    """
    if tries < 1:
        raise ValueError(f"tries has to be at least 1; got {tries}.")
    may_pass = openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError
    for number in range(1, tries + 1):
        wait_s, spoken = 2.0 ** (number - 2), False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text or delta_of(chunk).fragments)
                    yield chunk
            return
        except (*may_pass, TimeoutError) as error:
            if spoken or number == tries:
                raise
            headers = getattr(getattr(error, "response", None), "headers", {})
            after = headers.get("retry-after", "")  # it may be a date
            if after.replace(".", "", 1).isdecimal() and float(after) <= 60:
                wait_s = float(after)
        await asyncio.sleep(wait_s * random.uniform(1, 1.25))  # noqa: S311 - jitter, no secret


async def show_answer(stream: AsyncGenerator[Any, None], show: Show) -> tuple[str, bool]:
    """Show an answer while it comes; return (text, complete).

    Read `stream` with `async for`: it may be any generator of chunks.
    After each text that is not empty, call show(text, "writing") with
    all text so far. At the end, once, show(text, "complete") if the
    finish reason is "stop" and nothing broke, else show(text,
    "incomplete"). openai.APIError and TimeoutError are such ends. Any
    other error, and a cancellation, comes out, after show(text,
    "incomplete").
    Example: the texts "Hel" and "lo", then openai.APIError: we show
    "Hel" and "Hello" as writing, "Hello" as incomplete, and return
    ("Hello", False).
    """
    text, finish_reason, complete = "", None, False
    try:
        async with aclosing(stream):
            async for chunk in stream:
                delta = delta_of(chunk)
                finish_reason = delta.finish_reason or finish_reason
                if delta.text:
                    text += delta.text
                    show(text, "writing")
        complete = finish_reason == "stop"
    except (openai.APIError, TimeoutError):
        pass  # that is no bug, and `complete` says it
    finally:
        show(text, "complete" if complete else "incomplete")
    return text, complete


async def go_on(ask: Ask, messages: list[Any], text: str) -> AsyncGenerator[str, None]:
    """Yield the texts that continue `text`, an answer that was cut.

    `await ask(messages)` gives a stream. Ask once: with `messages`,
    then an assistant message with `text`, then a user message that
    asks to go on exactly where it stopped. If `text` is empty, ask with
    `messages` alone. `messages` itself stays as it is. Errors come out.
    However we end, the stream is closed.
    Example: go_on(ask, messages, "Tents keep") yields " you" and
    " dry." if these are the texts of the stream.
    """
    conversation = list(messages)
    if text:
        more = "Go on exactly where you stopped. Repeat nothing."
        conversation.append({"role": "assistant", "content": text})
        conversation.append({"role": "user", "content": more})
    async with aclosing(await ask(conversation)) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def first_to_speak(asks: Sequence[Ask]) -> AsyncGenerator[str, None]:
    """Ask several models at once; yield the texts of the first to speak.

    Each `await ask()` of `asks` gives a stream. The one whose first
    text, a delta that is not empty, comes first is heard to the end.
    The others are cancelled and their streams closed at once, before
    the second text. One that fails or ends without any text is out; if
    all are out, the last error comes out. However we end, no stream is
    open and no task is left.
    Example: one says "Hi" after 3 s, another "Hel", "lo" after 1 s and
    5 s; we yield "Hel" and "lo".
    """

    async def texts(ask: Ask) -> AsyncGenerator[str, None]:
        async with aclosing(await ask()) as stream:
            async for chunk in stream:
                if delta_of(chunk).text:
                    yield delta_of(chunk).text

    async def close(some: Iterable[asyncio.Task[str]]) -> None:
        for task in some:
            task.cancel()
        await asyncio.gather(*some, return_exceptions=True)
        closing = [speakers[task].aclose() for task in some]
        await asyncio.gather(*closing, return_exceptions=True)  # who is out may fail

    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts, asks)}
    running, winner, error = set(speakers), None, None
    try:
        while running and not winner:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                try:
                    winner = task if task.result() else winner
                except (Exception, asyncio.CancelledError) as failure:
                    error = failure
        await close(speakers.keys() - {winner})
        if winner:
            yield winner.result()
            async for text in speakers[winner]:
                yield text
        elif error:
            raise error
    finally:
        await close(speakers)
