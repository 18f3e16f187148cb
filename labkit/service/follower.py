"""A reader of an answer that another replica makes: it follows the copy in Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from labkit.service.copy_entries import ALIVE_S, COLLECT_S, key, last_of, of_one, unseen
from labkit.service.events import ErrorCode, frame
from labkit.service.failures import failed
from labkit.service.redis_link import asking_redis
from labkit.service.refusals import Refused

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Follower:
    """Reads a copy (XREAD) from the event after `number` on, as the newest of its readers."""

    def __init__(self, redis: "Redis", answer_id: str, number: int) -> None:
        self._redis = redis
        self._answer_id, self._number = answer_id, number
        self._entry_id: str | bytes = f"{number}-0"
        self._name = secrets.token_urlsafe(12).encode()
        self._first = True
        self._alive_s = _now_s()  # the last sign of life of the replica that makes the answer
        self._why: ErrorCode | None = None
        self._gone = asyncio.Event()

    @property
    def is_served(self) -> bool:
        """Whether the reader has all, or is gone."""
        return self._gone.is_set()

    async def served(self) -> None:
        """Wait until the follower `is_served`."""
        await self._gone.wait()

    def leave(self) -> None:
        """Say that the reader is gone."""
        self._gone.set()

    def end(self, why: ErrorCode) -> None:
        """Tell the reader soon why it gets no more."""
        self._why = self._why or why

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield the frames of the copy; if they end too early, an error event says why."""
        while not self._why:
            for entry_id, fields in await self._new():
                if b"end" in fields:
                    return
                if int(fields[b"first"]) > self._number + 1:  # it was dropped: we are too slow
                    self.end("incomplete")
                    break
                if frames := unseen(fields, self._number):
                    yield frames
                self._entry_id, self._number = entry_id, last_of(entry_id)
            else:
                await asyncio.sleep(COLLECT_S)
        yield frame(failed(self._why), self._answer_id, self._number + 1)

    async def _new(self) -> list[Any]:
        """Return what is new in the copy; nothing while Redis does not answer."""
        read, reader, alive, stopped = await self._asked()
        if read or alive:
            self._alive_s = _now_s()
        if stopped:
            self.end("stopped")
        elif reader != self._name:
            self.end("superseded")
        elif _now_s() - self._alive_s > ALIVE_S:
            self.end("internal_error")
        return [] if self._why else of_one(read)

    async def _asked(self) -> tuple[Any, bytes, bool, bool]:
        """Return new entries, who reads the copy, whether its maker lives, and is to stop."""
        reader = key(self._answer_id, "reader")
        try:
            async with asking_redis(), self._redis.pipeline(transaction=False) as pipe:
                pipe.xread({key(self._answer_id): self._entry_id})
                pipe.set(reader, self._name, nx=not self._first, ex=ALIVE_S)
                pipe.expire(reader, ALIVE_S)
                pipe.get(reader)
                pipe.exists(key(self._answer_id, "alive"))
                pipe.exists(key(self._answer_id, "stop"))
                read, _, _, name, alive, stopped = await pipe.execute()
        except Refused:
            return None, self._name, False, False
        self._first = False
        return read, name, bool(alive), bool(stopped)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
