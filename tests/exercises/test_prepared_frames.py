"""The prepared frames of notebook 09 behave like a real async generator."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest

from labkit.exercises.nb09.prepared_frames import PreparedFrames, told_frames
from labkit.exercises.timed_streams import CANCEL, SILENCE
from labkit.exercises.virtual_time import VirtualClock, VirtualTimeLoop


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(VirtualClock())) as runner:
        return runner.run(main())


async def begun(frames: PreparedFrames) -> asyncio.Task[bytes]:
    frames.called()
    reading = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(1)
    return reading


def test_frames_come_at_their_time_and_the_end_closes() -> None:
    async def main() -> PreparedFrames:
        frames = PreparedFrames(2.0, b"a", 3.0, b"b")
        frames.called()
        async for _ in frames:
            assert not frames.taken()
        frames.returned()
        return frames

    frames = ran(main)
    assert frames.items_s == pytest.approx([2, 5])
    assert (frames.closed, frames.tasks_left) == (True, 0)


def test_a_cancelled_read_ends_them() -> None:
    async def main() -> list[bytes]:
        frames = PreparedFrames(7.0, b"a")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(frames), 5)
        return [frame async for frame in frames]

    assert ran(main) == []


def test_they_cannot_be_closed_nor_read_again_while_they_are_read() -> None:
    async def main() -> None:
        frames = PreparedFrames(SILENCE)
        reading = await begun(frames)
        with pytest.raises(RuntimeError, match="already running"):
            await frames.aclose()
        with pytest.raises(RuntimeError, match="already running"):
            await anext(frames)
        reading.cancel()

    ran(main)


def test_what_is_left_is_noted() -> None:
    async def main() -> PreparedFrames:
        frames = PreparedFrames(SILENCE)
        await begun(frames)
        frames.returned()
        return frames

    frames = ran(main)
    assert (frames.closed, frames.tasks_left) == (False, 1)


def test_closed_before_the_first_read_is_closed_too() -> None:
    async def main() -> bool:
        frames = PreparedFrames(b"a")
        frames.called()
        async with aclosing(frames):
            pass
        frames.returned()
        return frames.closed

    assert ran(main)


def test_an_error_comes_after_the_frames() -> None:
    async def main() -> None:
        frames = PreparedFrames(b"a", LookupError("missed"))
        assert await anext(frames) == b"a"
        with pytest.raises(LookupError):
            await anext(frames)

    ran(main)


def test_the_reader_is_cancelled_and_no_other_task() -> None:
    async def main() -> bool:
        frames = PreparedFrames(3.0, CANCEL)
        frames.called()
        reading = asyncio.ensure_future(anext(frames))
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(9)
        return reading.done()

    assert ran(main) is False


def test_the_reader_leaves_after_so_many_items() -> None:
    async def main() -> list[bool]:
        frames = PreparedFrames(leaves=2)
        frames.called()
        return [frames.taken(), frames.taken()]

    assert ran(main) == [False, True]


def test_they_are_told_as_learners_read_them() -> None:
    told = told_frames(b"a", 7.0, TimeoutError("idle"), SILENCE, CANCEL)
    assert told == "b'a', 7 s, then TimeoutError, then silence, then its reader is cancelled"
    assert told_frames() == "none at all"
