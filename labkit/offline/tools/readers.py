"""The strings that a question gives for a parameter, by the parameter's role."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from labkit.offline.tools import mentions, phrases, roles
from labkit.offline.words import stem
from labkit.outdoor import CATALOGUE, find_categories

GENERIC = frozenset("i is has ha in include with only should show be a an the want need".split(" "))
CURRENCIES = {
    **dict.fromkeys("$ usd dollar buck".split(" "), "USD"),
    **dict.fromkeys("€ eur euro".split(" "), "EUR"),
    **dict.fromkeys("£ gbp pound".split(" "), "GBP"),
    **{code: code.upper() for code in "chf sek nok dkk jpy cad aud pln czk inr cny".split(" ")},
}
_PAIR = re.compile(r"\d\s*([A-Za-z°]+)\s+(?:to|in|into|as)\s+([A-Za-z°]+)")
_INTO = re.compile(
    r"\b(?:into|to|in)\s+([A-Z][a-z]*(?:ish|ese|an|ch|ew|ic|ek|ai|di|du))\b", re.IGNORECASE
)
_MIXED = re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{3,}\b")
_FROM = frozenset("from source origin departure base start".split(" "))
_TO = frozenset("to target destination arrival quote into end".split(" "))
_SUBJECT = re.compile(
    r"\W*(?!(?:It|This|That|There|Here|He|She|What|Who|Where|When|How|Which|Why|My|The|Your)\b)"
    r"([A-Z][\w'-]+(?: [A-Z][\w'-]+)*) (?:is|was|has|lives|likes|works|comes)\b"
)
_GOAL = re.compile(r"\b(?:to|in|into)\s+(?:us )?([$€£]|[A-Za-z]+)", re.IGNORECASE)
_POSTCODE = re.compile(
    r"(?<![\w.,$€£-])(?:\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]?(?: \d[A-Z]{2})?)(?![\w%°])"
)
_MATTER = re.compile(r"\b(?:with|using|containing|out of|from)\s+([^.?!:]+)|:\s*([^.?!]+)", re.I)
_ARTICLE = re.compile(r"^(?:some|a|an|the|my)\s+", re.IGNORECASE)
_SOUGHT = re.compile(
    r"\b(?:search(?: for)?|find(?: me)?|show me|do you (?:have|sell|stock)|looking for)\s+"
    r"(?:all |any |some |your |the )?"
    r"(?!(?:product|thing|item|tip|idea|order|review|question|result|detail|shop|store)s\b)"
    r"([a-z]+[^s\W]s)(?=\s*(?:[?.!,]|$)|\s+(?:under|below|up to|over|between|in stock)\b)",
    re.IGNORECASE,
)
_IN = ("in", "at", "near", "around")
_GOODS = frozenset("product item article sku".split())


def read_strings(name: str, schema: dict[str, Any], text: str) -> Sequence[str]:
    """Return the strings in `text` for the parameter `name`, best first."""
    if schema.get("pattern"):
        return [
            word for word in re.findall(r"[^\s,;?!\"]+", text) if _holds(schema["pattern"], word)
        ]
    part = roles.role(name, schema)
    if part in _BY_NAME:
        return _BY_NAME[part](name, text)
    if part in _FINDERS:
        return _FINDERS[part](text)
    return _labelled(name, text)


def _holds(pattern: str, word: str) -> bool:
    try:
        return re.search(pattern, word.rstrip(".")) is not None
    except re.error:
        return False


def _labelled(name: str, text: str) -> Sequence[str]:
    """Return what follows the parameter's own name: "size M", "colour: red"."""
    label = r"[\s_-]*".join(map(re.escape, roles.name_words(name)[-2:]))
    found = re.findall(rf"\b{label}(?:\s+(?:is|of)\s+|\s*[:=]\s*|\s+)[\"“]?([\w-]+)", text, re.I)
    return [word for word in found if label and stem(word.lower()) not in GENERIC] or (
        mentions.quotes(text)
    )


def _ids(name: str, text: str) -> list[str]:
    found = list(mentions.ids(text)) or _MIXED.findall(text) or _product_ids(name, text)
    initial = roles.name_words(name)[0][:1].upper()
    fitting = [each for each in found if each[:1] == initial] or found
    return fitting or [str(number) for number in integer_ids(name, text)]


def _product_ids(name: str, text: str) -> list[str]:
    """Return the ids of the shop's products that `text` names, in its order."""
    if not _GOODS & set(roles.name_words(name)):
        return []
    plain = text.casefold()
    places = {product.id: plain.find(product.name.casefold()) for product in CATALOGUE}
    return sorted((each for each, at in places.items() if at >= 0), key=places.__getitem__)


def integer_ids(name: str, text: str) -> list[int]:
    """Return the whole numbers that stand behind the name of an id: "order 1234", "#77"."""
    named = set(roles.name_words(name)) - {"id"}
    marked = [int(each[1:]) for each in mentions.ids(text) if each[0] == "#"]
    near = (n.value for n in mentions.numbers(text) if named & set(n.near) and not n.kind)
    return marked or [value for value in near if isinstance(value, int)]


def _places(name: str, text: str) -> list[str]:
    found, named = mentions.places(text), set(roles.name_words(name))
    if "country" in named:
        found = found[::-1]  # "in Paris, France"
    how = {"from": _FROM & named, "to": _TO & named}
    for preposition, wanted in how.items():
        if wanted:
            return [place for said, place in found if said == preposition]
    return [place for said, place in found if said in _IN] or [place for _, place in found]


def _currencies(name: str, text: str) -> list[str]:
    named = set(roles.name_words(name))
    found = _codes(re.findall(r"[$€£]|[A-Za-z]+", text))
    goals = _codes(_GOAL.findall(text))
    if not goals:
        return _either_end(name, found)
    if _TO & named:
        return goals
    starts = [each for each in found if each not in goals]
    return starts[:1] if _FROM & named else starts or goals


def _codes(said: Sequence[str]) -> list[str]:
    found = (CURRENCIES.get(stem(word.lower()), "") for word in said)
    return [code for code in dict.fromkeys(found) if code]


def _units(name: str, text: str) -> list[str]:
    return _either_end(name, [unit for pair in _PAIR.findall(text) for unit in pair])


def _either_end(name: str, found: list[str]) -> list[str]:
    named = set(roles.name_words(name))
    if _TO & named:
        return found[1:]
    return found[:1] if _FROM & named else found


def _names(text: str) -> Sequence[str]:
    return mentions.quotes(text) or mentions.proper_names(text)


def listed(text: str) -> list[str]:
    """Return the things that `text` lists after "with", "from" or a colon, without articles."""
    found = _MATTER.search(text)
    parts = coordinated(found[1] or found[2]) if found else []
    return [_ARTICLE.sub("", part.strip()) for part in parts]


def _categories(text: str) -> Sequence[str]:
    """Return the shop's categories in `text`, else what it looks for: the shop may have it."""
    return find_categories(text) or _SOUGHT.findall(text)


def _recipients(text: str) -> Sequence[str]:
    return mentions.emails(text) or mentions.proper_names(text)


def _topics(text: str) -> Sequence[str]:
    found = mentions.quotes(text) or [phrases.topic(text)]
    return [each for each in found if each]


def coordinated(text: str) -> list[str]:
    """Return the parts of `text` that commas, and, or divide."""
    return [part for part in re.split(r",|;|&|\b(?:and|or|versus|vs)\b", text) if part.strip()]


def name_in(name: str, text: str) -> str:
    """Return whom or what place `text` names first, "" if it names none; a country comes last."""
    subject = _SUBJECT.match(text)
    found = (*((subject[1],) if subject else ()), *mentions.proper_names(text))
    return found[-1 if "country" in roles.name_words(name) else 0] if found else ""


_BY_NAME: dict[str, Callable[[str, str], Sequence[str]]] = {
    "id": _ids,
    "place": _places,
    "currency": _currencies,
    "unit": _units,
}
_FINDERS: dict[str, Callable[[str], Sequence[str]]] = {
    "category": _categories,
    "email": _recipients,
    "url": mentions.urls,
    "date": mentions.days,
    "time": mentions.times,
    "expression": mentions.expressions,
    "language": _INTO.findall,
    "person": _names,
    "postcode": _POSTCODE.findall,
    "query": _topics,
}
GUESSES: dict[str, Callable[[str], str]] = {
    "text": str.strip,
    "body": phrases.body,
    "query": phrases.topic,
}
