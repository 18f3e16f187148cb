"""What a parameter asks for, told by its name, its description and its schema."""

import re
from functools import lru_cache
from typing import Any

from labkit.offline.tools.mentions import KINDS
from labkit.offline.words import stem, words

# The first role whose words meet the name of a parameter wins; else the description decides.
_ROLES: dict[str, frozenset[str]] = {
    role: frozenset(names.split())
    for role, names in (
        ("currency", "currency currencie"),
        ("unit", "unit"),
        ("language", "language lang locale"),
        ("url", "url uri link website webpage"),
        ("email", "email mail recipient cc bcc to"),
        ("expression", "expression formula calculation equation math"),
        ("date", "date day when due deadline checkin checkout arrival departure until since"),
        ("time", "time"),
        ("postcode", "postcode postal zip zipcode plz"),
        (
            "place",
            "city location place destination origin country town region from state where station "
            "airport area address venue timezone zone",
        ),
        ("category", "category categorie department section product_type"),
        ("query", "query search q keyword term topic"),
        ("text", "question prompt input text request problem utterance"),
        ("title", "title task todo item subject reminder label heading event"),
        ("body", "message body content note description comment detail"),
        ("person", "name person customer author contact attendee participant user who guest"),
    )
}
# These say between what something goes; what it is, the description tells.
_ENDS = frozenset("to from source target base quote into".split())
_IDS = frozenset("id sku code number reference ref isbn uuid key".split(" "))
_FORMATS = {"date": "date", "date-time": "date", "time": "time", "email": "email", "uri": "url"}

# A "currency code" is a currency, not an id: the order decides.
_TOLD_BY_DESCRIPTION = (
    *("currency", "language", "id", "place", "date", "expression", "category", "email", "url"),
    "query",
)

# Roles that any text could fill: they do not tell whether a tool is asked for.
FREE = frozenset({"query", "text", "title", "body", "person", ""})


@lru_cache(maxsize=1024)
def name_words(name: str) -> tuple[str, ...]:
    """Return the stems in a name: "maxPrice" and "max_price" give max, price."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]", " ", name)
    # The shared stem keeps words of three letters whole; here "ids" is many an "id".
    return tuple("id" if word == "ids" else stem(word) for word in words(split))


def role(name: str, schema: dict[str, Any]) -> str:
    """Return the role of a string parameter: "id", "place", "query", …; "" if none is known."""
    return _role(name, str(schema.get("description", "")), str(schema.get("format", "")))


@lru_cache(maxsize=1024)
def _role(name: str, description: str, form: str) -> str:
    if form in _FORMATS:
        return _FORMATS[form]
    named = name_words(name)
    described = [stem(word) for word in words(description)[:4]]
    if named[:1] and named[-1] in _ENDS and "currency" in described:
        return "currency"
    if set(named) & _ROLES["postcode"]:
        return "postcode"
    if named and named[-1] in _IDS:
        return "id"
    # The last word names the thing: an `email_subject` is a subject.
    for word in reversed(named):
        for each, names in _ROLES.items():
            if word in names:
                return each
    for each in _TOLD_BY_DESCRIPTION:
        if set(described) & (_IDS if each == "id" else _ROLES[each]):
            return each
    return ""


@lru_cache(maxsize=1024)
def kind(name: str, description: str) -> str:
    """Return the kind of quantity of a number parameter, a key of KINDS, or ""."""
    named = set(name_words(name))
    # "limit" and "count" say how many, even where the description speaks of prices.
    if named & COUNTING and not any(named & names for _, names in KINDS.values()):
        return ""
    for found in (named, {stem(word) for word in words(description)}):
        fitting = [each for each, (_, names) in KINDS.items() if found & names]
        # A discount is a percentage, even "percent off the price".
        if fitting:
            return "percent" if "percent" in fitting else fitting[0]
    return ""


def bound(name: str) -> str:
    """Return "max" or "min" if the parameter is a limit, else ""."""
    named = set(name_words(name))
    if named & {"max", "maximum", "most", "upper", "under", "below", "until", "budget"}:
        return "max"
    return "min" if named & {"min", "minimum", "least", "lower", "above", "over"} else ""


def hands_over(name: str) -> bool:
    """Tell whether a tool of this name gives the talk to another agent: `transfer_to_billing`."""
    named = " ".join(name_words(name))
    return re.search(r"\b(?:transfer|hand ?off|hand ?over)(?: back)? to\b", named) is not None


COUNTING = frozenset(
    "quantity count limit n num number top copie result size qty amount".split(" ")
)
