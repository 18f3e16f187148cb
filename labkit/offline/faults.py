"""What can go wrong with an answer, on request: `cut_after=5`, `status=429;retry_after=1`."""

from dataclasses import dataclass, fields, replace
from typing import Any, get_args, get_type_hints

from labkit.offline.errors import ApiError

HEADER = "x-labkit-fault"


@dataclass(frozen=True)
class Fault:
    """One fault, or several together; a field that is None asks for nothing.

    The counts (`…_after`) are in deltas, the role-first one not counted; times are in seconds.
    """

    status: int | None = None
    """Answer with this HTTP status instead of a stream."""
    retry_after: float | None = None
    """Send `retry-after` with that status."""
    slow_start: float | None = None
    """Stay silent so long before the first delta."""
    stall_after: int | None = None
    """Fall silent for good after so many deltas."""
    cut_after: int | None = None
    """Close the socket after so many deltas."""
    truncate_after: int | None = None
    """End cleanly after so many deltas, with no finish reason and no `[DONE]`."""
    error_after: int | None = None
    """Send an error event after so many deltas, then end."""
    dialect: str | None = None
    """`azure`: an empty first chunk. `loose`: repeated names, no index, `stop` with tool calls."""
    bad_arguments: int | None = None
    """Write tool calls whose arguments are no JSON, until so many turns of calls were answered.

    It counts all turns of the conversation, and `times` has nothing to do with it: a client that
    sends the error back as the tool's result gets a good call after so many turns, whichever
    question they belong to.
    """
    times: int | None = None
    """Fail only so often for the same request; the next try succeeds."""

    def active(self) -> "Fault":
        """Return what stays when the fault has happened often enough: what `times` never ends."""
        return Fault(dialect=self.dialect, bad_arguments=self.bad_arguments)

    def raise_status(self) -> None:
        """Raise the ApiError that `status` asks for, if it asks for one."""
        if self.status is not None:
            raise ApiError.from_status(self.status, _retry_headers(self.retry_after))


NONE = Fault()


def parse_fault(text: str) -> Fault:
    """Return the fault that `text` describes: `name=value`, several joined by `;`, or nothing.

    Raises ValueError with one sentence for a name or a value that is not known.
    """
    fault = NONE
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, value = part.partition("=")
        fault = replace(fault, **{name.strip(): _value(name.strip(), value.strip())})
    return fault


def _value(name: str, text: str) -> Any:
    kinds = get_type_hints(Fault)
    if name not in kinds:
        known = ", ".join(field.name for field in fields(Fault))
        raise ValueError(f"A fault is one of {known}; got {name!r}.")
    kind = get_args(kinds[name])[0]
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"The fault {name} takes {_WANTED[kind]}; got {text!r}.") from None
    _check(name, value)
    return value


_WANTED = {int: "a whole number", float: "a number of seconds", str: "a word"}


def _check(name: str, value: Any) -> None:
    if name == "dialect" and value not in ("azure", "loose"):
        raise ValueError(f"The fault dialect takes azure or loose; got {value!r}.")
    if name == "status" and not 400 <= value <= 599:
        raise ValueError(f"The fault status takes an error status, 400 to 599; got {value}.")
    if name != "dialect" and not 0 <= value < 1e6:
        raise ValueError(f"The fault {name} takes a number from 0 to 1,000,000; got {value}.")


def _retry_headers(seconds: float | None) -> dict[str, str]:
    if seconds is None:
        return {}
    # `retry-after` is in whole seconds (RFC 9110, 10.2.3); the API adds the exact value in ms.
    return {"retry-after": str(-int(-seconds // 1)), "retry-after-ms": str(round(seconds * 1000))}


_MOST_REQUESTS = 1_000


class FaultCounter:
    """Counts how often a request has failed, so that `times=N` can let the next try through."""

    def __init__(self) -> None:
        self._failed: dict[tuple[Fault, str], int] = {}

    def apply(self, fault: Fault, request: str) -> Fault:
        """Return the fault that this try of `request` (any digest of it) meets."""
        if fault.times is None:
            return fault
        failed = self._failed.pop((fault, request), 0)
        if failed >= fault.times:
            return fault.active()
        self._failed[fault, request] = failed + 1
        if len(self._failed) > _MOST_REQUESTS:  # those that nobody has tried again
            del self._failed[next(iter(self._failed))]
        return fault
