"""Policies for tests: good ones and, each in its own way, bad ones."""

import asyncio
from typing import Any

import openai

from labkit.chunks import delta_of
from labkit.trials import Ask, Show


async def naive(ask: Ask, show: Show) -> None:
    """Read on and call it complete, whatever came."""
    text = ""
    async for chunk in await ask():
        text += delta_of(chunk).text
        show(text, "writing")
    show(text, "complete")


async def hasty(ask: Ask, show: Show) -> None:
    """Read three chunks, leave the loop and close nothing."""
    text, read = "", 0
    async for chunk in await ask():
        text += delta_of(chunk).text
        if (read := read + 1) == 3:
            break
    show(text, "incomplete")


async def careful(ask: Ask, show: Show) -> None:
    """Show what came, and say whether it is whole."""
    text, reason = "", None
    try:
        async with await ask() as stream:
            async for chunk in stream:
                delta = delta_of(chunk)
                text, reason = text + delta.text, delta.finish_reason or reason
                show(text, "writing")
    except openai.OpenAIError:
        reason = None
    show(text, "complete" if reason else "incomplete")


async def forgetful(ask: Ask, show: Show) -> None:
    """Wipe the screen when the stream fails."""
    try:
        await naive(ask, show)
    except openai.OpenAIError:
        show("", "incomplete")


async def again(ask: Ask, show: Show) -> None:
    """Ask anew, at most three times, until an answer is whole."""
    state = ""

    def note(text: str, now: str) -> None:
        nonlocal state
        state = now
        show(text, "writing" if now == "incomplete" else now)

    for _ in range(3):
        await careful(ask, note)
        if state == "complete":
            return
    show("", "incomplete")


async def doubling(ask: Ask, show: Show) -> None:
    """Ask anew after a failure, and write the new answer behind the old one."""
    text = ""
    for _ in range(2):
        try:
            async for chunk in await ask():
                text += delta_of(chunk).text
            show(text, "complete")
            return
        except openai.OpenAIError:
            continue


async def impatient(ask: Ask, show: Show) -> None:
    """Give up waiting for a delta after a moment, and say so."""
    text, reason = "", None
    async with await ask() as stream:
        try:
            while True:
                delta = delta_of(await asyncio.wait_for(anext(stream), 0.2))
                text, reason = text + delta.text, delta.finish_reason or reason
        except (TimeoutError, StopAsyncIteration):
            show(text, "complete" if reason else "incomplete")


async def racing(ask: Ask, show: Show) -> None:
    """Ask twice at once; the first to speak goes on, the other is cancelled."""

    async def first() -> tuple[Any, str]:
        stream = await ask()
        async for chunk in stream:
            if text := delta_of(chunk).text:
                return stream, text
        return stream, ""

    asks = [asyncio.create_task(first()) for _ in range(2)]
    done, _ = await asyncio.wait(asks, return_when=asyncio.FIRST_COMPLETED)
    winner = done.pop()
    await asyncio.gather(*map(closed_loser, set(asks) - {winner}))
    stream, text = winner.result()
    reason = None
    async for chunk in stream:
        delta = delta_of(chunk)
        text, reason = text + delta.text, delta.finish_reason or reason
    show(text, "complete" if reason else "incomplete")


async def closed_loser(loser: "asyncio.Task[tuple[Any, str]]") -> None:
    loser.cancel()
    for stream, _ in [
        r for r in await asyncio.gather(loser, return_exceptions=True) if isinstance(r, tuple)
    ]:
        await stream.close()


async def careless(ask: Ask, show: Show) -> None:
    """Leave a task behind that still reads."""
    reading = asyncio.Event()
    asyncio.ensure_future(naive(ask, lambda text, state: reading.set()))  # noqa: RUF006
    await reading.wait()
    show("", "incomplete")
