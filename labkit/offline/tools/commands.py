"""Finds the commands in a text that speaks to the model instead of telling it something.

Before a command stands a trigger: a sentence that sets instructions aside, or a label as `SYSTEM:`
at the beginning of a text, a line or a sentence. The command itself stands where an imperative can.
So "Harness system: adjustable. Reviewers say that it is light." holds none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_TRIGGER = re.compile(
    r"""
    \b (?<!not\s) (?<!n['’]t\s) (?<!never\s) (?<!can\s)
    (?: ignore | disregard | forget | override ) \s+
    (?: (?: [\w'’-]+ ,? \s+ ){0,5}?
        (?: instructions? | rules? | prompts? | orders? | directions? | guidelines?
          | question | task | above ) \b
      | (?: about \s+ )? (?: everything | anything | all | that ) \b
        (?= \s* (?: $ | [^\w\s] ) | \s+ (?: above | before | else | of | that | you | and ) \b ) )
    | \b (?P<label> system | new\ instructions?
      | (?P<mild> important | attention | admin | assistant ) )
      \b [^\n:.!?]{0,30} :
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_BEGINNING = re.compile(r"(?:^|[.!?…\n(\[{<])[^\w,:;]*$")
_SOFT = r"(?:and|then|now|please|instead|you\s+(?:must|(?:have|need)\s+to|will\s+now))"
_SOFTER = rf"(?:{_SOFT}|first|so|but|just|simply|always)"
_PLACE = rf"""
    (?: (?: ^ | [.!?…:;,\n(\[{{<] ) \W{{0,8}} (?: {_SOFTER} \W{{1,8}} )*
      | (?P<late> \b {_SOFT} \s+ ) )
"""
_CALL = r"""
    (?: call | use | run | invoke | execute ) \s+ (?: the \s+ )?
    (?P<marked> (?: tool | function ) \s+ )? (?P<quoted> [`"'“] )? (?P<tool> [a-z_] [\w.-]* \w )
"""
# "Answer:" alone heads what somebody else answered.
_SAY = r"""
    (?: say | tell | respond | write | (?: (?<= [\w,]\s ) | (?! \w+\s*: ) ) (?: answer | reply ) )
    \b (?P<whom> \s+ (?: (?: to \s+ )? (?: the \s+ )?
        (?: user | customer | reader | them | him | her | everyone ) | only | exactly ) \b )*
"""
_COMMAND = re.compile(f"{_PLACE} (?: {_CALL} | {_SAY} )", re.IGNORECASE | re.VERBOSE)
_SENTENCE_END = re.compile(r"[.!?…\n]")
_CALLED = re.compile(r"\s*(?:[.!]?\s*$|[({]|with\s+\W?\w+\W?\s*[=:])")
_DICTATES = re.compile(r"(?:\s+(?:with|that))?\s*(?::\s*|(?=[\"“][^\"”]+[\"”]\W*$))(?=\S)")
_MAY_DICTATE = re.compile(r"(?:\s+(?:with|that)\b\s*:?|\s*:|(?=\s*[\"“]))\s*(?=\S)")
_MOST = 100
"""So many triggers of a text count: with the limits below, that keeps the work linear."""
_NEAR = 40  # characters before a label that tell whether it stands at a beginning
_REACH = 300  # characters from the trigger to its command
_LONGEST = 4_000  # characters of what a command gives or dictates


@dataclass(frozen=True)
class Command:
    """What a text asks for: to call `tool` with what `rest` gives, or, without one, to say it."""

    tool: str | None
    rest: str


def commands(text: str) -> Iterator[Command]:
    """Yield the commands in `text`, in order; a trigger may have several."""
    for trigger in islice(_triggers(text), _MOST):
        reach = text[trigger.end() : trigger.end() + _REACH]
        for found in _COMMAND.finditer(reach):
            start = trigger.end() + found.end()
            rest = text[start : start + _LONGEST].partition("\n")[0]
            # "Hikers love it and say": there, it goes on with what they do.
            if found["late"] and _SENTENCE_END.search(reach, 0, found.start()):
                continue
            if command := _call(found, rest) or _say(found, rest, mild=bool(trigger["mild"])):
                yield command


def _triggers(text: str) -> Iterator[re.Match[str]]:
    for found in _TRIGGER.finditer(text):
        start = found.start()
        if not found["label"] or _BEGINNING.search(text[max(0, start - _NEAR) : start]):
            yield found


def _call(found: re.Match[str], rest: str) -> Command | None:
    """Return the call of a tool; a plain word ("use water") has to look like a tool's name."""
    name = found["tool"]
    plain = name and name.isalpha() and name.islower()
    if not name or (plain and not (found["marked"] or found["quoted"] or _CALLED.match(rest))):
        return None
    return Command(name, rest)


def _say(found: re.Match[str], rest: str, *, mild: bool) -> Command | None:
    """Return what is to be said; after a mild label, only what is clearly dictated."""
    # "Important: reply with your number" wants no such answer.
    if found["tool"]:
        return None
    dictates = _DICTATES if mild and not found["whom"] else _MAY_DICTATE
    start = dictates.match(rest)
    return Command(None, rest[start.end() :]) if start else None
