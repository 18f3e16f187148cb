"""Writes the answer after tools have run, from their results and nothing else."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.offline.tools import subjects
from labkit.offline.tools.bills import bill, is_bill
from labkit.offline.tools.fields import (
    compact,
    currency_in,
    fact,
    id_of,
    label,
    name_of,
    names_other,
    value_text,
)
from labkit.offline.tools.history import Answered, entities, settled
from labkit.offline.tools.listings import contrast, listing, recommendation, table, telling
from labkit.offline.tools.mentions import COUNT, count_of
from labkit.offline.tools.picking import has_wish, ranked
from labkit.offline.tools.portraits import portrait
from labkit.offline.tools.scopes import scope
from labkit.offline.words import capitalised

_FOUND = ("I found {}:", "Here {be} {}:", "There {be} {}:")
_EMPTY = ("I found {}.", "There are {}.")
_PICK = ("I would take {}", "My pick is {}", "Best suited is {}")
_PICKS = ("This is what I would take:", "I recommend these:", "These suit best:")
_FAILED = ("I could not {}: {}", "I was not able to {}: {}")
_GARBLED = "my request to the tool was not valid JSON."
_TWICE = " I tried it twice."
_UNKNOWN = re.compile(r"^There is no tool\b", re.IGNORECASE)

_ERROR = re.compile(r"^(?:error|exception)\s*:\s*", re.IGNORECASE)
_BRIEF = re.compile(
    r"\b(?:brief(?:ly)?|short(?:ly)? answer|in short|one (?:sentence|line)|concise)", re.I
)
_LIMIT = re.compile(
    rf"\b(?:top|best|first|only|just)\s+({COUNT})\b|\b({COUNT}) (?:best|first|\w+est)\b", re.I
)
_COMPARE = re.compile(
    r"\b(?:compar\w+|table|versus|vs|better|differences?|(?!rather|other)\w+er than(?!\W*\d))\b",
    re.IGNORECASE,
)
_LONGEST, _SHORT, _ROWS, _LINES = 1200, 40, 20, 10


def report(
    question: str,
    answered: Sequence[Answered],
    *,
    spoken: Mapping[str, str] | None = None,
    seed: int = 0,
) -> str:
    """Return the answer to `question` in Markdown; `seed` varies its wording, never its facts.

    `spoken` has the words of each tool's schema: they tell which currency its prices are in.
    """
    writer = _Writer(question, settled(answered), spoken or {}, seed)
    return "\n\n".join(part for part in writer.parts() if part)


def ask_back(missing: Mapping[str, Sequence[str]]) -> str:
    """Return the question for what a tool needs and nobody said, by the tool's name."""
    wants = (f"the {' and the '.join(map(label, names))}" for names in missing.values())
    told = " and ".join(dict.fromkeys(wants))
    return f"I can look that up, but I need {told} for it. Tell me, and I go on."


class _Writer:
    """Writes the parts of one answer."""

    def __init__(
        self, question: str, answered: Sequence[Answered], spoken: Mapping[str, str], seed: int
    ) -> None:
        self.question, self.answered, self.spoken, self.seed = question, answered, spoken, seed
        self.brief = bool(_BRIEF.search(question))

    def parts(self) -> list[str]:
        compared = self.compared()
        picked = [each for each in self.answered if each not in compared and self.picks(each)]
        parts = [self.comparison(compared), self.recommended(picked)]
        rest = [each for each in self.answered if each not in (*compared, *picked)]
        told = [self.section(each) for each in rest if each.value is not None or not each.error]
        return [*parts, *self.joined(told), *self.failures(each for each in rest if each.error)]

    def joined(self, told: list[str]) -> list[str]:
        """Return several sections of one line each as a list, where one tool told them."""
        names = {each.name for each in self.answered}
        if len(told) > 1 and len(names) == 1 and not any("\n" in each for each in told):
            return ["\n".join(f"- {each}" for each in told)]
        return told

    def say(self, options: Sequence[str]) -> str:
        return options[self.seed % len(options)]

    def currency(self, each: Answered) -> str:
        """Return the currency that the tools or the question speak of; "" if that is open."""
        if names_other(self.spoken.get(each.name, "")):
            return ""
        return next(filter(None, map(currency_in, [self.question, *self.spoken.values()])), "")

    # Comparisons

    def compared(self) -> list[Answered]:
        """Return the calls whose things are to stand in one table; none if it had one row."""
        rows = [each for each in self.answered if not is_bill(each.value) and _named(each)]
        things = [thing for each in rows for thing in _named(each)]
        contest = len(things) == len(rows) > 1 and has_wish(things, self.question)
        if not contest and not _COMPARE.search(self.question):
            return []
        keys = set(_named(rows[0])[0]) if rows else set()
        rows = [each for each in rows if len(keys & set(_named(each)[0])) > 1]
        return rows if sum(len(_named(each)) for each in rows) > 1 else []

    def comparison(self, compared: Sequence[Answered]) -> str:
        if not compared:
            return ""
        things = [thing for each in compared for thing in _named(each)][:_ROWS]
        one_each = all(len(_named(each)) == 1 for each in compared)
        groups = [(things, "")] if one_each or len(compared) == 1 else self.groups(compared)
        verdicts = [contrast(group, noun) for group, noun in groups]
        opening = "" if one_each else self.opening(compared)
        told = table(things, self.question, self.currency(compared[0]))
        return "\n\n".join(filter(None, [opening, told, " ".join(filter(None, verdicts))]))

    def groups(self, compared: Sequence[Answered]) -> list[tuple[list[dict[str, Any]], str]]:
        return [
            (things, subjects.found(each, len(things), "").split(" ", 1)[1].split(" up to ")[0])
            for each in compared
            if (things := _named(each))
        ]

    def opening(self, compared: Sequence[Answered]) -> str:
        told = [subjects.found(each, len(_named(each)), self.currency(each)) for each in compared]
        return f"Here are {' and '.join(told)} side by side:"

    # Recommendations

    def picks(self, each: Answered) -> bool:
        things = _named(each)
        wish = has_wish(things, scope(self.question, each)) and not is_bill(each.value)
        return len(things) > 1 and wish and not self.brief and not _LIMIT.search(self.question)

    def recommended(self, picked: Sequence[Answered]) -> str:
        if not picked:
            return ""
        if len(picked) == 1:
            return self.one_pick(picked[0])
        alone = len(picked) == len(self.answered)
        lines = [f"- {' '.join(self.pick(each)[: 1 + alone]).strip()}" for each in picked]
        return "\n".join([self.say(_PICKS), "", *lines])

    def one_pick(self, each: Answered) -> str:
        best, others = self.pick(each)
        others = others if len(self.answered) == 1 else ""
        counted = subjects.found(each, len(_named(each)), self.currency(each))
        return f"{self.say(_FOUND[:1]).format(counted)[:-1]}. {self.say(_PICK).format(best)}" + (
            f" {others}" if others else ""
        )

    def pick(self, each: Answered) -> tuple[str, str]:
        """Return the best of what a call found with the reason, and what comes next."""
        things, currency, wish = _named(each), self.currency(each), scope(self.question, each)
        best, others = recommendation(things, wish, each.arguments, currency)
        keys = telling(things, self.question, each.arguments)[:3]
        told = [self.aside(thing, keys, currency) for thing in others]
        verb = "come" if len(told) > 1 else "comes"
        return best, f"Next {verb} {' and '.join(told)}." if told else ""

    def aside(self, thing: dict[str, Any], keys: Sequence[str], currency: str) -> str:
        """Return a thing in passing: "Wren 1 ($199.00, 1480 g)"."""
        key, name = name_of(thing)
        beside = (key, id_of(thing)[0])
        told = [compact(k, thing[k], currency) for k in keys if k in thing and k not in beside]
        return f"{name} ({', '.join(filter(None, told))})"

    # Single calls

    def section(self, each: Answered) -> str:
        """Return what one tool call told."""
        value, currency = each.value, self.currency(each)
        if value in ([], {}, None, ""):
            return self.nothing(each)
        if is_bill(value):
            return bill(value, currency, told=self.told_before(each))
        found = entities(value)
        if found == [value]:
            return self.one(each, value)
        return self.many(each, found) if found else self.plain(each)

    def nothing(self, each: Answered) -> str:
        if each.value not in ([], {}):
            return f"{subjects.heading(each) or 'It'}: done."
        text = self.say(_EMPTY).format(subjects.found(each, 0, self.currency(each)))
        return f"{text} Other limits may give more." if subjects.has_conditions(each) else text

    def told_before(self, each: Answered) -> bool:
        """Tell whether what a bill is for was described by another call: one thing, once."""
        inside = [thing for thing in entities(each.value) if name_of(thing)[1]]
        names = {name_of(thing)[1] for thing in inside}
        singles = [a.value for a in self.answered if isinstance(a.value, dict) and a is not each]
        return len(inside) == 1 and names <= {name_of(value)[1] for value in singles}

    def one(self, each: Answered, thing: dict[str, Any]) -> str:
        asked = {str(value) for value in each.arguments.values()}
        rest = {k: v for k, v in thing.items() if name_of(thing)[1] or str(v) not in asked}
        head = subjects.heading(each)
        return portrait(
            rest or thing, self.question, self.currency(each), heading=head, brief=self.brief
        )

    def many(self, each: Answered, found: list[dict[str, Any]]) -> str:
        """Return a list of things, with the fields that matter to the question."""
        currency = self.currency(each)
        things = ranked(found, self.question) if has_wish(found, self.question) else found
        be = "is" if len(found) == 1 else "are"
        told, limit = subjects.found(each, len(found), currency), self.limit()
        if limit < len(found):
            told += f"; the {'best' if has_wish(found, self.question) else 'first'} {limit}"
        opening = self.say(_FOUND).format(told, be=be)
        shown = listing(things, self.question, each.arguments, currency, limit)
        rest = each.value.items() if isinstance(each.value, dict) else ()
        beside = [
            fact(key, value, currency)
            for key, value in rest
            if not isinstance(value, list) and value != len(found)
        ]
        ending = ", ".join(filter(None, beside))
        ending = f"\n\n{capitalised(ending)}." if ending else ""
        return f"{opening}\n\n{shown}{ending}"

    def plain(self, each: Answered) -> str:
        value, head = each.value, subjects.heading(each)
        if isinstance(value, str):
            text = value.strip()[:_LONGEST]
            short = head and len(text) <= _SHORT and text[-1:].isalnum()
            return f"{head}: {text}." if short else text
        if isinstance(value, list):
            lines = "\n".join(f"- {value_text('', item, self.currency(each))}" for item in value)
            return f"{head}:\n\n{lines}" if head else lines
        told = compact(each.name, value, self.currency(each))
        told = told.removeprefix(label(each.name)).strip() or value_text(each.name, value, "")
        told = "yes" if value is True else "no" if value is False else told
        if head:
            return f"{head}: **{told}**."
        goal = subjects.target(each)
        return f"The result is **{f'{value:,.2f} {goal}' if goal else told}**."

    def failures(self, failed: Iterable[Answered]) -> list[str]:
        """Return in a sentence each what did not work and why, each reason once."""
        groups: dict[tuple[str, str], list[Answered]] = {}
        for each in failed:
            groups.setdefault((each.name, each.error), []).append(each)
        return [self.failure(group) for group in groups.values()]

    def failure(self, group: Sequence[Answered]) -> str:
        each, why = group[0], _sentence(group[0].error)
        if not each.failed:
            return why
        action = " and".join([subjects.action(each), *map(subjects.beside, group[1:])])
        if _UNKNOWN.match(each.error):
            return f"I cannot {action}: there is no tool {each.name!r} here."
        why = _GARBLED if each.garbled else why
        return self.say(_FAILED).format(action, why) + _TWICE * (each.passing and not each.garbled)

    def limit(self) -> int:
        asked = _LIMIT.search(self.question)
        if asked:
            return max(1, count_of(asked[1] or asked[2]))
        return 3 if self.brief else _LINES


def _named(each: Answered) -> list[dict[str, Any]]:
    return [thing for thing in entities(each.value) if name_of(thing)[1]]


def _sentence(text: str) -> str:
    text = _ERROR.sub("", text.strip())[:300]
    return text if text.endswith((".", "!", "?")) else text + "."
