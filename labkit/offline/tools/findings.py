"""Writes the answer after tools have run, from their results and nothing else."""

import re
from collections.abc import Sequence
from typing import Any

from labkit.offline.tools.concepts import asked_concepts, concept
from labkit.offline.tools.fields import fact, label, name_of, value_text
from labkit.offline.tools.history import Answered, entities
from labkit.offline.tools.picking import pick, wishes
from labkit.offline.tools.roles import name_words

_OPENINGS = ("Here is what I found:", "This is what came up:", "I looked it up:", "Here you go:")
_ONE = ("Here is the answer:", "I looked it up:", "This is what I found:")
_EMPTY = ("Nothing was found for {}.", "The search for {} found nothing.")
_FAILED = ("I could not {}: {}", "One step failed, to {}: {}")
_PICKS = ("Of these, **{}** suits best.", "I would take **{}**.", "The best fit is **{}**.")

_BRIEF = re.compile(
    r"\b(?:brief(?:ly)?|short(?:ly)? answer|in short|one (?:sentence|line)|concise)", re.I
)
_LIMIT = re.compile(r"\b(?:top|best|first|only|just)\s+(\d+|one|two|three|four|five)\b", re.I)
_TABLE = re.compile(r"\b(?:compare|comparison|table|versus|vs)\b", re.I)
_SMALL = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_LONGEST = 1200


def report(question: str, answered: Sequence[Answered], *, seed: int = 0) -> str:
    """Return the answer to `question` in Markdown; `seed` varies its wording, never its facts."""
    once = list({(each.name, repr(each.arguments)): each for each in answered}.values())
    writer = _Writer(question, seed, several=len(once) > 1)
    parts = [writer.table(once)] if _TABLE.search(question) else []
    parts = [part for part in parts if part] or [writer.section(each) for each in once]
    if not any(each.error for each in once) and any(entities(each.result) for each in once):
        parts.insert(0, writer.say(_OPENINGS if len(parts) > 1 else _ONE))
    if once and all(each.error for each in once):
        parts.append("Check what was asked for, and ask again.")
    return "\n\n".join(parts)


class _Writer:
    """Writes the sections of one answer."""

    def __init__(self, question: str, seed: int, *, several: bool) -> None:
        self.question, self.seed, self.several = question, seed, several
        self.brief = bool(_BRIEF.search(question))
        self.concepts = asked_concepts(question)

    def say(self, options: Sequence[str]) -> str:
        return options[self.seed % len(options)]

    def section(self, each: Answered) -> str:
        """Return what one tool call told."""
        if each.error:
            return self.say(_FAILED).format(_action(each), _sentence(each.error))
        result = each.result
        if result in ([], {}, None, ""):
            return self.say(_EMPTY).format(_subject(each))
        found = entities(result)
        if not found:
            return self.plain(each)
        if found == [result]:
            return self.one(each.name, result)
        return self.many(each, found)

    def plain(self, each: Answered) -> str:
        if isinstance(each.result, list):
            return "\n".join(f"- {value_text('', value, self.question)}" for value in each.result)
        if isinstance(each.result, str):
            return each.result.strip()[:_LONGEST]
        what = f" for {_subject(each)}" if self.several else ""
        return f"The result{what} is **{value_text(each.name, each.result, self.question)}**."

    def one(self, tool: str, thing: dict[str, Any]) -> str:
        """Return all that is known of one thing: its name, then its fields."""
        key, name = name_of(thing)
        facts = [fact(k, v, self.question) for k, v in thing.items() if k != key]
        lines = [f"- {text}" for text in facts if text][: 3 if self.brief else None]
        heading = f"**{name}**" if name else f"{label(tool).capitalize()}:" if self.several else ""
        return "\n".join([*([heading, ""] if heading else []), *lines])

    def many(self, each: Answered, found: list[dict[str, Any]]) -> str:
        """Return a list of things, with the fields that matter to the question."""
        shown = found[: self.limit()]
        lines = [f"- {self.line(thing)}" for thing in shown]
        if len(shown) < len(found):
            lines.append(f"- and {len(found) - len(shown)} more")
        heading = [f"For {_subject(each)}:", ""] if self.several else []
        rest = each.result.items() if isinstance(each.result, dict) else ()
        beside = [
            fact(key, value, self.question) for key, value in rest if not isinstance(value, list)
        ]
        ending = [self.choice(found)] if len(found) > 1 else []
        return "\n".join(
            [
                *heading,
                *lines,
                *(f"\n{text[0].upper()}{text[1:]}" for text in [*beside, *ending] if text),
            ]
        )

    def line(self, thing: dict[str, Any]) -> str:
        key, name = name_of(thing)
        facts = [fact(k, thing[k], self.question) for k in self.fields([thing]) if k != key]
        told = ", ".join(text for text in facts if text)
        return f"**{name}**: {told}" if name and told else f"**{name}**" if name else told

    def choice(self, found: list[dict[str, Any]]) -> str:
        if not wishes(self.question) or self.brief:
            return ""
        best = pick(found, self.question) or {}
        name = name_of(best)[1]
        return self.say(_PICKS).format(name) if name else ""

    def fields(self, things: Sequence[dict[str, Any]]) -> list[str]:
        """Return the keys to show: those the question names, then the first ones, four at most."""
        keys = [key for key, value in things[0].items() if isinstance(value, str | int | float)]
        short = [key for key in keys if all(len(str(thing.get(key, ""))) <= 60 for thing in things)]
        asked = [
            key for key in keys if {concept(w) for w in name_words(key)} & self.concepts.keys()
        ]
        ids = [key for key in short if name_words(key)[-1:] == ("id",)]
        wanted = list(dict.fromkeys([*ids, *asked, *([] if self.brief else short)]))
        chosen = wanted[: max(2 if self.brief else 5, len(asked))]
        return [key for key in keys if key in chosen]

    def limit(self) -> int:
        asked = _LIMIT.search(self.question)
        number = asked[1].lower() if asked else "3" if self.brief else "10"
        return max(1, int(_SMALL.get(number, number)))

    def table(self, answered: Sequence[Answered]) -> str:
        """Return one table over everything found, or "" where there is nothing to compare."""
        things = [thing for each in answered for thing in entities(each.result)]
        if len(things) < 2 or any(each.error or not entities(each.result) for each in answered):
            return ""
        things = things[: max(self.limit(), 20)]
        columns = [key for key in self.fields(things) if any(key in thing for thing in things)]
        rows = [
            [value_text(k, thing.get(k, ""), self.question) for k in columns] for thing in things
        ]
        lines = [[label(key) for key in columns], ["---"] * len(columns), *rows]
        return "\n".join(
            "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in lines
        )


def _action(each: Answered) -> str:
    return f"{label(each.name)} ({_subject(each)})"


def _subject(each: Answered) -> str:
    """Return the arguments of a call in words: "tents, max price 20"."""
    told = [
        str(value) if isinstance(value, str) else fact(key, value, "")
        for key, value in each.arguments.items()
        if isinstance(value, str | int | float | list)
    ]
    return ", ".join(text for text in told if text) or " ".join(name_words(each.name))


def _sentence(text: str) -> str:
    text = text.strip()[:300]
    return text if text.endswith((".", "!", "?")) else text + "."
