"""Runs a policy once and notes what really came beside what it showed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.deltas import Delta
from labkit.trials.ending import GRACE_S, clean_up, ended
from labkit.trials.raised import sentence_of
from labkit.trials.tap import Tap, TappedStream
from labkit.trials.trial import NOTHING_SHOWN, STATES, Trial

Ask = Callable[..., Awaitable[Any]]
Show = Callable[[str, str], None]
Policy = Callable[[Ask, Show], Awaitable[Any]]

_BLOCKED = (
    "The event loop was blocked beyond the limit: await what takes its time, and use neither a "
    "synchronous client nor time.sleep."
)


async def tried(
    policy: Policy,
    ask: Ask,
    *,
    limit_s: float = 10.0,
    progress: Callable[[Trial], None] | None = None,
) -> Trial:
    """Run `policy` once with `ask`, and return the Trial; what the policy raises is in it.

    `ask` may take arguments: the policy's reach it. After `limit_s` seconds the policy is cancelled
    and the trial says `hung`; so it does if something has blocked the event loop for longer.
    Streams that it leaves open are closed, and tasks of it that asked or read are cancelled; one
    that does neither is not known here, and goes on. What cannot be ended in a few seconds is named
    in the trial. `progress` gets the trial so far whenever the model is asked or something is
    shown; what it raises, the policy gets.
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
        self._ended_s: float | None = None
        self._shown, self._state = "", NOTHING_SHOWN
        self._taps: list[Tap] = []
        self._known: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def within(self, limit_s: float, policy: Policy) -> Trial:
        """Run `policy` for at most `limit_s`, then end what it leaves behind."""
        task = asyncio.ensure_future(self._follow(policy))
        try:
            await asyncio.wait({task}, timeout=limit_s)
            hung, seconds = not task.done(), self._end()
            # Who has cancelled a task has done enough, even if it is not over yet.
            await ended([task, *(each for each in self._tasks if each.cancelling())])
            left_open = sum(tap.left for tap in self._taps)
        finally:
            self._end()
            wrong = await clean_up([task, *(self._tasks - {task})], self._taps)
        blocked = seconds > limit_s + GRACE_S
        told = dict.fromkeys([_raised(task, hung), _BLOCKED if blocked else "", *wrong])
        return self._trial(seconds, "; ".join(filter(None, told)), hung or blocked, left_open)

    async def _follow(self, policy: Policy) -> None:
        try:
            await policy(self.ask, self.show)
        finally:  # at once: the next turn of the loop may be late, for which others are to blame
            self._end()

    def _end(self) -> float:
        """Return when the policy ended; from the first call on it asks and shows no more."""
        if self._ended_s is None:
            self._ended_s = self._now_s()
        return self._ended_s

    async def ask(self, *arguments: Any, **named: Any) -> TappedStream:
        """Ask for the policy, and return the tapped stream."""
        if self._ended_s is not None:
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
        if self._ended_s is None:
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


def _raised(task: "asyncio.Task[None]", hung: bool) -> str:
    if hung and (task.cancelled() or not task.done()):
        return ""
    if task.cancelled():
        return "CancelledError: the policy was cancelled from within."
    return sentence_of(task.exception())
