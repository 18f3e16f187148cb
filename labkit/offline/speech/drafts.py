"""A short text in the making: its heading and its sentences, and what can be changed in it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from labkit.offline.speech.knowledge import sentences
from labkit.offline.speech.lengths import Limits, cut_to_words

CALLS_FOR_THINGS = (
    "Come and see for yourself.",
    "Come by and try it.",
    "Take it out this weekend.",
)
CALLS_FOR_ADVICE = (
    "Try it on your next walk.",
    "Ask us before you set out.",
    "Start this weekend.",
)
_CALLS = (*CALLS_FOR_THINGS, *CALLS_FOR_ADVICE)
_JOINT = "; "  # between two sentences that have to be one
_HEADING = re.compile(r"\s*\*\*(.+?)\*\*\s*\n+")


@dataclass(frozen=True)
class Draft:
    """Hold a heading, which may be empty, and the sentences below it."""

    heading: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the draft in Markdown."""
        head = f"**{self.heading}**\n\n" if self.heading else ""
        return f"{head}{' '.join(self.sentences)}"

    @property
    def invites(self) -> bool:
        """Tell whether it ends with an invitation to act."""
        return bool(self.sentences) and self.sentences[-1] in _CALLS

    def without(self, phrases: Sequence[str]) -> "Draft":
        """Return this draft without the phrases that somebody wants to be cut."""
        text = self.text
        for phrase in phrases:
            text = text.replace(phrase, "")
        kept = read_draft(re.sub(r"[ ,;]+([.!?])", r"\1", re.sub(r"  +", " ", text)))
        return kept if kept.sentences else self

    def shorter(self) -> "Draft":
        """Return this draft without its last sentence but the invitation."""
        if len(self.sentences) < 2 + self.invites:
            return self
        place = len(self.sentences) - 1 - self.invites
        return replace(self, sentences=self.sentences[:place] + self.sentences[place + 1 :])

    def plus(self, added: Sequence[str]) -> "Draft":
        """Return this draft with more sentences; an invitation stays the last one."""
        fresh = tuple(one for one in added if one not in self.sentences)
        place = len(self.sentences) - self.invites
        return replace(self, sentences=self.sentences[:place] + fresh + self.sentences[place:])

    def within(self, limits: Limits, keep: Collection[str] = ()) -> "Draft":
        """Return this draft within limits of words or sentences: its beginning, and all of `keep`.

        Where too many sentences are to be kept, some are joined.
        """
        told = list(self.sentences)
        for one in reversed(self.sentences[1:]):
            if one not in keep and _is_over(told, limits):
                told.remove(one)
        while len(told) > max(limits.sentences or len(told), 1):
            told[-2:] = [f"{told[-2].rstrip('.')}{_JOINT}{told[-1][:1].lower()}{told[-1][1:]}"]
        if limits.words and _is_over(told, limits):
            told = [cut_to_words(" ".join(told), limits.words)]
        return replace(self, sentences=tuple(told))


def _is_over(told: Sequence[str], limits: Limits) -> bool:
    words = len(" ".join(told).split())
    return len(told) > (limits.sentences or len(told)) or words > (limits.words or words)


def read_draft(text: str) -> Draft:
    """Read a text: a first line in bold is its heading."""
    found = _HEADING.match(text)
    body = text[found.end() :] if found else text
    return Draft(found[1] if found else "", tuple(sentences(" ".join(body.split()))))
