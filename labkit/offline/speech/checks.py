"""What a critic looks for in a draft: each thing with its request, and how a writer hears it."""

import re
from dataclasses import dataclass

from labkit.offline.speech.drafts import CALLS_FOR_ADVICE, CALLS_FOR_THINGS
from labkit.offline.words import enumerated

PUFFS = (
    "Nothing else comes close.",
    "It is quite the best there is.",
    "Everybody will love it.",
    "There is nothing like it.",
)
TAILS = ("like never before", "like no other", "as it should be")  # the same in a slogan
_QUOTED = re.compile(r"(?:cut|drop|remove) [“\"]([^”\"]+)[”\"]", re.IGNORECASE)


@dataclass(frozen=True)
class Check:
    """Hold one thing that a draft should have.

    `request` asks for it, `done` says that it is there, `cue` is how others ask for it, and
    `sign` what the draft then shows.
    """

    name: str
    request: str
    done: str
    cue: str
    sign: str

    def met(self, draft: str) -> bool:
        """Tell whether `draft` has it."""
        return _has(self.sign, draft)


_CALLS = "|".join(map(re.escape, (*CALLS_FOR_THINGS, *CALLS_FOR_ADVICE)))
CHECKS = (
    Check(
        "weight",
        "Please name the weight: whoever carries it wants to know.",
        "the weight is named",
        r"\bweigh|\bgrams?\b|\bfigures?\b|\bnumbers?\b|\bfacts?\b",
        r"\d\s?k?g\b",
    ),
    Check(
        "price", "Please say what it costs.", "the price is named", r"\bprice|\bcosts?\b", r"\$\d"
    ),
    Check(
        "figure",
        "Please add one figure: a number makes it believable.",
        "there is a figure in it",
        r"\bfigures?\b|\bnumbers?\b|\bfacts?\b",
        r"\d",
    ),
    Check(
        "reader",
        "Please speak to the reader: there is no *you* in it.",
        "it speaks to the reader",
        r"\breader|\byou\b|\bpersonal|\baddress",
        r"\byour?\b",
    ),
    Check(
        "heading",
        "Please open with a heading in bold.",
        "it has a heading",
        r"\bheading|\bheadline|\btitle|\bopen with\b",
        r"^\s*\*\*",
    ),
    Check(
        "call",
        "Please end with an invitation to act.",
        "it ends with an invitation",
        r"\binvit|\bcall to action\b|\bend with\b|\bclosing\b",
        _CALLS,
    ),
)
_SHORTER = r"\bcut\b|\bshort|\bconcise|\btoo long\b|\btrim|\btight"


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def asked_for(text: str) -> set[str]:
    """Return the names of the checks that a remark or an instruction speaks of, and "shorter"."""
    # What is quoted is to be cut or to be added as it is; it is no request in itself.
    plain = re.sub(r"[“\"][^”\"]+[”\"]", "", text)
    plain = re.sub(r"\b(?:cut|drop|remove) (?=[:,.]|$|\n)", "", plain)
    names = {check.name for check in CHECKS if _has(check.cue, plain)}
    return names | ({"shorter"} if _has(_SHORTER, plain) else set())


def cuts(text: str) -> list[str]:
    """Return the phrases that remarks want to be cut, as they quote them."""
    return _QUOTED.findall(text)


def empty_praise(draft: str) -> str:
    """Return a phrase in `draft` that praises and tells nothing, or an empty text."""
    return next((phrase for phrase in (*PUFFS, *TAILS) if phrase in draft), "")


def praise_of(remarks: str, draft: str) -> str:
    """Return what is done in `draft` of what `remarks` asked for: "the price is named and …"."""
    done = [c.done for c in CHECKS if c.request in remarks and c.met(draft)]
    gone = any(phrase not in draft for phrase in cuts(remarks))
    told = [*(["the empty praise is gone"] if gone else []), *done]
    return enumerated(told) if told else ""
