"""Runs a policy once and notes what really came beside what it showed.

A policy is what a reader does when a stream breaks: `async def policy(ask, show)`. `await ask()`
asks the model and returns the stream; `show(text, state)` shows all text so far to the user.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from labkit.deltas import Delta
from labkit.taps import Heard, Tap, TappedStream
from labkit.timing import count
from labkit.verdicts import GOOD, is_whole, verdict_of

STATES = ("writing", "complete", "incomplete")
"""What `show` may say of the text."""

NOTHING_SHOWN = "nothing shown"
"""The state of a trial whose policy has not called `show`."""

Ask = Callable[..., Awaitable[Any]]
Show = Callable[[str, str], None]
Policy = Callable[[Ask, Show], Awaitable[Any]]

_GRACE_S = 1.0
_LONGEST = 300
_KEY = re.compile(r"\bsk-[\w*-]+|(?<=Bearer )\S+")


@dataclass(frozen=True, repr=False)
class Trial:
    """What one run of a policy came to; times are in seconds since it began."""

    shown: str
    """The last text that the policy showed."""
    state: str
    """The last state that it showed, one of STATES, or `nothing shown`."""
    heard: tuple[Heard, ...]
    """What really came, for each time that the model was asked."""
    seconds: float
    ttft_s: float | None = None
    """When the first text came, on whichever stream; None if none came."""
    raised: str = ""
    """What the policy raised, in one sentence; empty if it returned."""
    hung: bool = False
    left_open: int = 0
    """How many streams it neither read to the end nor closed."""

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return len(self.heard)

    @property
    def complete(self) -> bool:
        """Whether what was shown is a whole answer, whatever the policy says."""
        return is_whole(self.shown, self.heard)

    @property
    def verdict(self) -> str:
        """The worst of `labkit.verdicts.VERDICTS` that is true of this trial."""
        return verdict_of(self)

    @property
    def good(self) -> bool:
        """Whether the policy told its user the truth, and lost and left nothing."""
        return self.verdict in GOOD

    def __repr__(self) -> str:
        ttft = "no text" if self.ttft_s is None else f"TTFT {self.ttft_s:.2f} s"
        asked = f"asked {count(self.asked, 'time')}"
        why = f"; {self.raised}" if self.raised else ""
        return f"Trial({self.verdict}: {asked}, {ttft}, {self.seconds:.2f} s{why})"


async def tried(
    policy: Policy,
    ask: Ask,
    *,
    limit_s: float = 10.0,
    progress: Callable[[Trial], None] | None = None,
) -> Trial:
    """Run `policy` once with `ask`, and return the Trial; what the policy raises is in it.

    `ask` may take arguments: the policy's reach it. After `limit_s` seconds the policy is cancelled
    and the trial says `hung`. Streams and tasks that it leaves behind are ended. `progress` gets
    the trial so far whenever the model is asked or something is shown.
    """
    return await _Run(ask, progress).within(limit_s, policy)


class _Run:
    """A trial while it lasts."""

    def __init__(self, ask: Ask, progress: Callable[[Trial], None] | None) -> None:
        self._ask = ask
        self._progress = progress
        self._clock = asyncio.get_running_loop().time
        self._began_s = self._clock()
        self._first_s: float | None = None
        self._shown, self._state = "", NOTHING_SHOWN
        self._taps: list[Tap] = []
        self._known: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = False

    async def within(self, limit_s: float, policy: Policy) -> Trial:
        """Run `policy` for at most `limit_s`; leave no task and no stream behind."""
        task = asyncio.ensure_future(_awaited(policy, self.ask, self.show))
        try:
            await asyncio.wait({task}, timeout=limit_s)
            hung, seconds, self._over = not task.done(), self._now_s(), True
            # Who has cancelled a task has done enough, even if it is not over yet.
            await _ended([task, *(each for each in self._tasks if each.cancelling())])
            left_open = sum(tap.open for tap in self._taps)
            raised = "" if hung and (task.cancelled() or not task.done()) else _raised(task)
        finally:
            self._over = True
            await self._clean_up(task)
        return self._trial(seconds, raised, hung, left_open)

    async def ask(self, *arguments: Any, **named: Any) -> TappedStream:
        """Ask for the policy, and return the tapped stream."""
        if self._over:
            raise RuntimeError("This trial is over: it cannot ask the model any more.")
        if task := asyncio.current_task():
            self._tasks.add(task)
        asked = repr((arguments, named))
        tap = Tap(asked in self._known, self._hear)
        self._known.add(asked)
        self._taps.append(tap)
        self._tell()
        return await tap.connect(self._ask(*arguments, **named))

    def show(self, text: str, state: str) -> None:
        """Show for the policy; raises ValueError for an unknown state."""
        if state not in STATES:
            raise ValueError(f"show takes a state of {', '.join(STATES)}; got {state!r}.")
        if not isinstance(text, str):
            raise TypeError(f"show takes all text so far, a str; got {type(text).__name__}.")
        if not self._over:
            self._shown, self._state = text, state
            self._tell()

    def _hear(self, delta: Delta) -> None:
        if task := asyncio.current_task():
            self._tasks.add(task)
        if delta.text and self._first_s is None:
            self._first_s = self._now_s()

    def _tell(self) -> None:
        if self._progress:
            self._progress(self._trial(self._now_s()))

    def _now_s(self) -> float:
        return self._clock() - self._began_s

    def _trial(
        self, seconds: float, raised: str = "", hung: bool = False, left_open: int = 0
    ) -> Trial:
        heard = tuple(tap.heard() for tap in self._taps)
        known = (self._shown, self._state, heard, seconds, self._first_s)
        return Trial(*known, raised=raised, hung=hung, left_open=left_open)

    async def _clean_up(self, task: asyncio.Task[Any]) -> None:
        async with AsyncExitStack() as stack:  # each is closed, also if another one fails
            for tap in self._taps:
                stack.push_async_callback(tap.close)
            await _ended([task, *self._tasks])


async def _awaited(policy: Policy, ask: Ask, show: Show) -> None:
    await policy(ask, show)


async def _ended(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and give them a little time, those that make light of it once more."""
    running = {task for task in tasks if not task.done()}
    for once_more in (False, True):
        for task in running:
            if once_more or not task.cancelling():  # or its clean-up would be broken off
                task.cancel()
        if running:
            _, running = await asyncio.wait(running, timeout=_GRACE_S)


def _raised(task: asyncio.Task[Any]) -> str:
    if task.cancelled():
        return "CancelledError: the policy was cancelled from within."
    error = task.exception()
    return "" if error is None else "; ".join(_sentences(error))[:_LONGEST]


def _sentences(error: BaseException) -> list[str]:
    """Return kind and message, without what looks like a key; those within for a group."""
    if isinstance(error, BaseExceptionGroup):
        return [sentence for each in error.exceptions for sentence in _sentences(each)]
    first_line = next(iter(str(error).splitlines()), "")
    return [_KEY.sub("[key]", f"{type(error).__name__}: {first_line}".removesuffix(": "))]
