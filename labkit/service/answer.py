"""One answer: a task that asks the agent, and the place where its reader is."""

import asyncio
import logging
from contextlib import suppress

from labkit.service.agent import Agent
from labkit.service.buffer import Buffer, Cursor
from labkit.service.events import Done, ErrorCode, Event, Started, frame
from labkit.service.failures import code_of, failed
from labkit.service.metrics import Watch
from labkit.service.settings import Settings

_log = logging.getLogger(__name__)


class Answer:
    """An answer that runs from the start; make it inside the event loop.

    One that is not `resumable` ends with its reader; another waits for the reader to come back, for
    `settings.resume_window` seconds.
    """

    def __init__(
        self,
        id: str,
        client: str,
        question: str,
        agent: Agent,
        settings: Settings,
        watch: Watch,
        *,
        resumable: bool,
    ) -> None:
        self.id = id
        self.client = client
        self.resumable = resumable and settings.resume_window > 0
        self.buffer = Buffer(settings.buffer_bytes)
        self.stopped = asyncio.Event()  # then nobody may come back to it
        self._over = asyncio.Event()  # nothing more is made for it
        self._settings = settings
        self._watch = watch
        self._reader = self.buffer.cursor()
        self._window: asyncio.TimerHandle | None = None
        self._why: ErrorCode | None = None
        self._task = asyncio.create_task(self._ask(agent, question))
        self._task.add_done_callback(self._ended)

    def read(self) -> Cursor:
        """Return the place of the first reader."""
        return self._reader

    def read_again(self, after: int) -> Cursor:
        """Return the place of a reader that comes back having seen the event number `after`.

        Whoever read before is told so, and reads no more: a lost connection may look open for long.
        Raises MissedError if what follows is gone, ValueError if there is no such event yet.
        """
        cursor = self.buffer.cursor(after)
        self._dismiss("superseded")
        self._reader = cursor
        if self._window:
            self._window.cancel()
            self._window = None
        return cursor

    def leave(self, reader: Cursor) -> None:
        """Say that `reader` is gone: served to the end, lost, or for good."""
        if reader is not self._reader:  # it has come back by another connection
            return
        if not self.resumable:
            self.stop()
        elif self.buffer.closed:
            reader.close()
        else:
            self._begin_window()

    def hold(self) -> None:
        """Say that the reader follows a copy elsewhere: its time to come back begins anew."""
        if self._window:
            self._window.cancel()
            self._begin_window()

    def stop(self) -> None:
        """End the answer, tell its reader, and let nobody come back to it."""
        self.stopped.set()
        if self._window:
            self._window.cancel()
        self._task.cancel()
        self._dismiss("stopped")

    async def end(self, why: ErrorCode) -> None:
        """End the answer, and tell its reader why; nothing happens to one that has ended."""
        self._why = why
        self._task.cancel()
        await asyncio.wait([self._task])

    @property
    def is_served(self) -> bool:
        """Whether the answer has ended and its reader has taken all of it, or left for good."""
        return self.buffer.closed and self._reader.closed

    async def served(self) -> None:
        """Wait until the answer `is_served`."""
        await self._over.wait()
        while not self.is_served:  # another reader may have come meanwhile
            await self._reader.wait_closed()

    async def kept(self) -> None:
        """Wait until a lost reader has had its time to come back, or the answer is stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.resume_window if self.resumable else 0):
                await self.stopped.wait()

    def _dismiss(self, why: ErrorCode) -> None:
        """Tell the reader why it gets no more."""
        self._reader.close(frame(failed(why), self.id, self._reader.at + 1))

    def _begin_window(self) -> None:
        loop = asyncio.get_running_loop()
        self._window = loop.call_later(self._settings.resume_window, self.stop)

    async def _ask(self, agent: Agent, question: str) -> Done:
        async with asyncio.timeout(self._settings.answer_timeout):
            await self._tell(Started(answer=self.id, model=agent.model))
            return await agent.answer(question, self._tell)

    async def _tell(self, event: Event) -> None:
        self._watch.see(event)
        await self.buffer.put(self._frame(event))
        self._watch.go_on()

    def _frame(self, event: Event) -> bytes:
        return frame(event, self.id, self.buffer.last + 1)

    def _ended(self, task: asyncio.Task[Done]) -> None:
        """Send the last event: what the agent returned, or why it did not."""
        if task.cancelled():
            last: Event | None = failed(self._why) if self._why else None
        elif error := task.exception():
            _log.warning("an answer failed", exc_info=error)
            last = failed(code_of(error))
        else:
            last = task.result()
        if last:
            self.buffer.put_now(self._frame(last))
        self._watch.end(last)
        self.buffer.close()
        self._over.set()
        if self._window:  # the reader is lost, and there is nothing more to be made for it
            self._window.cancel()
            self._reader.close()
