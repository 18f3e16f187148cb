"""An answer before it is written out: what it says first, its list, and how it ends."""

import re
from dataclasses import dataclass, replace

from labkit.offline.speech.knowledge import sentences
from labkit.offline.speech.lengths import Limits, cut_to_words
from labkit.offline.speech.persona import Persona


@dataclass(frozen=True)
class Section:
    """Hold a heading (or none) and the list entries below it."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """Hold the parts of an answer; `short` is the answer in its fewest sentences."""

    short: str
    opening: str = ""
    lead: str = ""
    bridge: str = ""
    sections: tuple[Section, ...] = ()
    closing: str = ""
    numbered: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """Return all list entries."""
        return tuple(item for section in self.sections for item in section.items)


def _plain(text: str) -> str:
    return text.replace("**", "")


def _prose(outline: Outline) -> list[str]:
    # Entries become sentences, three to a paragraph, so that nothing is lost without a list.
    items = [_plain(item) for item in outline.items]
    groups = [" ".join(items[i : i + 3]) for i in range(0, len(items), 3)]
    return [outline.opening, _plain(outline.lead), *groups, outline.closing]


def _listed(section: Section, numbered: bool) -> str:
    marks = (f"{n}." if numbered else "-" for n in range(1, len(section.items) + 1))
    rows = "\n".join(f"{mark} {item}" for mark, item in zip(marks, section.items, strict=True))
    return f"**{section.heading}**\n\n{rows}" if section.heading else rows


def _paragraphs(outline: Outline, lists: bool) -> list[str]:
    if not lists:
        return _prose(outline)
    opening = " ".join((outline.opening, outline.lead, outline.bridge))
    return [opening, *(_listed(s, outline.numbered) for s in outline.sections), outline.closing]


def _join(paragraphs: list[str]) -> str:
    return "\n\n".join(part.strip() for part in paragraphs if part.strip())


def _all_sentences(outline: Outline) -> list[str]:
    details = (_plain(item) for item in outline.items)
    told = [*sentences(outline.short), *sentences(_plain(outline.lead)), *details, outline.closing]
    whole = [sentence for part in told for sentence in sentences(part)]
    # The short answer repeats the lead behind other first words: nothing is said twice.
    return [s for place, s in enumerate(whole) if not _is_said(s, whole[:place])]


def _is_said(sentence: str, before: list[str]) -> bool:
    return any(other.endswith(sentence) for other in before)


def _in_words(outline: Outline, limit: int, lists: bool) -> str:
    """Write in at most `limit` words: with its list if that fits three entries, else as prose."""
    section = outline.sections[0] if outline.sections else Section("", ())
    for count in range(len(section.items), 2, -1):
        smaller = replace(outline, sections=(replace(section, items=section.items[:count]),))
        text = _join(_paragraphs(smaller, lists))
        if len(text.split()) <= limit:
            return text
    return cut_to_words(" ".join(_all_sentences(outline)), limit)


def _in_sentences(outline: Outline, count: int) -> str:
    chosen = _all_sentences(outline)[:count]
    return " ".join([*chosen[:-1], re.sub(r"[:;,]$", ".", chosen[-1])])


def write(outline: Outline, limits: Limits, persona: Persona) -> str:
    """Return the text of an outline, in Markdown, within the limits."""
    if limits.items:
        return _join(_paragraphs(outline, lists=True))
    if limits.sentences:
        return _in_sentences(outline, limits.sentences)
    if limits.words:
        return _in_words(outline, limits.words, persona.lists)
    if limits.paragraphs:
        return _in_paragraphs(outline, limits.paragraphs)
    if limits.detail == -1:
        return _in_sentences(outline, 2)
    return _join(_paragraphs(outline, persona.lists))


def _in_paragraphs(outline: Outline, count: int) -> str:
    told = _all_sentences(outline)
    size = max(len(told) // count, 1)
    cuts = [told[i * size : (i + 1) * size] for i in range(count)]
    return _join([" ".join(part[:4]) for part in cuts])
