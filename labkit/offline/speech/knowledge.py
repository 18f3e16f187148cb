"""What the advisor knows: the topics of `topics/*.md`, and which of them a question is about."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from math import log

from labkit.offline.words import stems

# Words about the answer or about every trip: they say nothing about the topic.
_REQUEST = (
    "advice advise advisor answer best better brief briefly choose detail difference describe "
    "example explain find good great guide help important item know main mean name need new "
    "outdoor outdoors perfect pick point question quick recommend recommendation right say "
    "sentence short start suggest thing tip top two three four five six seven eight nine ten "
    "trail use want way write poem haiku song story joke limerick slogan keep word work yes no "
    "thank hike hiker hiking trek walk gear equipment buy first second paragraph newsletter "
    "text blurb product description advert post tweet email draft copy create compare "
    "key feature look consider aspect factor criteria characteristic property essential matter "
)
_KEYWORD_WEIGHT = 3.0
_LEAST_SHARE = 0.5  # of the question's weight that a topic must explain
_LEAST_BODY = 4.0  # rarity that a topic must match when none of its keywords does
_LEAST_OF_BEST = 0.35  # how far a further topic may lie behind the best one
_ELSEWHERE = 0.3  # how much a word counts against a topic when another topic has it
_UNKNOWN = 2.0  # the weight of a word that no topic has


@dataclass(frozen=True)
class Item:
    """Hold one entry of a topic's list: its bold name, and one or two sentences."""

    name: str
    text: str

    @cached_property
    def roots(self) -> frozenset[str]:
        """Return the roots of the words in this item."""
        return frozenset(roots(f"{self.name} {self.text}"))


@dataclass(frozen=True)
class Topic:
    """Hold one topic: the first sentence of `introduction` is its short answer."""

    title: str
    keywords: tuple[str, ...]
    introduction: tuple[str, ...]
    items: tuple[Item, ...]
    closing: str


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph, in order, without the space between them."""
    parts = re.split(r"(?<=[.!?…])[\"”)]?\s+(?=[^a-z\s])", text.strip())
    return [part for part in parts if part]


@cache
def _root(stem: str) -> str:
    # A looser form of a stem, so that hike, hiking and hiked meet.
    if stem.endswith("ed") and not stem.endswith("eed") and len(stem) > 4:
        stem = stem[:-2]
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        stem = stem[:-1]
    return stem.rstrip("e") if len(stem) > 3 else stem


def roots(text: str) -> list[str]:
    """Return the roots of the words in `text` that carry meaning, in order, without numbers."""
    return [_root(stem) for stem in stems(text) if not any(map(str.isdigit, stem))]


_REQUEST_ROOTS = frozenset(roots(_REQUEST))


def subject_roots(text: str) -> list[str]:
    """Return the roots that say what a question is about, without words such as "explain"."""
    return [word for word in roots(text) if word not in _REQUEST_ROOTS]


_TOPIC = re.compile(
    r"# (?P<title>.+)\nKeywords: *(?P<keywords>.+)\n\s*"
    r"(?P<introduction>[^-\s][\s\S]+?)\n\s*\n(?P<items>(?:- .+\n)+)\s*(?P<closing>\S[\s\S]*)"
)
_ITEM = re.compile(r"- \*\*(.+?)\*\*: (.+)")


def parse_topic(text: str, source: str = "topic") -> Topic:
    """Read one topic file; raise ValueError that names `source` when a part is missing."""
    match = _TOPIC.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{source}: expected a title, a Keywords line, an introduction, a list and a closing "
            "paragraph, but something is missing or out of order; compare it with tents.md."
        )
    part = match.groupdict()
    keywords = tuple(phrase.strip() for phrase in part["keywords"].split(","))
    introduction = tuple(sentences(" ".join(part["introduction"].split())))
    items = tuple(Item(*pair) for pair in _ITEM.findall(part["items"]))
    return Topic(part["title"], keywords, introduction, items, " ".join(part["closing"].split()))


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, read once, in the order of their file names."""
    folder = files("labkit.offline") / "topics"
    sources = sorted((f for f in folder.iterdir() if f.name.endswith(".md")), key=lambda f: f.name)
    return tuple(parse_topic(file.read_text(encoding="utf-8"), file.name) for file in sources)


@dataclass(frozen=True)
class _Index:
    keywords: tuple[frozenset[str], ...]
    phrases: tuple[tuple[tuple[str, ...], ...], ...]
    bodies: tuple[frozenset[str], ...]
    in_keywords: Counter[str]  # in the keywords of how many topics a root stands
    in_bodies: Counter[str]

    def weight(self, word: str) -> float:
        count = self.in_keywords[word] or self.in_bodies[word]
        return log(1 + len(self.bodies) / count) if count else _UNKNOWN


def _body(topic: Topic) -> str:
    listed = " ".join(f"{item.name} {item.text}" for item in topic.items)
    return " ".join((topic.title, *topic.keywords, *topic.introduction, listed, topic.closing))


def _count(sets: tuple[frozenset[str], ...]) -> Counter[str]:
    return Counter(word for one in sets for word in one)


@cache
def _index() -> _Index:
    phrases = tuple(tuple(tuple(roots(k)) for k in (t.title, *t.keywords)) for t in topics())
    keywords = tuple(frozenset(word for phrase in row for word in phrase) for row in phrases)
    bodies = tuple(frozenset(roots(_body(topic))) for topic in topics())
    return _Index(keywords, phrases, bodies, _count(keywords), _count(bodies))


def is_known(word: str) -> bool:
    """Tell whether a root occurs in any topic."""
    return word in _index().in_bodies


def weight(word: str) -> float:
    """Return how much a root tells about the topic: under 1 when most have it, over 3 when one."""
    return _index().weight(word)


def _contains(words: list[str], phrase: tuple[str, ...]) -> bool:
    return f" {' '.join(phrase)} " in f" {' '.join(words)} "


def _fits(in_keywords: float, in_body: float, total: float) -> bool:
    if in_keywords:
        return in_keywords + in_body >= _LEAST_SHARE * total
    return in_body >= max(_LEAST_BODY, 0.75 * total)


def _score(place: int, words: list[str], known: dict[str, float], unknown: float) -> float:
    index = _index()
    keywords, body = index.keywords[place], index.bodies[place]
    in_keywords = sum(known[word] for word in known.keys() & keywords)
    in_body = sum(known[word] for word in known.keys() & body) - in_keywords
    elsewhere = sum(known.values()) - in_body - in_keywords
    total = in_keywords + in_body + unknown + _ELSEWHERE * elsewhere
    if not _fits(in_keywords, in_body, total):
        return 0.0
    near = (p for p in index.phrases[place] if p and p[0] in words)
    whole = {phrase for phrase in near if _contains(words, phrase)}
    phrases = sum(index.weight(word) * len(phrase) for phrase in whole for word in phrase)
    return _KEYWORD_WEIGHT * in_keywords + in_body + phrases / 2


def find_topics(text: str) -> list[Topic]:
    """Return the topics that `text` asks about, best first; empty when it is outside the field."""
    words = roots(text)
    asked = subject_roots(text) or words
    known = {word: weight(word) for word in asked if is_known(word)}
    unknown = _UNKNOWN * len(set(asked) - known.keys())
    scored = [(_score(place, words, known, unknown), t) for place, t in enumerate(topics())]
    least = max(max((score for score, _ in scored), default=0.0) * _LEAST_OF_BEST, 0.01)
    fitting = [pair for pair in scored if pair[0] >= least]
    return [topic for _, topic in sorted(fitting, key=lambda pair: -pair[0])]
