"""What the form of the control panel offers: faults with their numbers, and paces."""

from typing import Any

from labkit.errors import LabError
from labkit.offline.faults import Fault, parse_fault
from labkit.offline.pacing import check_pace


def _kind(
    label: str, fault: str, number: str = "", lead: str = "", unit: str = "", times: bool = True
) -> dict[str, Any]:
    """Return a choice: `fault` is its fixed part, `number` what the other part is at first.

    `lead` and `unit` are the words around the number; `times` tells if it can be counted.
    """
    words = {"label": label, "lead": lead, "unit": unit}
    return {**words, "fault": fault, "number": number, "times": times}


KINDS = [
    _kind("none", "", times=False),
    _kind("slow start", "slow_start=", "3", "for", "s"),
    _kind("stall: silent for good", "stall_after=", "12", "after", "deltas"),
    _kind("cut: the socket closes", "cut_after=", "12", "after", "deltas"),
    _kind("truncate: ends without finish reason", "truncate_after=", "12", "after", "deltas"),
    _kind("error event", "error_after=", "12", "after", "deltas"),
    _kind("status 429: too many requests", "status=429;retry_after=", "1", "retry-after", "s"),
    _kind("status 500: server error", "status=500"),
    _kind("dialect azure: empty first chunk", "dialect=azure", times=False),
    _kind("dialect loose: sloppy tool calls", "dialect=loose", times=False),
    _kind(
        *("no JSON in tool calls (the ask needs tools)", "bad_arguments=", "1", "for", "turns"),
        times=False,
    ),
]
"""The faults to choose from."""

PACES: list[tuple[str, float | None]] = [
    ("as LABKIT_PACE says", None),
    ("0: as fast as it goes", 0),
    ("0.2: fast", 0.2),
    ("1: natural", 1),
    ("2: slow", 2),
]
"""The paces to choose from."""


def checked_fault(text: str) -> Fault:
    """Return the fault that `text` describes; raises LabError with one sentence."""
    try:
        return parse_fault(text)
    except ValueError as error:
        raise LabError(str(error)) from None


def checked_pace(pace: float | None) -> float | None:
    """Return `pace`, None for that of the environment; raises LabError with one sentence."""
    try:
        return None if pace is None else check_pace(pace)
    except (TypeError, ValueError) as error:
        raise LabError(str(error)) from None


def in_force(fault: str, pace: float | None) -> str:
    """Return the sentence that says what every request of this notebook meets."""
    slow = "" if pace is None else f", at pace {pace:g}"
    if fault:
        return f"Every request of this notebook meets: {fault}{slow}"
    return f"Every request of this notebook is answered as usual{slow}."
