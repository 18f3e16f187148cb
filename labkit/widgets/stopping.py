"""Stop for an asynchronous loop: it ends the wait for the next item, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from labkit.widgets.interrupts import StopAsked

Item = TypeVar("Item")

_MOST_AT_HAND = 1_000
"""So many items may come without any wait before we no longer look for one to cancel."""


class Stopping:
    """Waits for the items of one loop, and gives up waiting when Stop is asked for."""

    def __init__(self) -> None:
        self.asked = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter: asyncio.Task[Any] | None = None
        self._woken = False

    async def next(self, iterator: AsyncIterator[Item]) -> Item:
        """Return the next item; raise StopAsked, now or while it waits, once Stop is asked for."""
        self._loop = asyncio.get_running_loop()
        if self.asked:
            raise StopAsked
        return await self._wait(anext(iterator))

    async def leave(self, iterator: AsyncIterator[Any]) -> None:
        """Begin to wait for one more item, and cancel that wait; after StopAsked.

        Closing a generator does not close those that it reads from: the ones within an agent
        framework would keep the model's stream open. A cancelled wait ends all of them. But what
        comes before the wait is done once more: this is for streams, not for what has effects.
        """
        if self._woken:  # a wait has been cancelled already
            return
        asyncio.get_running_loop().call_soon(self._wake)
        with contextlib.suppress(StopAsked, StopAsyncIteration):
            await self._wait(self._pass_over(iterator))

    async def _pass_over(self, iterator: AsyncIterator[Any]) -> None:
        """Take what is at hand, up to the first wait."""
        for _ in range(_MOST_AT_HAND):
            await anext(iterator)
            if self._woken:  # it made light of the cancellation
                return

    async def _wait(self, step: Awaitable[Item]) -> Item:
        self._waiter = asyncio.current_task()
        try:
            return await step
        except asyncio.CancelledError:
            # It is ours only if we asked for it, and if nobody else cancels this task as well.
            if self._woken and self._waiter and self._waiter.cancelling() == 1:
                raise StopAsked from None
            raise
        finally:
            if self._woken and self._waiter:  # also where the iterator made light of it
                self._waiter.uncancel()
            self._waiter = None

    def ask(self) -> None:
        """End the loop at its next item; may be called from another thread."""
        self.asked = True
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._waiter and not self._woken:
            self._woken = True
            self._waiter.cancel()


async def aclose(stream: Any) -> None:
    """Close what an asynchronous loop has read from."""
    if (closing := closer(stream)()) is not None:
        await closing


def closer(stream: Any) -> Callable[[], Any]:
    """Return what closes an SDK stream or a generator; a bare iterator has nothing to close."""
    return getattr(stream, "close", None) or getattr(stream, "aclose", None) or (lambda: None)
