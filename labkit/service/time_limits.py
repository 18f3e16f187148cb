"""The time limits of an answer: the model's first text, each wait after it, and the whole."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

_T = TypeVar("_T")


class FirstTokenTimeout(TimeoutError):
    """The model has not begun to speak in time."""


class IdleTimeout(TimeoutError):
    """The model has spoken, and has been silent for too long since."""


class AnswerTimeout(TimeoutError):
    """The whole answer has taken too long."""


async def in_time(
    stream: AsyncGenerator[_T, None], speaks: Callable[[_T], bool], first_s: float, idle_s: float
) -> AsyncGenerator[_T, None]:
    """Yield what `stream` yields, and close it at the end.

    Raises FirstTokenTimeout if nothing that `speaks` comes within `first_s` seconds of the start,
    and IdleTimeout if any wait after that takes longer than `idle_s`. Only waits are measured.
    """
    now = asyncio.get_running_loop().time
    due_s, spoken = now() + first_s, False
    async with aclosing(stream):
        while True:
            try:
                async with asyncio.timeout_at(due_s) as limit:
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if not limit.expired():  # it is the stream's own
                    raise
                raise (IdleTimeout if spoken else FirstTokenTimeout) from None
            yield piece
            spoken = spoken or speaks(piece)
            if spoken:
                due_s = now() + idle_s
