"""The answers that run here, and those that a reader may still come back to."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from labkit.service import event_ids
from labkit.service.agent import Agent
from labkit.service.answer import Answer
from labkit.service.buffer import Cursor, MissedError
from labkit.service.copies import Copies
from labkit.service.follower import Follower
from labkit.service.metrics import Metrics
from labkit.service.refusals import draining, missed, unknown
from labkit.service.settings import Settings

LAST_WORDS_S = 5.0  # for readers to take them, and for copies to be written


@dataclass(frozen=True)
class Reading:
    """What a reader gets: the frames, and whom to tell when it is gone.

    `elsewhere` says that another replica makes the answer, so no slot is held for it here.
    """

    frames: AsyncIterator[bytes]
    leave: Callable[[], None]
    elsewhere: bool = False

    @classmethod
    def of(cls, answer: Answer, cursor: Cursor) -> "Reading":
        """Return the reading of `answer` from `cursor` on."""
        return cls(cursor, lambda: answer.leave(cursor))


class Answers:
    """Begins answers, finds them again, ends them; belongs to one event loop."""

    def __init__(
        self, agent: Agent, settings: Settings, metrics: Metrics, copies: Copies | None = None
    ) -> None:
        self.draining = False
        self._agent = agent
        self._settings = settings
        self._metrics = metrics
        self._copies = copies
        self._answers: dict[str, Answer] = {}
        self._followers: set[Follower] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self._copying: set[asyncio.Task[None]] = set()

    def start(
        self,
        client: str,
        question: str,
        slot: AsyncExitStack,
        *,
        resumable: bool,
        ticket: str | None = None,
    ) -> Reading:
        """Begin an answer; one that a ticket has paid for bears the ticket's id.

        What `slot` holds is closed as soon as the answer has ended and its reader is served. Raises
        Refused 503 while the service drains; then `slot` holds it still.
        """
        if self.draining:
            raise draining()
        answer = Answer(
            ticket or secrets.token_urlsafe(16),
            client,
            question,
            self._agent,
            self._settings,
            self._metrics.watch(),
            resumable=resumable,
        )
        self._answers[answer.id] = answer
        _run(self._keep(answer, slot.pop_all()), self._keeping)
        if self._copies and answer.resumable:
            _run(self._copies.follow(answer), self._copying)
        return Reading.of(answer, answer.read())

    async def resume(self, client: str, event_id: str) -> Reading | None:
        """Return what follows the event of this id, or None if nothing does.

        Raises Refused: 404 for an answer that is not there or somebody else's, 410 if what follows
        is no longer kept, 503 for one that another replica has better while this one drains.
        """
        answer_id, number = event_ids.parse(event_id)
        if answer := self._find(client, answer_id):
            return _reading_again(answer, number)
        if not self._copies:
            raise unknown()
        follower = await self._copies.read(client, answer_id, number)
        if self.draining:
            raise draining()
        return self._reading_elsewhere(follower) if follower else None

    async def stop(self, client: str, answer_id: str) -> None:
        """End an answer whose reader does not come back. Raises Refused 404."""
        if answer := self._find(client, answer_id):
            answer.stop()
            if self._copies and answer.resumable:
                await self._copies.drop(answer_id)
        elif self._copies:
            await self._copies.stop(client, answer_id)
        else:
            raise unknown()

    async def drain(self) -> None:
        """Let what runs end in time, and tell the readers of the rest why they get no more."""
        self.draining = True
        self._metrics.draining.set(1)
        await self._served(self._settings.drain_timeout)
        for follower in self._followers:
            follower.end("shutting_down")
        await asyncio.gather(*(answer.end("shutting_down") for answer in self._answers.values()))
        await asyncio.gather(self._served(LAST_WORDS_S), self._copied(LAST_WORDS_S))

    async def close(self) -> None:
        """End everything at once: the server is gone."""
        for answer in self._answers.values():
            answer.stop()
        for task in self._copying:
            task.cancel()
        await asyncio.gather(*self._keeping, *self._copying, return_exceptions=True)

    async def _keep(self, answer: Answer, slot: AsyncExitStack) -> None:
        """Keep an answer as long as its reader may come back, and its slot while it is served."""
        try:
            async with slot:
                await answer.served()
            await answer.kept()
        finally:
            del self._answers[answer.id]

    async def _served(self, limit_s: float) -> None:
        """Wait until every reader has all of its answer, for `limit_s` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while one := self._unserved():  # a reader may come back meanwhile
                    await one.served()

    def _unserved(self) -> Answer | Follower | None:
        """Return an answer or a follower whose reader has not got all of it."""
        everybody: list[Answer | Follower] = [*self._answers.values(), *self._followers]
        return next((one for one in everybody if not one.is_served), None)

    async def _copied(self, limit_s: float) -> None:
        """Wait until all copies are whole, for `limit_s` at most: others may follow them."""
        if self._copying:
            await asyncio.wait(self._copying, timeout=limit_s)

    def _reading_elsewhere(self, follower: Follower) -> Reading:
        def leave() -> None:
            follower.leave()
            self._followers.discard(follower)

        self._followers.add(follower)
        return Reading(follower.frames(), leave, elsewhere=True)

    def _find(self, client: str, answer_id: str) -> Answer | None:
        """Return the client's answer, if it is made or kept here."""
        answer = self._answers.get(answer_id)
        if answer is None or answer.stopped.is_set() or answer.client != client:
            return None
        return answer


def _run(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Run `work` in a task that is held in `tasks`: the event loop alone may lose it."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _reading_again(answer: Answer, number: int) -> Reading | None:
    if answer.buffer.closed and number == answer.buffer.last:
        return None
    try:
        return Reading.of(answer, answer.read_again(number))
    except MissedError:
        raise missed() from None
    except ValueError:
        raise unknown() from None
