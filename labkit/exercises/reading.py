"""What is read item by item: it knows when an item has been read, and when its reader has gone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from functools import cached_property
from typing import Any

PATIENCE_S = 1.0
"""How long what streams waits for its reader."""


class Reading:
    """Knows when an item has been read, and when the reader has gone."""

    def __init__(self, *, leaves: bool = False) -> None:
        self._leaves = leaves
        self._read = asyncio.Event()
        self.over = False

    def taken(self) -> bool:
        """Note that an item has been read; return whether the reader leaves after it."""
        self._read.set()
        return self._leaves

    def returned(self) -> None:
        """Note that the reader is gone: what ends from now on ends too late."""
        self.over = True

    async def wait(self, item: Any) -> None:
        """Wait until `item` has been read; raise TimeoutError if nobody reads it."""
        try:
            await asyncio.wait_for(self._read.wait(), PATIENCE_S)
        except TimeoutError:
            raise TimeoutError(f"{item!r} was not yielded before the next one came") from None
        self._read.clear()


class Generated(Reading):
    """Is read as the asynchronous generator that `_items` gives, and can be closed like one."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._generator

    async def aclose(self) -> None:
        """Close the generator."""
        await self._generator.aclose()

    @cached_property
    def _generator(self) -> AsyncGenerator[Any, None]:
        return self._items()

    def _items(self) -> AsyncGenerator[Any, None]:
        raise NotImplementedError
