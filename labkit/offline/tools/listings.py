"""Several things as a list, as a recommendation, or side by side in a table."""

from collections.abc import Sequence
from typing import Any

from labkit.offline.tools.concepts import asked_concepts, concept
from labkit.offline.tools.fields import (
    compact,
    fact,
    id_of,
    is_money,
    is_stock,
    is_text,
    label,
    name_of,
    price_key,
    value_text,
)
from labkit.offline.tools.picking import extremes, of_two, ranked, reason, suitable
from labkit.offline.tools.roles import name_words, role

_FACTS, _COLUMNS = 4, 6

Thing = dict[str, Any]


def line(thing: Thing, keys: Sequence[str], currency: str) -> str:
    """Return one thing of a list: "**Wren 1** (P006): $199.00, 1480 g"."""
    key, name = name_of(thing)
    id_key, id = id_of(thing)
    title = f"**{name}**" + (f" ({id})" if id else "") if name else ""
    beside = (key, id_key) if name else (key,)
    told = [compact(k, thing[k], currency) for k in keys if k in thing and k not in beside]
    facts = ", ".join(text for text in told if text)
    if not title:  # a review, a step: its text is what it has to say
        texts = [" ".join(value.split()) for value in thing.values() if is_text(value)]
        return " ".join([*([f"{facts}."] if facts and texts else [facts]), *texts]).strip()
    return f"{title}: {facts}" if title and facts else title or facts


def telling(things: Sequence[Thing], question: str, arguments: dict[str, Any]) -> list[str]:
    """Return the keys worth showing: those the question names, prices, numbers, then the rest.

    What is the same for all, because it was asked for, tells nothing.
    """
    keys = list(dict.fromkeys(key for thing in things for key in thing))
    keys = [key for key in keys if all(_is_short(thing.get(key)) for thing in things)]
    keys = [key for key in keys if not _is_given(things, key, arguments)]
    concepts = asked_concepts(question)
    order = {key: i for i, key in enumerate(keys)}
    return sorted(keys, key=lambda key: (_weight(things, key, concepts), order[key]))


def _weight(things: Sequence[Thing], key: str, asked: Any) -> int:
    if is_money(key):
        return 0
    if {concept(word) for word in name_words(key)} & asked.keys():
        return 1
    values = [thing[key] for thing in things if thing.get(key) is not None]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return 2
    return 3 if is_stock(key) or all(isinstance(v, bool) for v in values) else 4


def _is_short(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | float) and not is_text(value))


def _is_given(things: Sequence[Thing], key: str, arguments: dict[str, Any]) -> bool:
    values = {str(thing.get(key)).casefold() for thing in things}
    if len(values) > 1:
        return False
    asked = {str(value).casefold() for value in arguments.values()}
    return bool(values & asked) or role(key, {}) == "category" or values == {"none"}


def listing(
    things: Sequence[Thing], question: str, arguments: dict[str, Any], currency: str, most: int
) -> str:
    """Return `things` as a list, `most` of them at most."""
    keys = _besides_names(telling(things, question, arguments), things)[:_FACTS]
    return "\n".join(f"- {line(thing, keys, currency)}" for thing in things[:most])


def _besides_names(keys: Sequence[str], things: Sequence[Thing]) -> list[str]:
    named = {name_of(thing)[0] for thing in things} | {id_of(thing)[0] for thing in things}
    return [key for key in keys if key not in named or not name_of(things[0])[1]]


def recommendation(
    things: Sequence[Thing], question: str, arguments: dict[str, Any], currency: str
) -> tuple[str, list[Thing]]:
    """Return the thing that suits `question` best with the reason why, and the next ones."""
    best, *others = ranked(things, question)
    price = price_key(best)
    title = line(best, [], currency)
    cost = f", {value_text(price, best[price], currency)}" if price else ""
    why = reason(best, things, question, currency)
    stock = next((key for key in best if is_stock(key) and isinstance(best[key], bool)), "")
    there = "" if not stock else ", and it is" if best[stock] else ", but it is"
    ending = f"{there} {fact(stock, best[stock], currency)}" if stock else ""
    ending = "" if why.endswith("in stock") else ending
    return f"{title}{cost}: {why}{ending}.", suitable(others, question)[:2]


def table(things: Sequence[Thing], question: str, currency: str) -> str:
    """Return `things` side by side in a Markdown table."""
    keys = [key for key in telling(things, question, {}) if key not in _ids(things)]
    name = name_of(things[0])[0]
    columns = [*([name] if name else []), *(key for key in keys if key != name)]
    columns = [key for key in columns if key][: _COLUMNS + 1]
    rows = [[_cell(key, thing.get(key), currency) for key in columns] for thing in things]
    lines = [[label(key) for key in columns], ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _ids(things: Sequence[Thing]) -> set[str]:
    return {id_of(thing)[0] for thing in things} if name_of(things[0])[1] else set()


def _cell(key: str, value: Any, currency: str) -> str:
    told = "–" if value is None or value == "" else value_text(key, value, currency)
    return told.replace("|", "/")


def contrast(things: Sequence[Thing], noun: str) -> str:
    """Return which of `things` is the cheapest and which the lightest; "" if none tells."""
    found: dict[str, list[str]] = {}
    for winner, thing in extremes(things):
        word = of_two(winner) if len(things) == 2 else winner
        found.setdefault(name_of(thing)[1], []).append(word)
    told = [f"**{name}** is the {' and the '.join(won)}" for name, won in found.items() if name]
    among = f"Of the {noun}, " if noun else ""
    return f"{among}{' and '.join(told)}." if told else ""
