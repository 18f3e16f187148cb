"""Agents and group chats, prepared for checks: what streams waits for its reader, and is left."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Literal

from labkit.exercises import contents
from labkit.exercises.reading import PATIENCE_S, Generated, Reading

Ending = Literal["whole", "cut", "error", "cancelled"]


class RecordingAgent(Generated):
    """Streams an answer and writes its history, when and as an agent of Semantic Kernel does.

    The question comes into `history` when the loop begins, and the text when the stream has ended,
    cut or not. With `tool` a turn with calls and its usage comes first. Each text waits until the
    one before has been read. With `leaves` its reader goes after the first of them.
    """

    def __init__(
        self,
        texts: Sequence[str],
        ending: Ending = "whole",
        *,
        tool: bool = False,
        leaves: bool = False,
    ) -> None:
        from semantic_kernel.agents import ChatHistoryAgentThread
        from semantic_kernel.contents import ChatHistory

        super().__init__(leaves=leaves)
        self.history = ChatHistory()
        self.history.add_user_message("Hi!")
        self.history.add_assistant_message("Hello.")
        self._thread = ChatHistoryAgentThread(chat_history=self.history)
        self._texts, self._ending, self._tool = texts, ending, tool

    async def _items(self) -> AsyncGenerator[Any, None]:
        self.history.add_user_message("What to wear?")
        if self._tool:
            yield self._item(usage={"completion_tokens": 9})
            for message in contents.told("wool"):
                self.history.add_message(message)
        if self._texts:
            yield self._item("")
        for text in self._texts:
            yield self._item(text)
            await self.wait(text)
        await self._end()
        if self._ending == "whole":
            yield self._item(usage=contents.USAGE)
        self.history.add_assistant_message("".join(self._texts))

    async def _end(self) -> None:
        if self._ending == "error":
            raise ConnectionResetError("The connection was lost.")
        task = asyncio.current_task()
        if self._ending == "cancelled" and task:
            task.cancel()
            await asyncio.sleep(PATIENCE_S)

    def _item(self, text: str | None = None, **more: Any) -> Any:
        from semantic_kernel.agents import AgentResponseItem

        return AgentResponseItem(message=contents.content(text, **more), thread=self._thread)


class Caller(Reading):
    """Is the `run` of an exercise: hands `items` to its callback, then raises `error` if any.

    With `waits` it hands over the next item only when the one before has been read. With `left` its
    reader is cancelled after the items, or `leaves` after the first; `stopped` tells whether that
    ended this side, too, in time.
    """

    def __init__(
        self,
        *items: Any,
        error: Exception | None = None,
        waits: bool = False,
        left: bool = False,
        leaves: bool = False,
    ) -> None:
        super().__init__(leaves=leaves)
        self._items, self._error = items, error
        self._waits, self._left = waits, left
        self.stopped = False

    async def __call__(self, callback: Callable[[Any], None]) -> None:
        """Call back with each item."""
        try:
            await self._call(callback)
        except asyncio.CancelledError:
            self.stopped = not self.over
            raise

    async def _call(self, callback: Callable[[Any], None]) -> None:
        for item in self._items:
            callback(item)
            await asyncio.sleep(0)
            if self._waits:
                await self.wait(item)
        if self._error:
            raise self._error.with_traceback(None)
        if self._left:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        if self._left or self._leaves:
            await asyncio.sleep(PATIENCE_S)


class Talk(Generated):
    """A group chat: messages of (name, text), each after something of the one before was read."""

    def __init__(self, *said: tuple[str, str]) -> None:
        super().__init__()
        self._said = said

    async def _items(self) -> AsyncGenerator[Any, None]:
        for name, text in self._said:
            yield contents.content(text, name=name)
            if text:
                await self.wait(text)
