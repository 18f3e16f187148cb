"""The answers that run when a service is to end, and their readers: what is done to them."""

import asyncio
import inspect
from collections.abc import Coroutine
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from labkit.exercises.timed_streams import SILENCE, wait


@dataclass(frozen=True)
class Answer:
    """Ends after `ends_s` seconds, with `error` if there is one; CancelledError: its reader left.

    Cancelled before, it cleans up for `cleans_up_s` and is cancelled, or ends with `at_cancel`: a
    text or an error. Telling its reader takes `tell_s`, and fails with `gone` if there is one.
    """

    ends_s: float = SILENCE
    error: BaseException | None = None
    cleans_up_s: float = 0.0
    at_cancel: str | Exception = ""
    tell_s: float = 0.0
    gone: Exception | None = None


@dataclass
class Notes:
    """What was done to the answers, by their names, until the function came back after `took_s`.

    `cancelled_s`: when each was cancelled; `interrupted`: cancelled again while it cleaned up;
    `running`: not ended at the end; `asked`: how often `tell` was called; `told`: who was told to
    the end; `early`: who was told while it still ran.
    """

    took_s: float = 0.0
    cancelled_s: dict[str, float] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    asked: int = 0
    told: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)


class RunningAnswers:
    """Runs the answers a, b, c … as `tasks`, is the `tell` of their readers, and takes notes."""

    def __init__(self, tasks: set[Any] | list[Any], *answers: Answer) -> None:
        self.tasks = tasks
        self.notes = Notes()
        self._answers = dict(zip("abcdef", answers, strict=False))
        self._noting = Notes()
        self._begun: list[asyncio.Task[str]] = []
        self._tellings: list[Coroutine[Any, Any, None]] = []
        self._began_s = 0.0

    def called(self) -> None:
        """Begin the answers: the function is called next."""
        self._began_s = asyncio.get_running_loop().time()
        self._begun = [asyncio.create_task(self._run(name), name=name) for name in self._answers]
        add = self.tasks.extend if isinstance(self.tasks, list) else self.tasks.update
        add(self._begun)

    def returned(self) -> None:
        """End the notes: what the event loop tidies up after the function does not count."""
        self._noting.took_s = self._passed_s()
        self._noting.running = [task.get_name() for task in self._begun if not task.done()]
        self._noting.asked = len(self._tellings)
        self.notes = deepcopy(self._noting)
        for telling in self._tellings:
            if inspect.getcoroutinestate(telling) == inspect.CORO_CREATED:
                telling.close()  # else Python warns that it was never awaited

    def __call__(self, task: asyncio.Task[str]) -> Coroutine[Any, Any, None]:
        """Tell the reader of `task`, once this is awaited."""
        telling = self._tell(task)
        self._tellings.append(telling)
        return telling

    def name(self, task: Any) -> str:
        """Return the name of `task`, or its type if it is none of ours."""
        ours = any(each is task for each in self._begun)
        return str(task.get_name()) if ours else f"<{type(task).__name__}>"

    async def _run(self, name: str) -> str:
        answer = self._answers[name]
        try:
            await wait(answer.ends_s)
        except asyncio.CancelledError:
            self._noting.cancelled_s[name] = self._passed_s()
            return await self._clean_up(name)
        if answer.error:
            raise answer.error.with_traceback(None)
        return name

    async def _clean_up(self, name: str) -> str:
        answer = self._answers[name]
        try:
            await asyncio.sleep(answer.cleans_up_s)
        except asyncio.CancelledError:
            self._noting.interrupted.append(name)
            raise
        if isinstance(answer.at_cancel, Exception):
            raise answer.at_cancel.with_traceback(None)
        if not answer.at_cancel:
            raise asyncio.CancelledError
        return answer.at_cancel

    async def _tell(self, task: asyncio.Task[str]) -> None:
        name = self.name(task)
        answer = self._answers.get(name, Answer())
        if name in self._answers and not task.done():
            self._noting.early.append(name)
        await asyncio.sleep(answer.tell_s)
        self._noting.told.append(name)
        if answer.gone:
            raise answer.gone.with_traceback(None)

    def _passed_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s


def told_answer(answer: Answer) -> str:
    """Return the answer as a learner reads it: "never ends, cleans up for 2 s"."""
    parts = [_told_end(answer)]
    parts += [f"cleans up for {answer.cleans_up_s:g} s"] if answer.cleans_up_s else []
    if isinstance(answer.at_cancel, Exception):
        parts.append(f"fails with {type(answer.at_cancel).__name__} when cancelled")
    elif answer.at_cancel:
        parts.append(f"returns {answer.at_cancel!r} when cancelled")
    parts += [f"telling takes {answer.tell_s:g} s"] if answer.tell_s else []
    parts += [f"telling fails with {type(answer.gone).__name__}"] if answer.gone else []
    return ", ".join(parts)


def _told_end(answer: Answer) -> str:
    if answer.ends_s == SILENCE:
        return "never ends"
    if isinstance(answer.error, asyncio.CancelledError):
        return f"is cancelled by its reader after {answer.ends_s:g} s"
    if answer.error:
        return f"fails with {type(answer.error).__name__} after {answer.ends_s:g} s"
    return f"ends after {answer.ends_s:g} s"
