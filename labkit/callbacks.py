"""Turns callbacks into a stream: some libraries call us, and we would rather iterate."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

Item = TypeVar("Item")

_END = object()


async def stream_of(
    run: Callable[[Callable[[Item], None]], Coroutine[Any, Any, Any]],
) -> AsyncGenerator[Item, None]:
    """Yield what `run` hands to its callback, as it comes.

    `run(callback)` runs in a task of its own, and the stream ends with it; what it raises comes out
    after what came before. When the reader leaves (closes the generator, or is cancelled), `run` is
    cancelled and waited for. What the reader has not taken yet waits in memory, without a limit.
    """
    queue: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(run(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(_END))
    try:
        while (item := await queue.get()) is not _END:
            yield item
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
