"""The exercise of notebook 09 on a reader that comes back: what it has not seen, or a clear no."""

from collections.abc import Sequence
from typing import Any

from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.judges import keeps, returns
from labkit.exercises.outcome import Outcome, told


def resumed(answer_id: str, kept: Sequence[tuple[int, bytes]], last_event_id: str) -> list[bytes]:
    """Return the list of the frames that a reader has not seen.

    The reader sends `last_event_id`, "ANSWER.N", with N after the last
    dot: it has seen all events up to N, none if N is 0. `kept` is a
    list of (number, frame), the last events of the answer; the first
    has the number 1, and older ones may be dropped. It is empty only
    before the first event, and stays as it is.

    Raise a ValueError if the id is not of this form, with N in the
    digits 0 to 9; a LookupError if it is of another answer; a
    ValueError if N has not been sent yet; and a LookupError with the
    word "missed" if an event after N is dropped already.
    Example: resumed("k3v9", [(6, b"f"), (7, b"g")], "k3v9.6") gives
    [b"g"]; with "k3v9.4" event 5 is missed.
    """
    name, dot, digits = last_event_id.rpartition(".")
    if not (dot and digits.isascii() and digits.isdigit()):
        raise ValueError(f"Expected ANSWER.N, got {last_event_id!r}.")
    if name != answer_id:
        raise LookupError(f"There is no answer {name!r} here.")
    seen, sent = int(digits), kept[-1][0] if kept else 0
    if seen > sent:
        raise ValueError(f"Event {seen} has not been sent, only {sent}.")
    if kept and seen + 1 < kept[0][0]:
        raise LookupError(f"missed: event {seen + 1} is not kept any more")
    return [frame for number, frame in kept if number > seen]


_FRAMES = [b"one", b"two", b"three", b"four", b"five", b"six", b"seven"]


def _kept(first: int = 1, last: int = 4) -> list[tuple[int, bytes]]:
    return [(number, _FRAMES[number - 1]) for number in range(first, last + 1)]


def _refuses(kind: type[Exception], missed: bool = False) -> Judge:
    """Want an error of this kind, with the word "missed" or without it."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not isinstance(outcome.error, kind):
            return told(outcome)
        return "" if ("missed" in str(outcome.error).lower()) == missed else told(outcome)

    return judge


def _given(
    judge: Judge, last_event_id: str, kept: list[tuple[int, bytes]], answer_id: str = "k3v9"
) -> Case:
    given = f"the answer {answer_id!r}, last_event_id {last_event_id!r} and kept {kept}"
    return Case(given, lambda: (answer_id, list(kept), last_event_id), judge)


_DROPPED = _kept(5, 7)

RESUMED = Exercise(
    key="09.resumed",
    title="Go on after the last event",
    solution=resumed,
    rules=(
        rule(
            "Return the frames of all events after N, in order.",
            _given(returns([b"three", b"four"]), "k3v9.2", _kept()),
            _given(returns([b"four"]), "k3v9.3", _kept()),
        ),
        rule(
            "N is the number of an event, not a place in `kept`: older ones may be dropped.",
            _given(returns([b"six", b"seven"]), "k3v9.5", _DROPPED),
            _given(returns([b"ten"]), "k3v9.9", [(9, b"nine"), (10, b"ten")]),
        ),
        rule(
            "Who has seen the last event has seen all: [].",
            _given(returns([]), "k3v9.4", _kept()),
            _given(returns([]), "k3v9.7", _DROPPED),
        ),
        rule(
            "If an event after N is dropped, raise LookupError with “missed”: no silent gap.",
            _given(_refuses(LookupError, missed=True), "k3v9.3", _DROPPED),
            _given(_refuses(LookupError, missed=True), "k3v9.0", _DROPPED),
        ),
        rule(
            "Only what comes after N has to be there. Event N itself may be dropped.",
            _given(returns([b"five", b"six", b"seven"]), "k3v9.4", _DROPPED),
        ),
        rule(
            "N is 0 if nothing was seen; `kept` is empty if nothing was sent.",
            _given(returns([b"one", b"two", b"three", b"four"]), "k3v9.0", _kept()),
            _given(returns([]), "k3v9.0", []),
        ),
        rule(
            "An id of another answer is a LookupError, and nothing is “missed”.",
            _given(_refuses(LookupError), "p8x2.2", _kept()),
            _given(_refuses(LookupError), "k3v97.2", _kept()),
        ),
        rule(
            "The id of an answer may hold dots: N comes after the last one.",
            _given(returns([b"three", b"four"]), "k3.v9.2", _kept(), answer_id="k3.v9"),
            _given(_refuses(LookupError), "k3v9.1.2", _kept()),
        ),
        rule(
            "What is not “ANSWER.N” is a ValueError.",
            _given(_refuses(ValueError), "k3v9", _kept()),
            _given(_refuses(ValueError), "k3v9.", _kept()),
            _given(_refuses(ValueError), "k3v9.two", _kept()),
            _given(_refuses(ValueError), "2", _kept()),
            _given(_refuses(ValueError), "", _kept()),
        ),
        rule(
            "N has only the digits 0 to 9. `int` takes more than that.",
            _given(_refuses(ValueError), "k3v9.-1", _kept()),
            _given(_refuses(ValueError), "k3v9.+2", _kept()),
            _given(_refuses(ValueError), "k3v9. 2", _kept()),
            _given(_refuses(ValueError), "k3v9.0_2", _kept()),
            _given(_refuses(ValueError), "k3v9.²", _kept()),
            _given(_refuses(ValueError), "k3v9.٢", _kept()),
        ),
        rule(
            "Nobody has seen what has not been sent: a ValueError.",
            _given(_refuses(ValueError), "k3v9.5", _kept()),
            _given(_refuses(ValueError), "k3v9.1", []),
            _given(_refuses(ValueError), "k3v9.8", _DROPPED),
        ),
        rule(
            "`kept` stays as it is: the next reader comes back, too.",
            _given(keeps("kept", _kept(), position=1), "k3v9.2", _kept()),
            _given(keeps("kept", _DROPPED, position=1), "k3v9.6", _DROPPED),
        ),
    ),
    hints=(
        "Take `last_event_id` apart first. Then four questions, one after the other: is it of this "
        "form, of this answer, has N been sent, and is event N + 1 still kept?",
        '`last_event_id.rpartition(".")` splits at the last dot, and gives an empty dot if there '
        'is none. `"²".isdigit()` is true, and so is that of digits of other scripts; '
        "`isascii()` tells those apart.",
        "The number of the last event is `kept[-1][0]`, or 0 if nothing is kept. The first that is "
        "kept has `kept[0][0]`; missed is what lies between N and it. What is left is a list "
        "comprehension.",
    ),
)
