"""What a trial comes to, in one of a few words: the truth beside what was shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.trials.tap import Heard

if TYPE_CHECKING:
    from labkit.trials.trial import Trial

HUNG = "hung"
LEFT_OPEN = "left a stream open"
CUT_AS_WHOLE = "showed a cut answer as whole"
LOST_TEXT = "lost text"
MIXED_UP = "mixed up the text"
RAISED = "raised"
UNASKED = "did not ask"
UNSAID = "did not say how it ended"
WHOLE_AS_CUT = "called a whole answer incomplete"
INCOMPLETE = "incomplete, and said so"
COMPLETE = "complete"

VERDICTS = (
    *(HUNG, LEFT_OPEN, CUT_AS_WHOLE, LOST_TEXT, MIXED_UP, RAISED, UNASKED, UNSAID, WHOLE_AS_CUT),
    *(INCOMPLETE, COMPLETE),
)
"""All verdicts, the worst first."""

GOOD = (INCOMPLETE, COMPLETE)
"""The verdicts of a policy that told its reader the truth."""


def verdict_of(trial: "Trial") -> str:
    """Return the worst of VERDICTS that is true of `trial`."""
    return next(verdict for verdict, true in _findings(trial) if true)


def _findings(trial: "Trial") -> list[tuple[str, bool]]:
    claimed, wrong = trial.state == "complete", trial.state == "complete" and not trial.complete
    shown, heard = trial.shown, trial.heard
    return [
        (HUNG, trial.hung),
        (LEFT_OPEN, trial.left_open > 0),
        (CUT_AS_WHOLE, wrong and is_cut(shown, heard)),
        (LOST_TEXT, not trial.complete and _loses(shown, heard)),
        (MIXED_UP, wrong or (not trial.complete and _repeats(shown, heard))),
        (RAISED, bool(trial.raised)),
        (UNASKED, not heard),
        (UNSAID, trial.state not in ("complete", "incomplete")),
        (WHOLE_AS_CUT, trial.complete and not claimed),
        (INCOMPLETE, not claimed),
        (COMPLETE, True),
    ]


def is_whole(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether `shown` is an answer that ended with `stop`, white space aside.

    It may be one stream's text, or that of a cut one and of those that continue it.
    """
    bare, reached = _bare(shown), {0}  # where cut streams, one behind the other, have got to
    for stream in heard:
        text, starts = _bare(stream.text), {0} if stream.again else reached
        ends = {start + len(text) for start in starts if bare.startswith(text, start)}
        if not stream.whole:
            reached = reached | ends
        elif len(bare) in ends:
            return True
    return False


def is_cut(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether `shown` is no more than an answer that was cut."""
    bare = _bare(shown)
    return not any(each.whole for each in heard) or any(
        bare == _bare(each.text) for each in heard if not each.whole
    )


def _loses(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether the longest text that one stream alone has brought is not shown."""
    return _longest(heard) not in _bare(shown)


def _repeats(shown: str, heard: Sequence[Heard]) -> bool:
    """Tell whether that text is shown more often than it came; asking the same again is once."""
    longest = _longest(heard)
    came = "".join(_bare(each.text) for each in heard if not each.again).count(longest)
    return longest != "" and _bare(shown).count(longest) > max(1, came)


def _longest(heard: Sequence[Heard]) -> str:
    return max((_bare(each.text) for each in heard), key=len, default="")


def _bare(text: str) -> str:
    return "".join(text.split())
