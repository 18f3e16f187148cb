"""What a text mentions: numbers with their roles, ids, places, dates, quoted words, sums."""

import re
from dataclasses import dataclass
from functools import lru_cache

from labkit.offline.words import stem, words

# Each kind of quantity: the words it is measured in, and the words that name it in a schema.
KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(units.split()), frozenset(names.split()))
    for kind, units, names in (
        (
            "money",
            "$ € £ dollar usd eur euro buck gbp pound cent",
            "price cost budget amount spend fee fare money pay salary",
        ),
        ("percent", "% percent pct", "percent percentage discount pct rate tip rebate"),
        (
            "degree",
            "° °c °f c f degree celsiu celsius fahrenheit",
            "temperature temp degree celsius celsiu fahrenheit comfort",
        ),
        ("weight", "kg kilo kilogram g gram lb oz ounce", "weight kg gram kilogram lb"),
        (
            "length",
            "m km cm mm mile meter metre kilometer kilometre ft feet inch",
            "distance length height km kilometer mile elevation radiu radius width depth",
        ),
        ("volume", "l liter litre ml", "volume liter litre"),
        (
            "people",
            "person people adult guest traveler traveller passenger participant",
            "person people adult guest party traveler traveller passenger participant sleep seat",
        ),
        *((unit, unit, unit) for unit in "second minute hour day night week month year".split()),
    )
}
_KIND_OF_UNIT = {unit: kind for kind, (units, _) in KINDS.items() for unit in units}
_COUNTS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve".split(),
        range(1, 13),
        strict=True,
    )
)

COUNT = r"(?:\b(?:\d{1,2}|" + "|".join(_COUNTS) + r")\b)"
ID = r"(?:(?<![\w-])(?:[A-Z]{1,8}[-_]?\d+(?:-\d+)*|[a-z]\d{3,})\b|#\d+\b)"
_ID = re.compile(ID)
_COUNTED = re.compile(
    rf"(?:({COUNT})\s*(?:of\s+|x\s+|×\s*)?)?({ID})(?:\s*[x×]\s*({COUNT}))?", re.IGNORECASE
)
_MOST_COPIES = 20
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})\b|\b(\d{1,2})\s?([ap])\.?m\b\.?", re.IGNORECASE)
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"\bhttps?://[^\s<>\"')]+")
_QUOTE = re.compile(r"[\"“”«]([^\"“”«»]+)[\"“”»]|(?<!\w)['‘]([^'’]+)['’](?!\w)")
_DAY = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|(?:next |this )?"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:next|this) (?:week(?:end)?|month))\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.)\-–])[-−](?=[$€£]?\d)|\bminus )?(?P<currency>[$€£]\s?)?"
    r"(?P<value>(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.])\d{1,15}(?:\.\d{1,6})?"
    r"|\b(?:" + "|".join(_COUNTS) + r")\b)"
    r"(?P<unit>\s?(?:%|per ?cent\b|pct\b|°\s?[CFcf]?\b|°|[$€£]|[CFLKkMm]\b)|[- ]?[A-Za-z]+\b)?",
)
_MAX = re.compile(
    r"(?:under|below|less than|at most|up to|max(?:imum)?(?: of)?|than|within|fewer than"
    r"|cheaper than|lighter than|(?:no|not) (?:more than|over)|<=?|budget(?: (?:is|of))?:?)"
    r"(?: about| around)?\s*$",
    re.IGNORECASE,
)
_MIN = re.compile(
    r"(?:(?<!no )(?<!not )(?:over|more than)|above|at least|min(?:imum)?(?: of)?"
    r"|starting (?:at|from)|greater than|heavier than|>=?)\s*$",
    re.IGNORECASE,
)
_MAX_AFTER = re.compile(r"\s*(?:or (?:less|under|below|cheaper)|max\b|maximum|at most|tops)", re.I)
_MIN_AFTER = re.compile(
    r"\s*(?:or (?:more|above|over|higher)|and (?:up|above)|minimum|\+(?!\s*[\d(]))", re.I
)
_RANGE_GAP = re.compile(r"\s*(?:-|–|to|and)\s*$")


@dataclass(frozen=True)
class Number:
    """A number in a text: its kind ("money", "percent", "degree", …), bound and neighbours."""

    value: int | float
    kind: str
    bound: str
    near: tuple[str, ...]
    start: int


@lru_cache(maxsize=256)
def ids(text: str) -> tuple[str, ...]:
    """Return the ids in `text`, such as P004, ORD-12 or #77, once each, in order."""
    return tuple(dict.fromkeys(each.upper() for each in _ID.findall(text)))


@lru_cache(maxsize=256)
def counted_ids(text: str) -> tuple[str, ...]:
    """Return the ids in `text`, each as often as it is wanted: "two P004" gives it twice."""
    found: dict[str, int] = {}
    for before, each, after in _COUNTED.findall(text):
        count = count_of(before or after or "1")
        found.setdefault(each.upper(), min(max(count, 1), _MOST_COPIES))
    return tuple(each for each, count in found.items() for _ in range(count))


def count_of(said: str) -> int:
    """Return the number that a COUNT says: "two" and "2" give 2."""
    return _COUNTS.get(said.lower()) or int(said)


@lru_cache(maxsize=256)
def emails(text: str) -> tuple[str, ...]:
    """Return the e-mail addresses in `text`."""
    return tuple(_EMAIL.findall(text))


@lru_cache(maxsize=256)
def urls(text: str) -> tuple[str, ...]:
    """Return the web addresses in `text`."""
    return tuple(url.rstrip(".,;:!?") for url in _URL.findall(text))


@lru_cache(maxsize=256)
def quotes(text: str) -> tuple[str, ...]:
    """Return what stands in quotation marks in `text`."""
    return tuple((double or single).strip() for double, single in _QUOTE.findall(text))


@lru_cache(maxsize=256)
def dates(text: str) -> tuple[str, ...]:
    """Return the ISO dates in `text` (RFC 3339, section 5.6), without a time of day."""
    return tuple(found[:10] for found in _DATE.findall(text))


@lru_cache(maxsize=256)
def days(text: str) -> tuple[str, ...]:
    """Return dates as people say them, after ISO ones: 2026-05-01, tomorrow, Friday."""
    return (*dates(text), *_DAY.findall(text))


@lru_cache(maxsize=256)
def times(text: str) -> tuple[str, ...]:
    """Return the times of day in `text` as HH:MM."""
    return tuple(_clock(*match) for match in _TIME.findall(text))


def _clock(hour: str, minute: str, twelve: str, half: str) -> str:
    if hour:
        return f"{int(hour) % 24:02}:{int(minute) % 60:02}"
    return f"{int(twelve) % 12 + (12 if half.lower() == 'p' else 0):02}:00"


@lru_cache(maxsize=256)
def numbers(text: str) -> tuple[Number, ...]:
    """Return the numbers in `text` in order, without those inside ids, dates and addresses."""
    for pattern in (_URL, _EMAIL, _DATE, _ID, _TIME):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    matches = list(_NUMBER.finditer(text))
    found = [_number(text, match) for match in matches]
    for i in range(len(found) - 1):
        between = text[matches[i].end("value") : matches[i + 1].start("value")].strip("$€£ ")
        before = (
            text[max(0, matches[i].start() - 20) : matches[i].start()]
            .lower()
            .rstrip("$€£ ")
            .endswith(("between", "from"))
        )
        kind = found[i].kind or found[i + 1].kind
        if _RANGE_GAP.match(between) and (before or (between != "and" and kind != "degree")):
            found[i : i + 2] = _range(found[i], found[i + 1])
    return tuple(found)


def _range(low: Number, high: Number) -> list[Number]:
    kind = high.kind or low.kind
    return [
        Number(each.value, kind, bound, (*low.near, *high.near), each.start)
        for each, bound in ((low, "min"), (high, "max"))
    ]


def _number(text: str, match: re.Match[str]) -> Number:
    # Only what stands close by tells what a number is.
    before = text[max(0, match.start() - 40) : match.start()]
    after, behind = (text[match.end(part) :][:40] for part in ("value", 0))
    near = [stem(word) for word in words(after)[:2] + words(before)[-2:]]
    unit = [stem(word) for word in words(match["unit"] or "")[:1]] + ["$" * bool(match["currency"])]
    kinds = [_KIND_OF_UNIT[word] for word in reversed(unit) if word in _KIND_OF_UNIT]
    # "under 250 or a budget of 250": the words beside a bare number say what it measures.
    kinds += [kind for kind, (_, names) in KINDS.items() if names & set(near)]
    value = _value(match["value"])
    return Number(
        -value if match["sign"] else value,
        kinds[0] if kinds else "",
        _bound(before, after, behind),
        tuple(near),
        match.start(),
    )


def _value(digits: str) -> int | float:
    if digits in _COUNTS:
        return _COUNTS[digits]
    plain = digits.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _bound(before: str, beside: str, after: str) -> str:
    if _MIN.search(before) or _MIN_AFTER.match(beside) or _MIN_AFTER.match(after):
        return "min"
    if _MAX.search(before) or _MAX_AFTER.match(beside) or _MAX_AFTER.match(after):
        return "max"
    return ""


_PROPER = r"[A-ZÀ-Þ][\w'’-]*(?:(?: (?:of|de|la|le|upon|am|an der) | )[A-ZÀ-Þ][\w'’-]*)*"
_PLACE = re.compile(rf"\b(in|at|for|to|near|from|around|of)\s+(?:the )?({_PROPER})")
_LOWER_PLACE = re.compile(
    r"\b(in|near|at)\s+(?!the\b|a\b|an\b|my\b|stock\b|your\b|our\b|total\b|general\b|case\b"
    r"|time\b|celsius\b|fahrenheit\b|metric\b|euros?\b|dollars?\b|\d)([a-z][a-z-]+)",
    re.IGNORECASE,
)
_ALSO = re.compile(rf"(?:,\s*(?:and |or )?| and | or )({_PROPER})")
_NOT_PLACES = re.compile(
    r"^(?:I|A|The|My|JSON|Celsius|Fahrenheit|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:day)?$|\d"
)


@lru_cache(maxsize=256)
def places(text: str) -> tuple[tuple[str, str], ...]:
    """Return (preposition, place) pairs: capitalised words after in, at, for, to, near, from."""
    found: list[tuple[str, str]] = []
    for match in _PLACE.finditer(text):
        found.append((match[1].lower(), match[2]))
        end = match.end()
        while also := _ALSO.match(text, end):
            found.append((match[1].lower(), also[1]))
            end = also.end()
    if not found:
        found = [(match[1].lower(), match[2]) for match in _LOWER_PLACE.finditer(text)]
    return tuple((how, place) for how, place in found if not _NOT_PLACES.search(place))


@lru_cache(maxsize=256)
def proper_names(text: str) -> tuple[str, ...]:
    """Return capitalised names; one that begins a sentence only if another follows it."""
    inside = re.findall(rf"(?<=[\w,;:] )({_PROPER})", text)
    first = re.findall(rf"(?:^|[.!?] )({_PROPER})(?=,| and [A-ZÀ-Þ])", text)
    return tuple(name for name in dict.fromkeys(first + inside) if not _NOT_PLACES.search(name))


_SPOKEN = (
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\b(?:times|multiplied by)\b|(?<=\d) ?[x×] ?(?=\d)", "*"),
    (r"\b(?:divided by|over)\b|÷", "/"),
    (r"\bto the power of\b", "**"),
    (r"(\d+(?:\.\d+)?) ?(?:%|percent) of (\d+(?:\.\d+)?)", r"\1 / 100 * \2"),
)
_SUM = re.compile(r"[-(\d][\d\s().+*/^-]*[\d)]")


@lru_cache(maxsize=256)
def expressions(text: str) -> tuple[str, ...]:
    """Return the sums in `text`, spoken ones as signs: "12 times 7" is "12 * 7"."""
    for spoken, sign in _SPOKEN:
        text = re.sub(spoken, sign, text, flags=re.IGNORECASE)
    found = (match.strip() for match in _SUM.findall(_DATE.sub(" ", text)))
    return tuple(each for each in found if re.search(r"\d\)?\s*(?:[+*/^]|-)+\s*\(*-?\d", each))
