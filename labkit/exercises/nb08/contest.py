"""Several models, prepared to be asked at once, and what is left of them."""

import asyncio

from labkit.exercises.asking import Prepared, PreparedAsk, told_outcomes
from labkit.exercises.timed_streams import SILENCE, TimedStream


class Contest(list[PreparedAsk]):
    """Is the `asks` of an exercise: one for each of `asked`, and each takes `after_s` to answer.

    The reader leaves after `leaves` texts. `items_s` are the times of the texts.
    """

    def __init__(self, *asked: Prepared, leaves: int = 0, after_s: float = 0.0) -> None:
        super().__init__(PreparedAsk.of(each, after_s=after_s) for each in asked)
        self._all = tuple(self)  # the learner may change the list
        self._leaves = leaves
        self._began_s = 0.0
        self._tasks: set[asyncio.Task[object]] = set()
        self._tasks_left = 0
        self.items_s: list[float] = []

    def called(self) -> None:
        """Note when the function is called, and by which task."""
        self._began_s = asyncio.get_running_loop().time()
        self._tasks = asyncio.all_tasks()
        for ask in self._all:
            ask.called()

    def taken(self) -> bool:
        """Note when a text was yielded; return whether the reader leaves."""
        self.items_s.append(asyncio.get_running_loop().time() - self._began_s)
        return len(self.items_s) == self._leaves

    def returned(self) -> None:
        """Note what is left when the function has come back."""
        self._tasks_left = sum(not task.done() for task in asyncio.all_tasks() - self._tasks)
        for ask in self._all:
            ask.returned()

    def left_over(self, before_s: float = SILENCE) -> str:
        """Say what is left; or what, but for the stream of the winner, was closed too late."""
        streams = [stream for ask in self._all for stream in ask.streams]
        still = sum(not stream.closed for stream in streams)
        if still:
            return f"ended and left {still} of {len(streams)} streams open."
        if self._tasks_left:
            return f"ended, and {self._tasks_left} of its tasks had not."
        late = [stream for stream in streams if self._closed_s(stream) > before_s - 0.1]
        # One of them is the winner's.
        return f"left the others open for {before_s:g} s or longer." if late[1:] else ""

    def _closed_s(self, stream: TimedStream) -> float:
        return (stream.closed_s or SILENCE) - self._began_s


def told_contest(asked: tuple[Prepared, ...], after_s: float) -> str:
    """Return the models as a learner reads them."""
    late = f", each after {after_s:g} s" if after_s else ""
    return f"the models [{'; '.join(map(told_outcomes, asked))}]{late}"
