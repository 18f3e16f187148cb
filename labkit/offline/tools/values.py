"""One scalar for a JSON Schema: a candidate made to fit, or a plain value of our own."""

import math
import re
import uuid
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from labkit.offline.tools.patterns import example

_FORMATS = {
    "date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "time": r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "duration": r"P(?!$)(\d+[YMWD])*(T(\d+[HMS])+)?",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "idn-email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "hostname": r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*",
    "uri": r"[a-z][a-z0-9+.-]*:\S+",
    "url": r"https?://\S+",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "ipv4": r"(\d{1,3}\.){3}\d{1,3}",
    "ipv6": r"[0-9a-fA-F:]+:[0-9a-fA-F:]*",
}


def fit(candidate: Any, schema: dict[str, Any]) -> Any | None:
    """Return `candidate` as `schema` (one scalar type) wants it, or None if it does not suit.

    Numbers are moved into their range and on to their step, long strings are cut.
    """
    kind = schema.get("type", "string")
    if kind == "boolean":
        return candidate if isinstance(candidate, bool) else None
    if kind in ("integer", "number"):
        return _fit_number(candidate, schema)
    if kind == "string" and isinstance(candidate, str | int | float):
        return _fit_string(str(candidate), schema)
    return None


def blank(schema: dict[str, Any], nth: int = 0) -> Any:
    """Return the `nth` plain value of `schema` (one scalar type); different for each `nth`."""
    kind = schema.get("type", "string")
    if kind == "boolean":
        return nth % 2 == 1
    if kind in ("integer", "number"):
        return _on_range(Fraction(0), schema, nth)
    return None if kind == "null" else _blank_string(schema, nth)


def _fit_number(candidate: Any, schema: dict[str, Any]) -> int | float | None:
    if isinstance(candidate, str):
        digits = re.fullmatch(r"#?\s*(-?\d{1,15}(?:\.\d{1,9})?)", candidate.strip())
        candidate = float(digits[1]) if digits else None
    if isinstance(candidate, bool) or not isinstance(candidate, int | float):
        return None
    if not math.isfinite(candidate):
        return None
    return _on_range(Fraction(repr(candidate)), schema, 0)


def _on_range(wanted: Fraction, schema: dict[str, Any], nth: int) -> int | float:
    """Return the allowed number nearest to `wanted`, or the `nth` after it."""
    step = _step(schema)
    low, high = _bound(schema, "inimum", max), _bound(schema, "aximum", min)
    if step is None:
        return _plain(_between(wanted + nth, low, high, schema))
    first = None if low is None else math.ceil(low / step)
    last = None if high is None else math.floor(high / step)
    if first is not None and first * step == _exclusive(schema, "inimum"):
        first += 1
    if last is not None and last * step == _exclusive(schema, "aximum"):
        last -= 1
    at = _clamp(round(wanted / step), first, last) + nth
    if last is not None and at > last:
        at = last - nth if first is None else first + (at - first) % max(1, last - first + 1)
    return _plain(at * step)


def _clamp(at: int, first: int | None, last: int | None) -> int:
    at = at if first is None else max(at, first)
    return at if last is None else min(at, last)


def _between(
    wanted: Fraction, low: Fraction | None, high: Fraction | None, schema: dict[str, Any]
) -> Fraction:
    """Return a number in the range without steps; a limit itself only where it is allowed."""
    above, below = _exclusive(schema, "inimum"), _exclusive(schema, "aximum")
    too_low = low is not None and (wanted < low or wanted == above)
    too_high = high is not None and (wanted > high or wanted == below)
    if not (too_low or too_high):
        return wanted
    if low is not None and high is not None and (low == above or high == below):
        return (low + high) / 2
    limit = (low if too_low else high) or Fraction(0)
    return limit + ((limit == above) - (limit == below) if limit in (above, below) else 0)


def _step(schema: dict[str, Any]) -> Fraction | None:
    step = Fraction(repr(schema["multipleOf"])) if schema.get("multipleOf") else None
    if schema["type"] == "integer":
        # The least common multiple of p/q and 1 is p.
        return Fraction(step.numerator) if step else Fraction(1)
    return step


def _exclusive(schema: dict[str, Any], name: str) -> Fraction | None:
    limit = schema.get("exclusive" + ("M" + name))
    return None if limit is None or isinstance(limit, bool) else Fraction(repr(limit))


def _bound(schema: dict[str, Any], name: str, tighter: Any) -> Fraction | None:
    inclusive = schema.get("m" + name)
    limits = [_exclusive(schema, name), None if inclusive is None else Fraction(repr(inclusive))]
    given = [limit for limit in limits if limit is not None]
    return tighter(given) if given else None


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


def _fit_string(text: str, schema: dict[str, Any]) -> str | None:
    text = _as_format(text.strip(), schema.get("format", ""))
    most = schema.get("maxLength")
    if most is not None and len(text) > most:
        text = _shorten(text, most)
    form = _FORMATS.get(schema.get("format", ""))
    suits = (
        len(text) >= schema.get("minLength", 0)
        and (form is None or re.fullmatch(form, text) is not None)
        and _matches(text, schema.get("pattern"))
    )
    return text if suits else None


def _as_format(text: str, form: str) -> str:
    if form == "date-time" and re.fullmatch(_FORMATS["date"], text):
        return text + "T00:00:00Z"
    if form == "time" and re.fullmatch(r"\d\d:\d\d", text):
        return text + ":00Z"
    return text


def _shorten(text: str, most: int) -> str:
    cut = text[:most]
    return cut.rsplit(" ", 1)[0] if " " in cut.strip() and not text[most].isspace() else cut


def _matches(text: str, pattern: str | None) -> bool:
    try:
        return pattern is None or re.search(pattern, text) is not None
    except re.error:  # a pattern of another dialect: ECMA-262 knows some that Python does not
        return True


def _blank_string(schema: dict[str, Any], nth: int) -> str:
    least: int = schema.get("minLength", 0)
    most: int | None = schema.get("maxLength")
    if form := _blank_format(schema.get("format", ""), nth):
        return form
    if schema.get("pattern"):
        made = (example(schema["pattern"], nth + turn) for turn in range(8))
        for found in made:
            if found and len(found) >= least and (most is None or len(found) <= most):
                return found
    text = f"text {nth + 1}" if nth else "text"
    if most is not None and len(text) > most:
        # Short strings still differ: a, b, c …
        text = chr(ord("a") + nth % 26) * min(most, 1)
    return text + "." * (least - len(text))


def _blank_format(form: str, nth: int) -> str:
    day = (date(2026, 1, 1) + timedelta(days=nth)).isoformat()
    return {
        "date": day,
        "date-time": f"{day}T09:00:00Z",
        "time": f"09:{nth % 60:02}:00Z",
        "duration": f"P{nth + 1}D",
        "email": f"name{nth or ''}@example.com",
        "idn-email": f"name{nth or ''}@example.com",
        "hostname": f"host{nth or ''}.example.com",
        "uri": f"https://example.com/{nth or ''}",
        "url": f"https://example.com/{nth or ''}",
        "uuid": str(uuid.UUID(int=nth + 1, version=4)),
        "ipv4": f"192.0.2.{nth % 254 + 1}",  # kept free for examples: RFC 5737, section 3
        "ipv6": f"2001:db8::{nth + 1:x}",
    }.get(form, "")
