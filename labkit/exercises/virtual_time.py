"""An event loop whose clock jumps: where nothing is ready, nobody waits.

A learner writes `asyncio.sleep(20)`, and the check takes no time. While a thread works, the clock
runs like a real one, for the thread's end cannot be foreseen.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple

_Given = TypeVarTuple("_Given")
_Found = TypeVar("_Found")
_BEGINNING_S = 1000.0  # not 0: `if last:` is a way to ask whether there was an earlier time
_LOOK_AGAIN_S = 0.05
_CLOCKS = (time.monotonic, time.perf_counter, time.time)


class VirtualClock:
    """The time of one check; `blocked_s` is how long `time.sleep` has stopped the event loop."""

    def __init__(self) -> None:
        self.now = _BEGINNING_S
        self.blocked_s = 0.0
        self._loop_thread = 0

    def begin(self) -> None:
        """Note that the event loop runs in this thread."""
        self._loop_thread = threading.get_ident()

    def telling(self, real: Callable[[], float]) -> Callable[[], float]:
        """Return what tells the virtual time; in another thread than the loop's, that of `real`."""
        return lambda: self.now if self._is_here() else real()

    def sleep(self, seconds: float) -> None:
        """Block, as `time.sleep` does, though only the clock goes on; a thread really sleeps."""
        if not self._is_here():
            time.sleep(seconds)
            return
        self.blocked_s += seconds
        self.now += seconds

    def _is_here(self) -> bool:
        return threading.get_ident() == self._loop_thread


class _JumpingSelector(selectors.DefaultSelector):
    """Tells what is ready; where nothing is, the clock jumps instead of a wait."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self._threads = 0
        self._seen_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now, or nothing after a jump of `timeout` seconds."""
        self._catch_up()
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._threads or timeout is None:
            # Not for long: the limit of the check reaches this thread only between two waits.
            ready = super().select(min(_LOOK_AGAIN_S, timeout or _LOOK_AGAIN_S))
            self._catch_up()
            return ready
        self._clock.now += timeout
        return []

    def thread_begins(self) -> None:
        """Let the clock run like a real one from now on."""
        self._catch_up()
        self._threads += 1

    def thread_ends(self) -> None:
        """Let the clock jump again, if no other thread is at work."""
        self._catch_up()
        self._threads -= 1

    def _catch_up(self) -> None:
        real_s = time.monotonic()
        if self._threads:
            self._clock.now += real_s - self._seen_s
        self._seen_s = real_s


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on the time of `clock`."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._jumping = _JumpingSelector(clock)
        clock.begin()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._clock.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Given], _Found], *args: *_Given
    ) -> asyncio.Future[_Found]:
        """Run `func` in a thread, as always; the clock does not jump before it has ended."""
        # `asyncio.to_thread` comes this way, too.
        self._jumping.thread_begins()
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: self._jumping.thread_ends())
        return future

    async def shutdown_default_executor(self, *limits_s: float) -> None:
        """Wait for the threads, as always; the limit that Python 3.12 brought is a real one."""
        shutdown: Any = super().shutdown_default_executor
        self._jumping.thread_begins()
        try:
            await shutdown(*limits_s)
        finally:
            self._jumping.thread_ends()


@contextmanager
def virtual_names(names: dict[str, Any], clock: VirtualClock) -> Iterator[None]:
    """Let what `names` has of the module `time` follow `clock` for a while.

    `names` are the global names of a learner's function. Other modules, and other threads, keep
    the real time; so do the clocks that count nanoseconds.
    """
    virtual = {id(time): _VirtualModule(clock), id(time.sleep): clock.sleep}
    virtual |= {id(real): clock.telling(real) for real in _CLOCKS}
    # Of a copy: another thread of the notebook may add a name meanwhile.
    replaced = {name: value for name, value in names.copy().items() if id(value) in virtual}
    names.update({name: virtual[id(value)] for name, value in replaced.items()})
    try:
        yield
    finally:
        names.update(replaced)


class _VirtualModule:
    """Stands in for the module `time`."""

    def __init__(self, clock: VirtualClock) -> None:
        self.sleep = clock.sleep
        self.monotonic, self.perf_counter, self.time = map(clock.telling, _CLOCKS)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
