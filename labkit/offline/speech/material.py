"""What a text is made from: the facts of a product, of several, or of a topic."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labkit.offline.speech.conversation import Conversation
from labkit.offline.speech.drafts import CALLS_FOR_ADVICE, CALLS_FOR_THINGS
from labkit.offline.speech.hazards import Hazard, hazard_of
from labkit.offline.speech.knowledge import Topic, find_topics, sentences
from labkit.offline.speech.pitches import TO_READER_OF_ADVICE, promise_of, to_reader
from labkit.offline.speech.voice import Voice
from labkit.offline.words import capitalised, enumerated
from labkit.outdoor import find_category, find_product

_SUBJECT = re.compile(
    r"\b(?:for|about|on|describing|introducing|of) (?:our |the |an? |some )?(.+?)"
    r"(?: for (?:our|the|my) \w+)?(?:[.!?,;\n]|$)",
    re.IGNORECASE,
)
_PROPER = re.compile(
    r"\b[A-Z][a-z]+ \d|\s[A-Z][a-z]+\b"
)  # "Wren 2": nothing but its maker knows it
_OWNED = re.compile(r"(?:my|your|his|her|their) ", re.IGNORECASE)


@dataclass(frozen=True)
class Material:
    """Hold what a text is about, its first sentences, and what it can be given on request."""

    subject: str
    body: tuple[str, ...]
    promise: str
    heading: str
    hazard: Hazard | None
    calls: tuple[str, ...]
    additions: Mapping[str, str]  # a sentence by the name of the check that asks for it


def gather(talk: Conversation, task: str, voice: Voice) -> Material:
    """Return the material for `task`: what tools found about it, else what the advisor knows."""
    found = _found(talk)
    named = [one for one in found if _names(task, str(one["name"]))]
    named = named or _best(found, task)
    if len(found) > 1 and not named:
        return _several(found, voice)
    chosen = next(iter(named or found), None)
    product = find_product(str(chosen["name"]) if chosen else task)
    if chosen or product:
        # A list shows less of a product than the catalogue does; where both speak, the tool counts.
        return _one({**(asdict(product) if product else {}), **(chosen or {})}, voice)
    return _topical(task, voice)


def _names(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) is not None


def _best(found: Sequence[dict[str, Any]], task: str) -> list[dict[str, Any]]:
    """Return the one thing that the task means by "the cheapest" or "the lightest"."""
    for word, name in (("cheapest", "price"), ("lightest", "weight_g")):
        values = [one[name] for one in found if isinstance(one.get(name), int | float)]
        if values and re.search(rf"\b{word}\b", task, re.IGNORECASE):
            return [one for one in found if one.get(name) == min(values)][:1]
    return []


def _found(talk: Conversation) -> list[dict[str, Any]]:
    """Return the things with a name in the results of tools, each once, the fullest of it."""
    things: dict[str, dict[str, Any]] = {}
    for turn in talk.turns:
        for thing in _objects(turn.text) if turn.role == "tool" else ():
            things[thing["name"]] = {**things.get(thing["name"], {}), **thing}
    return list(things.values())


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get("name"), str)]


def _hazard(text: str) -> Hazard | None:
    return hazard_of(next(iter(find_topics(text)), None))


def _measures(thing: Mapping[str, Any]) -> dict[str, str]:
    """Return the sentences about weight and price, where they are known."""
    weight, price = thing.get("weight_g"), thing.get("price")
    told = {
        "weight": f"It weighs {weight} g." if isinstance(weight, int | float) else "",
        "price": f"It costs ${price:g}." if isinstance(price, int | float) else "",
    }
    return {name: sentence for name, sentence in told.items() if sentence}


def _one(thing: Mapping[str, Any], voice: Voice) -> Material:
    name, category = str(thing["name"]), find_category(str(thing.get("category") or "")) or ""
    described = str(thing.get("description") or "").rstrip(".")
    # Figures are left for the critic to ask for.
    features = [str(f) for f in thing.get("features") or () if not re.search(r"\d", str(f))]
    opening = voice.pick(("Meet the", "This is the"), "first")
    body = [f"{opening} {name}{f', {_lowered(described)}' if described else ''}."]
    if features:
        body.append(f"At a glance: {', '.join(voice.shuffle(features)[:2])}.")
    promise = promise_of(category, "made to go further")
    additions = {**_measures(thing), "reader": to_reader(category, voice)}
    return Material(
        f"the {name}",
        tuple(body),
        promise,
        f"{name}: {promise}",
        _hazard(category),
        CALLS_FOR_THINGS,
        additions,
    )


def _several(things: Sequence[Mapping[str, Any]], voice: Voice) -> Material:
    category = find_category(str(things[0].get("category") or "")) or "finds"
    promise = promise_of(category, "one for every trip")
    opening = voice.pick(("Fresh on our shelf", "Ready for the season", "Our choice"), "first")
    names = enumerated([f"the {thing['name']}" for thing in things[:4]])
    body = (f"{opening}: {names}.", f"Each of these {category} has a trip that it is made for.")
    return Material(
        f"our {category}",
        body,
        promise,
        f"{capitalised(category)}: {promise}",
        _hazard(category),
        CALLS_FOR_THINGS,
        {**_extremes(things), "reader": to_reader(category, voice)},
    )


def _extremes(things: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the sentences about the cheapest and the lightest of several things."""
    told = {}
    if priced := [t for t in things if isinstance(t.get("price"), int | float)]:
        cheap = min(priced, key=lambda t: float(t["price"]))
        told["price"] = f"Prices start at ${cheap['price']:g} for the {cheap['name']}."
    if weighed := [t for t in things if isinstance(t.get("weight_g"), int | float)]:
        light = min(weighed, key=lambda t: float(t["weight_g"]))
        told["weight"] = f"The lightest, the {light['name']}, weighs {light['weight_g']} g."
    return told


def _topical(task: str, voice: Voice) -> Material:
    topic = next(iter(find_topics(task)), None)
    thing, _, quality = _subject(task, topic).partition(" that is ")
    if topic is None or _PROPER.search(thing):
        return _unknown(thing, quality, topic, voice)
    # Figures and the word "you" are left for the critic to ask for.
    told = (*topic.introduction[1:], *sentences(topic.closing))
    plain = (s for s in told if not re.search(r"\d|\byou", s, re.IGNORECASE))
    named = voice.shuffle(item.name.lower() for item in topic.items[:4])[:2]
    return Material(
        thing,
        (topic.introduction[0], *plain)[:3],
        quality or " and ".join(named),
        topic.title,
        hazard_of(topic),
        CALLS_FOR_ADVICE,
        {**_figure(topic), "reader": voice.pick(TO_READER_OF_ADVICE, "reader")},
    )


def _unknown(thing: str, quality: str, topic: Topic | None, voice: Voice) -> Material:
    """Return the material for a thing of which we know no more than what it is called."""
    category = find_category(thing) or ""
    promise = quality or promise_of(category, "made to last")
    named = thing if _OWNED.match(thing) else f"the {thing}"
    kept = f"It makes one promise, and keeps it: {promise}."
    body = (f"Meet {named}.", kept if category else f"It is {quality or 'made with care'}.")
    return Material(
        named,
        body,
        promise,
        capitalised(thing),
        hazard_of(topic) if category else None,
        CALLS_FOR_THINGS,
        {"reader": to_reader(category, voice)},
    )


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _figure(topic: Topic) -> dict[str, str]:
    """Return the shortest sentence of a topic with a number in it."""
    told = [s for item in topic.items for s in sentences(item.text) if re.search(r"\d", s)]
    return {"figure": min(told, key=len)} if told else {}


def _subject(task: str, topic: Topic | None) -> str:
    found = _SUBJECT.search(task)
    if found:
        return found[1].strip()
    return topic.title.lower() if topic else "what lies ahead"


def named_subject(material: Material, *, own: bool = False) -> str:
    """Return the subject to begin a sentence with; with `own` it becomes the reader's."""
    bare = re.sub(r"^(?:the|our|an?|my) ", "", material.subject)
    return f"Your {bare}" if own else capitalised(material.subject)
