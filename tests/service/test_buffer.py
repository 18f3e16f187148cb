"""The buffer of an answer: nobody misses or repeats a frame, and it stays small."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from labkit.service.buffer import Buffer, Cursor, MissedError

LIMIT = 20


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _next(cursor: Cursor) -> bytes:
    return await anext(cursor, b"")


def kept(buffer: Buffer) -> int:
    return sum(map(len, buffer._frames))


class Readers(RuleBasedStateMachine):
    """Whatever is put, and however cursors come, take and go."""

    cursors = Bundle("cursors")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.buffer = Buffer(LIMIT)
        self.put: list[bytes] = []
        self.waiting: asyncio.Task[None] | None = None
        self.seen: dict[Cursor, tuple[int, bytes]] = {}

    def teardown(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.turns()
        self.loop.close()

    def turns(self) -> None:
        self.loop.run_until_complete(_turns(4))

    @rule(size=st.integers(1, 30))
    def put_a_frame(self, size: int) -> None:
        if self.buffer.closed or (self.waiting and not self.waiting.done()):
            return
        frame = bytes([len(self.put) % 251]) * size
        self.put.append(frame)
        self.waiting = self.loop.create_task(self.buffer.put(frame))
        self.turns()

    @rule(target=cursors, after=st.integers(-1, 40))
    def come(self, after: int) -> Any:
        try:
            cursor = self.buffer.cursor(after)
        except ValueError:
            assert not 0 <= after <= self.buffer.last
            return multiple()
        except MissedError:
            assert after + 1 < self.buffer.first
            return multiple()
        assert self.buffer.first <= after + 1 <= self.buffer.last + 1
        self.seen[cursor] = (after, b"")
        return cursor

    @rule(cursor=cursors)
    def take(self, cursor: Cursor) -> None:
        task = self.loop.create_task(_next(cursor))
        self.turns()
        after, seen = self.seen[cursor]
        if task.done():
            self.seen[cursor] = after, seen + task.result()
        else:
            task.cancel()  # a reader that gives up while it waits
            self.turns()
            assert cursor.at == self.buffer.last

    @rule(cursor=consumes(cursors))
    def leave(self, cursor: Cursor) -> None:
        cursor.close()
        self.turns()

    @rule()
    def end(self) -> None:
        if not (self.waiting and not self.waiting.done()):
            self.buffer.close()

    @invariant()
    def everybody_has_seen_what_was_put(self) -> None:
        for cursor, (after, seen) in self.seen.items():
            assert seen == b"".join(self.put[after : cursor.at])

    @invariant()
    def it_holds_no_more_than_its_limit_or_one_frame_that_is_larger(self) -> None:
        largest = max(map(len, self.buffer._frames), default=0)
        assert kept(self.buffer) <= max(LIMIT, largest)

    @invariant()
    def who_puts_waits_for_somebody_only(self) -> None:
        if self.waiting and not self.waiting.done():
            open_ones = [cursor for cursor in self.seen if not cursor.closed]
            assert min(cursor.at for cursor in open_ones) < self.buffer.last


def test_readers_see_everything_once_and_in_order_while_it_stays_small() -> None:
    run_state_machine_as_test(Readers, settings=settings(max_examples=100, stateful_step_count=40))


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=30), st.integers(1, 100))
def test_a_reader_that_keeps_up_gets_all_of_it_from_any_buffer(
    frames: list[bytes], limit: int
) -> None:
    async def write(buffer: Buffer) -> None:
        for frame in frames:
            await buffer.put(frame)
            assert kept(buffer) <= max(limit, len(frame))
        buffer.close()

    async def both() -> bytes:
        buffer = Buffer(limit)
        cursor = buffer.cursor()
        writing = asyncio.create_task(write(buffer))
        got = b"".join([frame async for frame in cursor])
        await writing
        return got

    assert asyncio.run(both()) == b"".join(frames)


async def _filled(count: int = 4) -> tuple[Buffer, Cursor, "asyncio.Task[None]"]:
    """Return a buffer that is full, the cursor that it waits for, and who waits to put."""
    buffer = Buffer(LIMIT)
    cursor = buffer.cursor()
    for _ in range(count):
        await buffer.put(b"12345")
    task = asyncio.create_task(buffer.put(b"x"))
    await _turns(3)
    assert not task.done()
    return buffer, cursor, task


@pytest.mark.parametrize("go", ["take", "close", "forget"])
def test_who_puts_goes_on_when_the_slow_reader_takes_closes_or_is_forgotten(go: str) -> None:
    async def main() -> None:
        buffer, cursor, task = await _filled()
        {"take": lambda: buffer.take(cursor), "close": cursor.close}.get(
            go, lambda: buffer.forget(cursor)
        )()
        await _turns(3)
        assert task.done()
        assert (buffer.last, kept(buffer)) == (5, 16)

    asyncio.run(main())


def test_the_slowest_of_two_readers_counts() -> None:
    async def main() -> None:
        buffer, slow, task = await _filled()
        fast = buffer.cursor(buffer.last)
        await _turns(2)
        assert not task.done()
        assert await anext(slow) == b"12345" * 4
        await _turns(2)
        assert task.done()
        assert await anext(fast) == b"x"

    asyncio.run(main())


def test_a_last_frame_goes_in_though_there_is_no_room() -> None:
    async def main() -> None:
        buffer, cursor, task = await _filled()
        task.cancel()
        buffer.put_now(b"the last")
        buffer.close()
        assert b"".join([frame async for frame in cursor]) == b"12345" * 4 + b"the last"
        assert cursor.closed

    asyncio.run(main())


def test_one_frame_that_is_larger_than_the_buffer_has_room_in_an_empty_one() -> None:
    async def main() -> None:
        buffer = Buffer(4)
        cursor = buffer.cursor()
        for frame in (b"123456789", b"12", b"987654321"):
            await asyncio.wait_for(buffer.put(frame), 5)
            assert await anext(cursor) == frame

    asyncio.run(main())


def test_a_cancelled_put_puts_nothing_and_a_cancelled_reader_loses_nothing() -> None:
    async def main() -> None:
        buffer, cursor, task = await _filled()
        task.cancel()
        await asyncio.wait([task])
        assert await anext(cursor) == b"12345" * 4
        reading = asyncio.create_task(_next(cursor))
        await _turns(2)
        reading.cancel()
        await asyncio.wait([reading])
        await buffer.put(b"y")
        assert await anext(cursor) == b"y"

    asyncio.run(main())


def test_what_is_gone_is_missed_and_what_is_not_there_yet_is_no_event() -> None:
    async def main() -> None:
        buffer = Buffer(LIMIT)
        for _ in range(6):
            await buffer.put(b"12345")
        assert (buffer.first, buffer.last) == (3, 6)
        assert b"".join([await anext(buffer.cursor(2))]) == b"12345" * 4
        with pytest.raises(MissedError, match="oldest one is 3"):
            buffer.cursor(1)
        for wrong in (-1, 7):
            with pytest.raises(ValueError, match="the last one is 6"):
                buffer.cursor(wrong)

    asyncio.run(main())


def test_a_cursor_closed_with_a_last_frame_gives_that_instead_of_what_is_left() -> None:
    async def main() -> None:
        buffer = Buffer(LIMIT)
        idle, behind = buffer.cursor(), buffer.cursor()
        reading = asyncio.create_task(_next(idle))
        await _turns(2)
        idle.close(b"last")
        idle.close(b"again")
        assert (await reading, await _next(idle)) == (b"last", b"")
        await buffer.put(b"12345")
        behind.close(b"last")
        assert [frame async for frame in behind] == [b"last"]

    asyncio.run(main())


def test_who_has_all_of_a_closed_buffer_gets_no_other_last_frame() -> None:
    async def main() -> None:
        buffer = Buffer(LIMIT)
        cursor = buffer.cursor()
        await buffer.put(b"the end")
        assert await anext(cursor) == b"the end"
        buffer.close()
        cursor.close(b"superseded")
        assert await _next(cursor) == b""

    asyncio.run(main())


def test_a_closed_cursor_ends_its_reader_at_once() -> None:
    async def main() -> None:
        cursor = Buffer(LIMIT).cursor()
        reading = asyncio.create_task(_next(cursor))
        await _turns(2)
        cursor.close()
        assert await reading == b""

    asyncio.run(main())
