"""The answers that run here, and those that a reader may still come back to."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from labkit.service.agent import Agent
from labkit.service.answer import Answer
from labkit.service.buffer import Cursor, MissedError
from labkit.service.metrics import Metrics
from labkit.service.refusals import Refused
from labkit.service.settings import Settings

_EVENT_ID = re.compile(r"([\w-]{1,64})\.([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """What a reader gets: the frames, and whom to tell when it is gone."""

    frames: AsyncIterator[bytes]
    leave: Callable[[], None]

    @classmethod
    def of(cls, answer: Answer, cursor: Cursor) -> "Reading":
        """Return the reading of `answer` from `cursor` on."""
        return cls(cursor, lambda: answer.leave(cursor))


class Answers:
    """Begins answers, finds them again, ends them; belongs to one event loop."""

    def __init__(self, agent: Agent, settings: Settings, metrics: Metrics) -> None:
        self.draining = False
        self._agent = agent
        self._settings = settings
        self._metrics = metrics
        self._answers: dict[str, Answer] = {}
        self._keepers: set[asyncio.Task[None]] = set()

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

        `slot` is closed as soon as the answer has ended and its reader is served.
        """
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
        keeper = asyncio.create_task(self._keep(answer, slot))
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        return Reading.of(answer, answer.read())

    def resume(self, client: str, event_id: str) -> Reading | None:
        """Return what follows the event of this id, or None if nothing does.

        Raises Refused: 404 for an answer that is not there or somebody else's, 410 if what follows
        is no longer kept.
        """
        answer_id, number = parse_event_id(event_id)
        answer = self._find(client, answer_id)
        if answer.buffer.closed and number == answer.buffer.last:
            return None
        try:
            return Reading.of(answer, answer.read_again(number))
        except MissedError:
            sentence = "A part of the answer is gone: please ask again."
            raise Refused(410, "missed", sentence) from None
        except ValueError:
            raise unknown() from None

    def stop(self, client: str, answer_id: str) -> None:
        """End an answer whose reader does not come back. Raises Refused 404."""
        self._find(client, answer_id).stop()

    async def drain(self) -> None:
        """Let what runs end in time, and tell the readers of the rest why they get no more."""
        self.draining = True
        self._metrics.draining.set(1)
        await self._served(self._settings.drain_timeout)
        await asyncio.gather(*(answer.end("shutting_down") for answer in self._answers.values()))
        await self._served(self._settings.send_timeout)

    async def close(self) -> None:
        """End everything at once: the server is gone."""
        for answer in self._answers.values():
            answer.stop()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _keep(self, answer: Answer, slot: AsyncExitStack) -> None:
        """Keep an answer as long as its reader may come back, and its slot while it is served."""
        try:
            async with slot:
                await answer.served()
            if answer.resumable:
                await asyncio.sleep(self._settings.resume_window)
        finally:
            del self._answers[answer.id]

    async def _served(self, limit_s: float) -> None:
        """Wait until every reader has all of its answer, for `limit_s` at most."""
        serving = [asyncio.create_task(answer.served()) for answer in self._answers.values()]
        if serving:
            await asyncio.wait(serving, timeout=limit_s)
        for task in serving:
            task.cancel()

    def _find(self, client: str, answer_id: str) -> Answer:
        answer = self._answers.get(answer_id)
        if answer is None or answer.client != client:
            raise unknown()
        return answer


def parse_event_id(event_id: str) -> tuple[str, int]:
    """Return the answer's id and the number in an event's id. Raises Refused 404."""
    parts = _EVENT_ID.fullmatch(event_id)
    if parts is None:
        raise unknown()
    return parts[1], int(parts[2])


def unknown() -> Refused:
    """Return the refusal for an answer that is not there, or that the client may not see."""
    sentence = "There is no such answer, or it is kept no longer: please ask again."
    return Refused(404, "unknown", sentence)
