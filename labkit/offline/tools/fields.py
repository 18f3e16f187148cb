"""The fields of a tool's result in words: `weight_g: 980` is "weight 980 g"."""

import re
from typing import Any

from labkit.offline.tools.mentions import KINDS
from labkit.offline.tools.roles import name_words

_UNITS = {
    "g": " g", "kg": " kg", "km": " km", "m": " m", "cm": " cm", "mm": " mm", "l": " l",
    "c": " °C", "celsius": " °C", "f": " °F", "fahrenheit": " °F", "percent": " %", "pct": " %",
    "usd": " USD", "eur": " EUR", "minutes": " minutes", "hours": " hours", "days": " days",
    "s": " s", "ms": " ms", "mph": " mph", "kmh": " km/h", "kph": " km/h",
}  # fmt: skip
_NAMES = ("name", "title", "label", "product", "city", "location", "subject")
_MONEY = KINDS["money"][1] | {"total", "subtotal", "sum", "saving"}
_LONGEST = 200


def name_of(thing: dict[str, Any]) -> tuple[str, str]:
    """Return the key and the text of what `thing` is called; both empty if it has no name."""
    for wanted in _NAMES:
        for key, value in thing.items():
            if isinstance(value, str) and value and name_words(key)[-1:] == (wanted,):
                return key, value
    return "", ""


def label(key: str) -> str:
    """Return a key in words, without its unit: "max_price" gives "max price"."""
    split = _split(key)
    return " ".join(split[:-1] if len(split) > 1 and split[-1] in _UNITS else split)


def fact(key: str, value: Any, question: str) -> str:
    """Return one field in words; "" if it tells nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return label(key) if value else f"not {label(key)}"
    text = value_text(key, value, question)
    long = isinstance(value, str) and len(value) > 40
    return f"{label(key)}{':' if long or isinstance(value, list) else ''} {text}" if text else ""


def value_text(key: str, value: Any, question: str) -> str:
    """Return a value with its unit; an amount in dollars only if the question speaks of dollars."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value, question)
    if isinstance(value, list):
        return ", ".join(_short(value_text("", each, question)) for each in value[:10])
    if isinstance(value, dict):
        told = (fact(k, v, question) for k, v in list(value.items())[:6] if not isinstance(v, dict))
        return ", ".join(text for text in told if text)
    return _short("" if value is None else str(value))


def _number(key: str, value: int | float, question: str) -> str:
    split = _split(key)
    if _MONEY & set(name_words(key)) and split[-1:] != ["percent"]:
        amount = f"{value:,.2f}" if isinstance(value, float) else str(value)
        unit = _UNITS.get(split[-1], "")
        dollars = not unit and re.search(r"\$|\bdollars?\b|\bUSD\b", question, re.IGNORECASE)
        return f"${amount}" if dollars else amount + unit
    unit = _UNITS.get(split[-1], "") if split else ""
    return f"{value:g}{unit}" if isinstance(value, float) and abs(value) < 1e6 else f"{value}{unit}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(" ", 1)[0] + " …"


def _split(key: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]", " ", key).lower().split()
