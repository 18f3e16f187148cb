"""The exercise of notebook 09 on pauses: a comment keeps the connection, and nothing is lost."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import ended
from labkit.exercises.nb09.prepared_frames import PreparedFrames, Step, told_frames
from labkit.exercises.outcome import Outcome, shown, told
from labkit.exercises.timed_streams import CANCEL, SILENCE


async def with_keep_alive(
    frames: AsyncGenerator[bytes, None], every_s: float
) -> AsyncGenerator[bytes, None]:
    r"""Yield the frames, and in each pause comments.

    `frames` is an async generator of bytes. Yield each frame as soon as
    it comes. When none has come for `every_s` seconds, yield the
    comment b": keep-alive\n\n", and again whenever `every_s` more have
    passed; a frame begins the wait anew. A pause takes nothing from
    `frames`: they go on after it. When they end, so do we; their errors
    come out. However we end, `frames` is closed, and no task is left.
    Example: with every_s 5, a frame that comes after 1 s and one that
    comes after 12 s: yields the first at 1 s, the comment at 6 s and
    11 s, the second frame at 12 s.
    """
    waiting = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=every_s)
            if not done:
                yield b": keep-alive\n\n"
                continue
            frame = waiting.result()
            if frame is None:
                return
            yield frame
            waiting = asyncio.ensure_future(anext(frames, None))
    finally:
        waiting.cancel()
        await asyncio.wait({waiting})
        await frames.aclose()


_EVERY_S = 5
_COMMENT = b": keep-alive\n\n"
_FRAMES = _A, _B, _C = b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"


def _frames(*expected: bytes) -> Judge:
    """Want these frames, whatever else is between them."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if wrong := _yields_nothing(outcome, arguments):
            return wrong
        found = [item for item in outcome.value if item in _FRAMES]
        return "" if found == list(expected) else f"yielded {shown(outcome.value)}."

    return judge


def _frames_at(*times_s: float) -> Judge:
    """Want frames at these seconds, whatever else is between them."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if wrong := _yields_nothing(outcome, arguments):
            return wrong
        items = zip(outcome.value, arguments[0].items_s, strict=True)
        found = _seconds([time_s for item, time_s in items if item in _FRAMES])
        return "" if found == _seconds(times_s) else f"yielded frames after {found}."

    return judge


def _begins(*expected: tuple[float, bytes]) -> Judge:
    """Want these items at these seconds, however the function ends then."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = outcome.value if isinstance(outcome.value, list) else []
        times_s = _seconds(arguments[0].items_s)
        if found == [item for _, item in expected]:
            alike = times_s == _seconds([time_s for time_s, _ in expected])
            return "" if alike else f"yielded {shown(found)} after {times_s}."
        return f"yielded {shown(found)}." if found else told(outcome)

    return judge


def _ends(at_s: float, *expected: bytes) -> Judge:
    """Want these items, and the end at this second."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if wrong := ended(outcome):
            return wrong
        if outcome.value != list(expected):
            return f"yielded {shown(outcome.value)}."
        took_s = arguments[0].took_s
        return "" if abs(took_s - at_s) < 0.1 else f"ended after {took_s:g} s."

    return judge


def _fails(kind: type[BaseException], *expected: bytes) -> Judge:
    """Want these items, and then an error of this kind."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        found = outcome.value or []
        wrong = "" if found == list(expected) else f"yielded {shown(found)}."
        return ended(outcome, kind) or wrong

    return judge


def _tidy(kind: type[BaseException] | None = None) -> Judge:
    """Want the frames closed and no task left, and then this error if there is one."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        frames: PreparedFrames = arguments[0]
        if wrong := ended(outcome, kind):
            return wrong
        if frames.tasks_left:
            return "ended before a task of its own had ended."
        return "" if frames.closed else "ended and left `frames` open."

    return judge


def _yields_nothing(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
    """Say why there are no items to be judged, if there are none."""
    if isinstance(outcome.error, asyncio.CancelledError):
        return "cancelled its own reader: a time limit must not be running at a `yield`."
    if not outcome.returned:
        return told(outcome)
    value = outcome.value
    if isinstance(value, list) and len(value) == len(arguments[0].items_s):
        return ""
    return f"returned {shown(value)} and is no generator: `yield` each item."


def _seconds(times_s: Any) -> str:
    return ", ".join(f"{time_s:g} s" for time_s in times_s) or "the end"


def _given(judge: Judge, *steps: Step, leaves: int = 0) -> Case:
    given = f"every_s {_EVERY_S} and the frames ({told_frames(*steps)})"
    given += f", whose reader leaves after {leaves} items" if leaves > 1 else ""
    given += ", whose reader leaves after 1 item" if leaves == 1 else ""
    more = {"leaves": leaves} if leaves else {}
    return Case(given, lambda: (PreparedFrames(*steps, **more), _EVERY_S), judge)


WITH_KEEP_ALIVE = Exercise(
    key="09.with_keep_alive",
    title="Keep the connection",
    solution=with_keep_alive,
    virtual_time=True,
    rules=(
        rule(
            "Yield every frame once, in order, and as soon as it comes.",
            _given(_frames(_A, _B, _B, _C), _A, _B, _B, _C),
            _given(_frames_at(1, 4), 1.0, _A, 3.0, _B),
            _given(_frames()),
        ),
        rule(
            "A pause takes nothing from `frames`: what comes after it is yielded, too.",
            _given(_frames(_A, _B, _C), _A, 7.0, _B, 12.0, _C),
            _given(_frames(_A), 7.0, _A),
        ),
        rule(
            "When nothing came for every_s seconds, yield the comment, and again after as many.",
            _given(
                _begins((0, _A), (5, _COMMENT), (10, _COMMENT), (15, _COMMENT)),
                _A,
                17.0,
                _B,
                leaves=4,
            ),
            _given(_begins((5, _COMMENT), (10, _COMMENT), (12, _A)), 12.0, _A, leaves=3),
        ),
        rule(
            "A frame begins the wait anew: no comment while frames come in time.",
            _given(_begins((0, _A), (3, _B), (6, _C)), _A, 3.0, _B, 3.0, _C, leaves=3),
            _given(
                _begins((0, _A), (5, _COMMENT), (8, _B), (13, _COMMENT)),
                _A,
                8.0,
                _B,
                7.0,
                _C,
                leaves=4,
            ),
        ),
        rule(
            "When the frames end, end at once: no comment after them.",
            _given(_ends(0, _A, _B), _A, _B),
            _given(_ends(9, _A, _COMMENT, _B), _A, 7.0, _B, 2.0),
        ),
        rule(
            "An error of `frames` comes out as it is, after what came before; TimeoutError, too.",
            _given(_fails(LookupError, _A), _A, LookupError("missed")),
            _given(_fails(LookupError, _A, _COMMENT), _A, 7.0, LookupError("missed")),
            _given(_fails(TimeoutError, _A), _A, TimeoutError("idle")),
            _given(_fails(TimeoutError, _A, _COMMENT), _A, 7.0, TimeoutError("idle")),
        ),
        rule(
            "However we end, `frames` is closed and every task has ended; in a pause, too.",
            _given(_tidy(), _A, 7.0, _B),
            _given(_tidy(LookupError), _A, 7.0, LookupError("missed")),
            _given(_tidy(), _A, _B, leaves=1),
            _given(_tidy(), _A, SILENCE, leaves=2),
        ),
        rule(
            "So, too, when we are cancelled; and the cancellation comes out.",
            _given(_tidy(type(CANCEL)), _A, 2.0, CANCEL),
            _given(_tidy(type(CANCEL)), _A, 7.0, CANCEL),
        ),
    ),
    hints=(
        "`asyncio.wait_for(anext(frames), every_s)` cancels the generator at the first pause, and "
        "a cancelled generator is at its end. So wait for the next frame in a task, and let this "
        "task live as long as the pause.",
        "`waiting = asyncio.ensure_future(anext(frames, None))` is such a task, whose result is "
        "None at the end. `done, _ = await asyncio.wait({waiting}, timeout=every_s)` looks at it "
        "and cancels nothing: `done` is empty in a pause.",
        "`while True:` wait; in a pause yield the comment, and the same task goes on. Else "
        "`waiting.result()` gives the frame, or raises the error; after a frame, begin a new "
        "task. In `finally:` cancel the task, wait until it has ended, and only "
        "then close: a generator that is being read cannot be closed.",
    ),
)
