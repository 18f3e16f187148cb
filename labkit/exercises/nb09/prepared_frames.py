"""The frames of an answer, prepared: an async generator that takes its time, or fails."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from types import AsyncGeneratorType
from typing import Any, cast

from labkit.exercises.timed_streams import SILENCE, wait

Step = bytes | float | BaseException
"""A frame, seconds to wait, or an error to raise; CancelledError cancels the reader."""

_ENOUGH = 50  # more items than any case has: a loop that yields for ever ends here


class PreparedFrames(AsyncGenerator[bytes, None]):
    """Does `steps` one after the other, as a real async generator does: a cancelled read ends it.

    Its reader leaves after `leaves` items. It notes what the function yielded and after how many
    seconds; whether it was `closed` and how many tasks were left when the function came back.
    """

    def __init__(self, *steps: Step, leaves: int = _ENOUGH) -> None:
        # A real one, which cannot be read twice at once, nor closed while it is being read.
        self._frames = cast(AsyncGeneratorType[bytes, None], self._given(steps))
        self._leaves = leaves
        self._began_s = self.took_s = 0.0
        self._reader: asyncio.Task[object] | None = None
        self._before: set[asyncio.Task[Any]] = set()
        self.items_s: list[float] = []
        self.closed = False
        self.tasks_left = 0

    async def _given(self, steps: tuple[Step, ...]) -> AsyncGenerator[bytes, None]:
        for step in steps:
            if isinstance(step, bytes):
                yield step
            elif isinstance(step, asyncio.CancelledError):
                await self._cancel_reader()
            elif isinstance(step, BaseException):
                raise step.with_traceback(None)
            else:
                await wait(step)

    async def _cancel_reader(self) -> None:
        if self._reader:
            self._reader.cancel()
        await wait(SILENCE)

    def called(self) -> None:
        """Note when the function is called, and by which task: it is the one to be cancelled."""
        self._began_s = asyncio.get_running_loop().time()
        self._reader = asyncio.current_task()
        self._before = asyncio.all_tasks()

    def taken(self) -> bool:
        """Note when an item was yielded; return whether the reader leaves."""
        self.items_s.append(self._passed_s())
        return len(self.items_s) == self._leaves

    def returned(self) -> None:
        """Note what is left when the function has come back, and how long it took."""
        self.took_s = self._passed_s()
        self.closed = self._frames.ag_frame is None
        self.tasks_left = sum(not task.done() for task in asyncio.all_tasks() - self._before)

    def _passed_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s

    def __anext__(self) -> Coroutine[Any, Any, bytes]:
        return self._frames.__anext__()

    def asend(self, value: None) -> Coroutine[Any, Any, bytes]:
        """Send `value` to the generator, as it asks for."""
        return self._frames.asend(value)

    def athrow(self, *error: Any) -> Coroutine[Any, Any, bytes]:
        """Raise `error` in the generator."""
        return self._frames.athrow(*error)

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Close the generator; while it is being read this raises a RuntimeError."""
        return self._frames.aclose()


def told_frames(*steps: Step) -> str:
    """Return the steps as a learner reads them, "b'a', 2 s, b'b', silence"."""
    return ", ".join(map(_told, steps)) or "none at all"


def _told(step: Step) -> str:
    if isinstance(step, bytes):
        return repr(step)
    if isinstance(step, asyncio.CancelledError):
        return "then its reader is cancelled"
    if isinstance(step, BaseException):
        return f"then {type(step).__name__}"
    return f"{step:g} s" if step < SILENCE else "then silence"
