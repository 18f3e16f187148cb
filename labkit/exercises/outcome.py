"""What one call of a learner's function did, and how we say it."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST = 120


@dataclass(frozen=True)
class Outcome:
    """What a call did: the value, or the error and its line; what it printed; whether it ended.

    `blocked_s` is how long `time.sleep` stopped the event loop, where the clock is ours.
    """

    value: Any = None
    error: BaseException | None = None
    line: int | None = None
    printed: str = ""
    timed_out: bool = False
    blocked_s: float = 0.0

    @property
    def returned(self) -> bool:
        """Tell whether the call came back with a value."""
        return self.error is None and not self.timed_out


def shown(value: Any) -> str:
    """Return the repr of `value`: at most 120 characters, no addresses, and it never fails."""
    try:
        text = _ADDRESS.sub("", repr(value))
    except Exception:  # a learner's own __repr__ may do anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def told(outcome: Outcome) -> str:
    """Return what happened as the rest of a sentence that starts with "your function"."""
    if outcome.timed_out:
        return "did not come to an end in time, so we stopped it. Look for a loop that never ends."
    if outcome.error is not None:
        return _raised(outcome.error, outcome.line)
    if outcome.value is None and outcome.printed:
        return f"printed {shown(outcome.printed)} but returned None. A `return` hands a value back."
    return _returned(outcome.value)


def blocked(outcome: Outcome) -> str:
    """Return how the event loop was blocked, as the rest of such a sentence."""
    return (
        f"stopped the event loop for {outcome.blocked_s:g} s: `time.sleep` lets nothing else run. "
        "Use `await asyncio.sleep`."
    )


def _raised(error: BaseException, line: int | None) -> str:
    where = f" in line {line}" if line else ""
    what = f": {_first_line(error)}" if _first_line(error) else ""
    return f"raised {type(error).__name__}{where}{what}."


def _first_line(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # a learner's own __str__ may do anything
        return ""
    return text.splitlines()[0][:_LONGEST].rstrip(".") if text else ""


def _returned(value: Any) -> str:
    if value is None:
        return "returned None. Is a `return` missing?"
    if inspect.iscoroutine(value):
        return "returned a coroutine, which has not run yet. Is an `await` missing?"
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return "returned a generator, which has not run yet. Return the finished value instead."
    return f"returned {shown(value)}."
