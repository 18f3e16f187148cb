"""The cards of the control panel: how each policy is doing, sent as what has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labkit.deltas import join
from labkit.tables import Table
from labkit.trials import Trial
from labkit.trials.table import marked
from labkit.trials.trial import NOTHING_SHOWN

NEW = Trial("", NOTHING_SHOWN, (), 0.0)
"""A trial of which nothing is known yet."""

_LONGEST = 100


@dataclass(frozen=True)
class Update:
    """How one policy is doing: `phase` is `waiting`, `running`, `done` or `stopped`."""

    card: int
    phase: str
    trial: Trial = NEW


class Cards:
    """What the browser has been told of each policy."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._sent = [""] * len(names)
        self.last = [Update(i, "waiting") for i in range(len(names))]

    def pack(self, updates: Iterable[Update]) -> list[dict[str, Any]]:
        """Return the latest of the updates of each card, ready for JSON."""
        latest = {update.card: update for update in updates}
        return [self._packed(update) for update in latest.values()]

    def _packed(self, update: Update) -> dict[str, Any]:
        """Return an update; its text is what follows that before it, or all if `fresh`."""
        trial, before = update.trial, self._sent[update.card]
        text = join([trial.shown])
        self._sent[update.card], self.last[update.card] = text, update
        fresh = not text.startswith(before)
        return {
            "card": update.card,
            "phase": update.phase,
            "fresh": fresh,
            "text": text if fresh else text[len(before) :],
            "state": trial.state,
            "asked": trial.asked,
            "ttft_s": trial.ttft_s,
            "seconds": trial.seconds,
            **_ending(update),
        }

    def outcome(self) -> str:
        """Return in one line how each policy ended."""
        return "; ".join(
            f"{name}: {update.trial.verdict if update.phase == 'done' else update.phase}"
            for name, update in zip(self.names, self.last, strict=True)
        )

    def plain(self) -> str:
        """Return a line for each policy."""
        return "\n".join(
            f"{name}: {_words(update)}" for name, update in zip(self.names, self.last, strict=True)
        )

    def page(self) -> str:
        """Return a table with a row for each policy, as HTML without colours of its own."""
        rows = tuple(
            (name, _words(update), _short(update.trial.shown))
            for name, update in zip(self.names, self.last, strict=True)
        )
        return Table("", ("policy", "verdict", "shown"), rows, named_rows=True)._repr_html_()


def _ending(update: Update) -> dict[str, Any]:
    if update.phase != "done":
        return {"verdict": "", "good": True, "raised": ""}
    trial = update.trial
    return {"verdict": marked(trial), "good": trial.good, "raised": join([trial.raised])}


def _words(update: Update) -> str:
    """Return verdict and figures in one line, or the phase of a policy that has none."""
    if update.phase != "done":
        return {"waiting": "not run yet"}.get(update.phase, update.phase)
    return f"{marked(update.trial)} ({update.trial.figures})"


def _short(text: str) -> str:
    text = join([text])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"
