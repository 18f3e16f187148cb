"""Sets fault and pace of this process's offline model, for one owner at a time."""

import threading
from typing import Protocol

from labkit import background
from labkit.offline import local
from labkit.offline.faults import NONE, Fault


class Owner(Protocol):
    """Who has set something, and can be asked to take it back."""

    line: str
    """What every request meets, in a sentence."""
    off: str
    """How a learner switches it off, in a sentence."""

    def give_up(self) -> None:
        """Take back what was set, by way of `switch`."""


_lock = threading.RLock()  # a message may come in any thread
_owner: Owner | None = None


def take(owner: Owner) -> None:
    """Make `owner` the only one who has set anything; who was it before gives up."""
    global _owner
    with _lock:
        if _owner is not None and _owner is not owner:
            _owner.give_up()
        _owner = owner


def switch(owner: Owner, fault: Fault, pace: float | None) -> None:
    """Let every request meet `fault` at `pace`; nothing happens if somebody else is the owner."""
    with _lock:
        if fault != NONE or pace is not None:
            take(owner)
        if is_owner(owner):
            local.model().fault, local.model().pace = fault, pace


def is_owner(owner: Owner) -> bool:
    """Tell whether `owner` is the one who has set fault and pace."""
    with _lock:
        return _owner is owner


def release(owner: Owner) -> None:
    """Forget `owner`, who has switched everything off, if it is the owner."""
    global _owner
    with _lock:
        if is_owner(owner):
            _owner = None


def _still_on() -> str:
    """Return what is still set, for the notebook's last cell; empty if nothing is."""
    with _lock:
        if _owner is None or (local.model().fault, local.model().pace) == (NONE, None):
            return ""
        return f"The offline model is not as usual ({_owner.line.rstrip('.')}). {_owner.off}"


background.ask_too(_still_on)
