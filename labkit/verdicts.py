"""What a trial comes to, in one of a few words: the truth beside what was shown."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from labkit.taps import Heard

HUNG = "hung"
LEFT_OPEN = "left a stream open"
CUT_AS_WHOLE = "showed a cut answer as whole"
LOST_TEXT = "lost text"
MIXED_UP = "mixed up the text"
RAISED = "raised"
UNSAID = "did not say how it ended"
WHOLE_AS_CUT = "called a whole answer incomplete"
INCOMPLETE = "incomplete, and said so"
COMPLETE = "complete"

VERDICTS = (
    *(HUNG, LEFT_OPEN, CUT_AS_WHOLE, LOST_TEXT, MIXED_UP, RAISED, UNSAID, WHOLE_AS_CUT),
    *(INCOMPLETE, COMPLETE),
)
"""All verdicts, the worst first."""

GOOD = (INCOMPLETE, COMPLETE)
"""The verdicts of a policy that told its reader the truth."""


class Tried(Protocol):
    """What a verdict is made from: the parts of a `labkit.trials.Trial`."""

    @property
    def hung(self) -> bool: ...  # noqa: D102 - described by Trial
    @property
    def left_open(self) -> int: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def shown(self) -> str: ...  # noqa: D102
    @property
    def raised(self) -> str: ...  # noqa: D102
    @property
    def heard(self) -> tuple[Heard, ...]: ...  # noqa: D102


def verdict_of(trial: Tried) -> str:
    """Return the worst of VERDICTS that is true of `trial`."""
    return next(verdict for verdict, true in _findings(trial) if true)


def _findings(trial: Tried) -> list[tuple[str, bool]]:
    complete = is_whole(trial.shown, trial.heard)
    claimed, wrong = trial.state == "complete", trial.state == "complete" and not complete
    return [
        (HUNG, trial.hung),
        (LEFT_OPEN, trial.left_open > 0),
        (CUT_AS_WHOLE, wrong and is_cut(trial.shown, trial.heard)),
        (LOST_TEXT, not complete and _is_short(trial.shown, trial.heard)),
        (MIXED_UP, wrong),
        (RAISED, bool(trial.raised)),
        (UNSAID, trial.state not in ("complete", "incomplete")),
        (WHOLE_AS_CUT, complete and not claimed),
        (INCOMPLETE, not claimed),
        (COMPLETE, True),
    ]


def is_whole(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether `shown` is an answer with its finish reason, white space aside.

    It may be one stream's text, or that of a cut one and of those that continue it: what these
    repeat of it may have been left out.
    """
    bare = _bare(shown)
    return any(
        bare == _bare(stream.text)
        if stream.finish_reason
        else _continues(bare, _begun(bare, stream), heard[i + 1 :])
        for i, stream in enumerate(heard)
    )


def _begun(bare: str, stream: Heard) -> int:
    """Return how much of `bare` is all that `stream` said, or 0 if it is something else."""
    text = _bare(stream.text)
    return len(text) if bare.startswith(text) else 0


def _continues(bare: str, start: int, heard: Sequence[Heard]) -> bool:
    """Tell whether `bare` from `start` on, which is not 0, is what streams continue it with."""
    return start > 0 and any(
        (end == len(bare) and bool(stream.finish_reason)) or _continues(bare, end, heard[i + 1 :])
        for i, stream in enumerate(heard)
        for end in _ends(bare, start, "" if stream.again else _bare(stream.text))
    )


def _ends(bare: str, start: int, text: str) -> Iterator[int]:
    """Yield where `text` ends in `bare`, less what it repeats of that before `start`."""
    for repeated in range(len(text)):
        if bare.endswith(text[:repeated], 0, start) and bare.startswith(text[repeated:], start):
            yield start + len(text) - repeated


def is_cut(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether `shown` has no finish reason to go with it."""
    bare = _bare(shown)
    return not any(each.finish_reason for each in heard) or any(
        bare == _bare(each.text) for each in heard if not each.finish_reason
    )


def _is_short(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether less is shown than one stream alone has brought."""
    return len(_bare(shown)) < max((len(_bare(each.text)) for each in heard), default=0)


def _bare(text: str) -> str:
    return "".join(text.split())
