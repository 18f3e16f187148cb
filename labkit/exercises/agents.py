"""What an agent works with, prepared for checks: a model, tools, calls that wait for others."""

import asyncio
import threading
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from openai.types.chat import ChatCompletionChunk

from labkit.exercises.streams import PreparedAsyncStream, reply

SLOW_S = 0.25
"""How long a slow tool takes: a tool that hangs for ever would keep a check waiting too."""

_MOST_TURNS = 12
_PATIENCE_S = 0.2


class ScriptedModel:
    """Answers each `ask` with the next of its `turns`; the last one again and again.

    `asked` has a copy of each conversation that it was asked with. Each stream breaks with `error`,
    if there is one. After twelve turns it only says that this is enough: a loop that never stops by
    itself comes to an end too.
    """

    def __init__(
        self, *turns: Sequence[ChatCompletionChunk], error: Exception | None = None
    ) -> None:
        self._turns = turns
        self._error = error
        self.asked: list[list[Any]] = []

    async def __call__(self, messages: list[Any]) -> PreparedAsyncStream:
        """Return the stream of the next turn."""
        self.asked.append(deepcopy(messages))
        number = len(self.asked)
        chunks = self._turns[min(number, len(self._turns)) - 1]
        chunks = chunks if number <= _MOST_TURNS else reply("Enough.")
        return PreparedAsyncStream(chunks, self._error)


class BlockingTool:
    """A plain tool that blocks; `on_loop` tells whether an event loop stood still meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.on_loop = False

    def look_up(self, product_id: str) -> str:
        """Block the thread that it is called in, then return a text."""
        self.on_loop = _has_a_loop()
        threading.Event().wait(self.seconds)
        return f"{product_id} is in stock"


def _has_a_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def add_up(prices: list[float]) -> float:
    """Return the sum; raise ValueError if there is nothing to add up."""
    if not prices:
        raise ValueError("no prices to add up")
    return sum(prices)


def say_nothing() -> None:
    """Return None, as a tool does that only does something."""


async def search(category: str) -> list[str]:
    """Return a result at once."""
    return [f"two {category}"]


async def search_in_vain(category: str) -> None:
    """Raise LookupError."""
    raise LookupError(f"the shelf of {category} is empty")


async def search_long(category: str) -> str:
    """Return only after SLOW_S seconds."""
    await asyncio.sleep(SLOW_S)
    return "too late"


async def search_until_stopped(category: str) -> str:
    """Run while Stop cancels the task that it runs in."""
    task = asyncio.current_task()
    if task is not None:
        task.cancel()
    await asyncio.sleep(SLOW_S)
    return "not stopped"


class Meeting:
    """Runs calls that need each other: each comes back only after all those behind it in the list.

    So they come back in reverse, and only if all run at once. If not, the waiting ends soon, and
    `together` is False.
    """

    def __init__(self, calls: Sequence[dict[str, Any]]) -> None:
        self._calls = calls
        self._back = 0
        self._change = asyncio.Condition()
        self.together = True

    async def run(self, call: dict[str, Any]) -> str:
        """Return the result of `call`, once those behind it have theirs."""
        behind = len(self._calls) - 1 - self._calls.index(call)
        async with self._change:
            await self._until_back(behind)
            self._back += 1
            self._change.notify_all()
        return f"result of {call['id']}"

    async def _until_back(self, others: int) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._change.wait_for(lambda: self._back >= others)
        except TimeoutError:
            self.together = False
