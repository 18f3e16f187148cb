"""The fields of a tool's result in words: `weight_g: 980` is "weight 980 g"."""

import re
from collections.abc import Mapping
from typing import Any

from labkit.offline.tools.mentions import KINDS
from labkit.offline.tools.roles import name_words

_UNITS = {
    "g": " g", "kg": " kg", "km": " km", "m": " m", "cm": " cm", "mm": " mm", "l": " l",
    "c": " °C", "celsius": " °C", "f": " °F", "fahrenheit": " °F", "percent": " %", "pct": " %",
    "usd": " USD", "eur": " EUR", "minutes": " minutes", "hours": " hours", "days": " days",
    "s": " s", "ms": " ms", "mph": " mph", "kmh": " km/h", "kph": " km/h",
}  # fmt: skip
# What a number of these counts is its own unit: `persons: 2` is "2 persons".
_COUNTED = frozenset(
    "persons people adults guests participants nights days hours minutes seats litres liters "
    "rooms stars weeks months".split()
)
_NAMES = ("name", "title", "label", "product", "city", "location", "place", "subject", "day")
_MONEY = KINDS["money"][1] | {"total", "subtotal", "sum", "saving"}
_DOLLARS = re.compile(r"\$|\bdollars?\b|\bUSD\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"[€£]|\b(?:euros?|EUR|pounds?|GBP|CHF|SEK|NOK|DKK|JPY|yen|francs?|kron\w+)\b", re.IGNORECASE
)
_LONGEST = 200
_TEXT = 40  # a longer string is a text of its own, not a word in a list


def currency_in(text: str) -> str:
    """Return "$" if `text` speaks of dollars and of no other currency, else ""."""
    return "$" if _DOLLARS.search(text) and not names_other(text) else ""


def names_other(text: str) -> bool:
    """Tell whether `text` speaks of another currency than dollars."""
    return _OTHERS.search(text) is not None


def name_of(thing: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key and the text of what `thing` is called; both empty if it has no name."""
    for wanted in _NAMES:
        for key, value in thing.items():
            if isinstance(value, str) and value and name_words(key)[-1:] == (wanted,):
                return key, value
    return "", ""


def id_of(thing: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key and the text of the id of `thing`; both empty if it has none."""
    for key, value in thing.items():
        if name_words(key)[-1:] == ("id",) and isinstance(value, str | int):
            return key, str(value)
    return "", ""


def is_stock(key: str) -> bool:
    """Tell whether a key says if something is there: `in_stock`, `available`."""
    return bool({"stock", "available"} & set(name_words(key)))


def label(key: str) -> str:
    """Return a key in words, without its unit: "max_price" gives "max price"."""
    parts = key_words(key)
    return " ".join(parts[:-1] if len(parts) > 1 and parts[-1] in _UNITS else parts)


def fact(key: str, value: Any, currency: str) -> str:
    """Return one field in words; "" if it tells nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return flag(key, value)
    text = value_text(key, value, currency)
    if isinstance(value, int | float) and key.lower() in _UNITS:
        return text  # `minutes: 25` is "25 minutes"
    long = isinstance(value, str) and len(value) > _TEXT
    return f"{label(key)}{':' if long or isinstance(value, list) else ''} {text}" if text else ""


def flag(key: str, value: bool) -> str:
    """Return what a yes or no means: "in stock", "not in stock", "no pool"."""
    first, *rest = key_words(key) or [""]
    if first in ("has", "have"):
        return " ".join([*([] if value else ["no"]), *rest])
    named = " ".join(rest if first in ("is", "are") and rest else [first, *rest])
    return named if value else f"not {named}"


def compact(key: str, value: Any, currency: str) -> str:
    """Return a field without its label, where its unit says enough: "980 g", "2 persons"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return fact(key, value, currency)
    text, last = value_text(key, value, currency), (key_words(key) or [""])[-1]
    if last in _COUNTED and last not in _UNITS:
        return f"{text} {last.removesuffix('s') if value == 1 else last}"
    tells = last in ("g", "kg", "lb", *_COUNTED) or (text[:1] == "$" and "price" in label(key))
    return text if tells else fact(key, value, currency)


def is_text(value: Any) -> bool:
    """Tell whether a value is a text to read as it is, not a word in a list."""
    return isinstance(value, str) and (len(value) > _TEXT or value.rstrip().endswith((".", "!")))


def value_text(key: str, value: Any, currency: str) -> str:
    """Return a value with its unit; `currency` is a "$", a code such as "EUR", or unknown ("")."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value, currency)
    if isinstance(value, list):
        if value and all(isinstance(each, str) and is_text(each) for each in value):
            return _short(" ".join(value).removesuffix("."))
        return ", ".join(_short(value_text("", each, currency)) for each in value[:10])
    if isinstance(value, dict):
        told = (fact(k, v, currency) for k, v in list(value.items())[:6] if not isinstance(v, dict))
        return ", ".join(text for text in told if text)
    return _short("" if value is None else str(value))


def _number(key: str, value: int | float, currency: str) -> str:
    parts = key_words(key)
    unit = _UNITS.get(parts[-1], "") if parts else ""
    if is_money(key):
        amount = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        if unit or currency != "$":
            return amount + (unit or f" {currency}" * bool(currency))
        return f"-${amount[1:]}" if amount[0] == "-" else f"${amount}"
    return f"{value:g}{unit}" if isinstance(value, float) and abs(value) < 1e6 else f"{value}{unit}"


def is_money(key: str) -> bool:
    """Tell whether a key names an amount of money."""
    return bool(_MONEY & set(name_words(key))) and key_words(key)[-1:] not in (["percent"], ["pct"])


def price_key(thing: Mapping[str, Any]) -> str:
    """Return the key of the first amount of money in `thing`; "" if there is none."""
    amounts = (k for k, v in thing.items() if is_money(k) and isinstance(v, int | float))
    return next(amounts, "")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(" ", 1)[0] + " …"


def key_words(key: str) -> list[str]:
    """Return the words of a key: "maxPrice" and "max_price" give max, price."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]", " ", key).lower().split()
