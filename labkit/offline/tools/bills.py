"""A total in a sentence: what was added up, what was taken off, what it comes to."""

from typing import Any

from labkit.offline.tools.fields import fact, is_money, name_of, price_key, value_text
from labkit.offline.tools.roles import name_words
from labkit.offline.words import capitalised, enumerated


def is_bill(value: Any) -> bool:
    """Tell whether a result is a total, perhaps with what it is made of."""
    return isinstance(value, dict) and bool(_key(value, "total"))


def bill(value: dict[str, Any], currency: str, *, told: bool = False) -> str:
    """Return a total in a sentence; without what it is for if that was `told` just before."""
    currency = str(value.get("currency") or currency)
    total, subtotal = _key(value, "total"), _key(value, "subtotal")
    percent = next((k for k in value if {"discount", "percent"} <= set(name_words(k))), "")
    amount = f"**{value_text(total, value[total], currency)}**"
    items = _items(value, currency)
    used = {total, subtotal, percent, "currency"}
    if subtotal and percent and value[percent]:
        what = "" if told or not items else f" for {enumerated(items)}"
        before = value_text(subtotal, value[subtotal], currency)
        off = value_text(percent, value[percent], currency)
        sentence = (
            f"The subtotal{what} is {before}; with a discount of {off} the total is {amount}."
        )
    elif len(items) > 1:
        sentence = f"{enumerated(items)} come to {amount} together."
    else:
        sentence = f"The total{f' for {items[0]}' if items and not told else ''} is {amount}."
    rest = [fact(k, v, currency) for k, v in value.items() if k not in used and _plain(v)]
    others = ", ".join(filter(None, rest))
    return f"{sentence} {capitalised(others)}." if others else sentence


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _key(value: dict[str, Any], last: str) -> str:
    amounts = (k for k, v in value.items() if isinstance(v, int | float) and is_money(k))
    return next((key for key in amounts if name_words(key)[-1:] == (last,)), "")


def _items(value: dict[str, Any], currency: str) -> list[str]:
    """Return what a bill is for: "2 × Larkfield 2 ($149.00)"."""
    rows = [row for part in value.values() if isinstance(part, list) for row in part]
    rows = [row for row in rows if isinstance(row, dict) and name_of(row)[1]]
    # One price would be said twice: it is the total.
    named = [_item(row, currency) if len(rows) > 1 else name_of(row)[1] for row in rows]
    counts = {each: named.count(each) for each in named}
    return [f"{count} × {each}" if count > 1 else each for each, count in counts.items()]


def _item(row: dict[str, Any], currency: str) -> str:
    price = price_key(row)
    told = f" ({value_text(price, row[price], currency)})" if price else ""
    return f"{name_of(row)[1]}{told}"
