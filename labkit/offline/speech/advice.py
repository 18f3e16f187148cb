"""Answers from the topics: which entries fit a question, and the words around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labkit.offline.speech.knowledge import (
    Item,
    Topic,
    find_topics,
    roots,
    sentences,
    subject_roots,
    topics,
    weight,
)
from labkit.offline.speech.lengths import Limits
from labkit.offline.speech.outline import Outline, Section
from labkit.offline.speech.voice import Voice

_OPENERS = (
    "Good question.",
    "Gladly.",
    "Let us start with what matters.",
    "Here is how we go about it.",
    "That is worth a minute of thought.",
    "Happy to help.",
    "This comes up on almost every trip.",
)
_SHORT_OPENERS = (
    "In short:",
    "Briefly put:",
    "The short answer:",
    "One thing above all:",
    "Put plainly:",
)
_BRIDGES = (
    "What decides it:",
    "The points we look at:",
    "In practice:",
    "Keep these in mind:",
    "From experience:",
    "Here is the list we use:",
)
_MORE_OPENERS = ("There is more to it.", "Let us go further.", "A few more points.", "To go on:")
_WHY_OPENERS = ("The reason is this.", "Because of how it works.", "Here is what lies behind it.")
_OFFERS = (
    "",
    "Ask about any of these points for more.",
    "Tell me where and when you go, and I can be more exact.",
    "If one of them is unclear, ask.",
    "We can go deeper into any of these.",
)
_SPLIT = re.compile(r"\b(?:and|or|vs\.?|versus|than|between|compared? (?:to|with))\b|[,/&]", re.I)
_BOTH = (
    "The two answer different questions.",
    "Both have their place, so here they are one after the other.",
    "Let us put them next to each other.",
    "They belong together, but they are chosen differently.",
)


@dataclass(frozen=True)
class Asked:
    """Hold what is asked: the text, what was answered before, and what kind of question it is."""

    text: str
    said: str = ""
    more: bool = False
    why: bool = False


def _entry(item: Item) -> str:
    return f"**{item.name}**: {item.text}"


def _fit(item: Item, asked: Sequence[str]) -> float:
    named = set(roots(item.name))
    return sum(weight(word) * (2 if word in named else 1) for word in asked if word in item.roots)


def _specific(topic: Topic, text: str) -> list[str]:
    common = set(roots(f"{topic.title} {topic.keywords[0]}"))
    return [word for word in dict.fromkeys(subject_roots(text)) if word not in common]


def _ranked(topic: Topic, asked: Asked) -> list[Item]:
    words = _specific(topic, asked.text)
    # What stands in an answer before goes last; Python's sort keeps the author's order otherwise.
    return sorted(topic.items, key=lambda i: (i.name in asked.said, -_fit(i, words)))


def _focus(topic: Topic, text: str) -> Item | None:
    """Return the one entry that answers a question narrower than the topic."""
    words = _specific(topic, text)
    item = max(topic.items, key=lambda one: _fit(one, words))
    needed = max(2.5, 0.6 * sum(map(weight, words)))
    return item if words and _fit(item, words) >= needed else None


def _foci(topic: Topic, text: str) -> list[Item]:
    """Return the entries that a narrow question is about; several for "down or synthetic?"."""
    found = [_focus(topic, piece) for piece in _SPLIT.split(text)]
    several = [item for item in dict.fromkeys(found) if item is not None]
    whole = _focus(topic, text)
    return several if len(several) > 1 else [whole] if whole else []


def parts(text: str) -> list[Topic]:
    """Return the topics that a comparison or a question about two things names, in its order."""
    pieces = [piece for piece in _SPLIT.split(text) if subject_roots(piece)]
    found = [topic for piece in pieces for topic in find_topics(piece)[:1]]
    # A piece on its own may mislead; the best topic of the whole question has to be among them.
    return list(dict.fromkeys(found)) if set(find_topics(text)[:1]) <= set(found) else []


def _opener(asked: Asked, voice: Voice) -> str:
    options = _MORE_OPENERS if asked.more else _WHY_OPENERS if asked.why else _OPENERS
    return voice.pick(options, "opener")


def _told(topic: Topic, asked: Asked) -> str:
    if asked.more or asked.why:
        return " ".join(topic.introduction[1:]) or topic.introduction[0]
    return " ".join(topic.introduction)


def _short(topic: Topic, foci: Sequence[Item], asked: Asked, voice: Voice) -> str:
    opener = voice.pick(_SHORT_OPENERS, "short")
    return f"{opener} {_on(foci) or _told(topic, asked)}"


def _on(foci: Sequence[Item]) -> str:
    return " ".join(f"{item.name}: {item.text}" for item in foci)


def _lead(topic: Topic, foci: Sequence[Item], asked: Asked) -> str:
    return f"{_on(foci)} {topic.introduction[0]}" if foci else _told(topic, asked)


def _entries(topic: Topic, foci: Sequence[Item], asked: Asked, limits: Limits) -> list[Item]:
    rest = [item for item in _ranked(topic, asked) if item not in foci]
    fresh = [item for item in rest if f"**{item.name}**" not in asked.said]
    if asked.why:
        return fresh[:2]
    if asked.more and len(fresh) > 1:
        return fresh
    return rest if limits.detail == 1 or (limits.words or 0) > 200 else rest[:6]


def _lower(name: str) -> str:
    return name if name[1:2].isupper() or name[1:2] in "-" else name[:1].lower() + name[1:]


def about(topic: Topic, asked: Asked, limits: Limits, voice: Voice) -> Outline:
    """Return the outline of an answer about one topic."""
    foci = _foci(topic, asked.text)
    entries = tuple(map(_entry, voice.shuffle(_entries(topic, foci, asked, limits))))
    last = "" if topic.closing in asked.said else topic.closing
    return Outline(
        _short(topic, foci, asked, voice),
        _opener(asked, voice),
        _lead(topic, foci, asked),
        voice.pick(_BRIDGES, "bridge") if entries else "",
        (Section("", entries),),
        f"{last} {voice.pick(_OFFERS, 'offer')}".strip(),
    )


def _counted_items(chosen: Sequence[Topic], asked: Asked, count: int) -> list[Item]:
    near = chosen if sum(len(topic.items) for topic in chosen) >= count else find_topics(asked.text)
    pools = [_ranked(topic, asked) for topic in chosen]
    # One of each topic in turn, so that a question about two things gets both.
    turns = [pool[i] for i in range(max(map(len, pools))) for pool in pools if i < len(pool)]
    named = {item.name: item for item in turns}
    for topic in (*near, *topics()) if len(named) < count else ():
        named = {item.name: item for item in topic.items} | named
    return [*turns, *(item for item in named.values() if item not in turns)][:count]


def counted(chosen: Sequence[Topic], asked: Asked, count: int, voice: Voice) -> Outline:
    """Return an answer whose numbered list has exactly `count` entries."""
    items = _counted_items(chosen, asked, count)
    entries = tuple(map(_entry, voice.shuffle(items)))
    return Outline(
        chosen[0].introduction[0],
        _opener(asked, voice),
        chosen[0].introduction[0],
        voice.pick(_BRIDGES, "bridge"),
        (Section("", entries),),
        voice.pick((chosen[0].closing, *_OFFERS[1:]), "offer"),
        numbered=True,
    )


def both(chosen: Sequence[Topic], asked: Asked, limits: Limits, voice: Voice) -> Outline:
    """Return an answer that takes two or three topics one after the other."""
    size = 5 if limits.detail == 1 else 3
    sections = tuple(_section(topic, asked, size, voice) for topic in chosen[:3])
    firsts = " ".join(topic.introduction[0] for topic in chosen[:3])
    return Outline(
        f"{voice.pick(_SHORT_OPENERS, 'short')} {firsts}",
        voice.pick(_BOTH, "both"),
        firsts,
        sections=sections,
        closing=voice.pick(_OFFERS[1:], "offer"),
    )


def _section(topic: Topic, asked: Asked, size: int, voice: Voice) -> Section:
    items = _ranked(topic, asked)[:size]
    return Section(topic.title, tuple(map(_entry, voice.shuffle(items))))


def _without_openers(text: str) -> str:
    openers = (*_OPENERS, *_MORE_OPENERS, *_WHY_OPENERS, *_BOTH, *_SHORT_OPENERS, *_BRIDGES)
    for phrase in openers:
        text = text.replace(phrase, "")
    return text.strip()


def shorten(answer: str, voice: Voice) -> str:
    """Return the first sentence of an answer, and the names in its list."""
    head = re.split(r"\n\s*[-\d]", answer, maxsplit=1)[0]
    told = [s for s in sentences(_without_openers(head.replace("**", ""))) if s[-1:] != ":"]
    names = [_lower(name) for name in re.findall(r"\*\*(.+?)\*\*", answer)][:3]
    first = told[0] if told else " ".join(answer.split()[:20])
    # Only a fraction of the answer is worth keeping; short ones lose their list entirely.
    tail = f" Remember: {', '.join(names)}." if names and len(answer.split()) > 60 else ""
    return f"{voice.pick(_SHORT_OPENERS, 'short')} {first}{tail}"
