"""The role and the rules that a system or developer message gives."""

import re
from dataclasses import dataclass, replace

from labkit.offline.speech.knowledge import sentences
from labkit.offline.speech.voice import Voice

_NAME = re.compile(r"\b(?:called|named|name is|call yourself)\s+[\"“']?([A-Z][\w'-]+)")
_NAME_FIRST = re.compile(r"\b[Yy]ou(?: are|'re) ([A-Z][\w-]+)\s*[,.]")
_ROLE = re.compile(
    r"\b[Yy]ou(?: are|'re)(?: [A-Z][\w-]+,)? (?:an?|the|our) ((?:(?! called| named)[^.,;:!\n])+?)"
    r"(?= called| named| who| that| with| for | and |[.,;:!\n]|$)"
)
_NO_LISTS = re.compile(
    r"\b(?:no|without|never use|(?:don'?t|do not) use|avoid)(?: any)? "
    r"(?:bullet(?:s|ed)?(?: points?| lists?)?|(?:numbered )?lists?|markdown|formatting)\b|"
    r"\b(?:plain|only|flowing) (?:text|prose)\b|\b(?:in|as|into) prose\b",
    re.IGNORECASE,
)
_UPPER = re.compile(r"\b(shout|upper ?-?case|all caps|capital letters|capitals)\b", re.IGNORECASE)
_LOWER = re.compile(r"\b(lower ?-?case|no capitals)\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"\b(?:end|finish|close)\b[^.]{0,30}\bwith a (?:\w+ )?question\b", re.IGNORECASE
)
_LAST = re.compile(
    r"\b(?:end|finish|close|sign off)\b[^.\"“]{0,40}[\"“]([^\"”]+)[\"”]", re.IGNORECASE
)
_FIRST = re.compile(r"\b(?:start|begin|open)\b[^.\"“]{0,40}[\"“]([^\"”]+)[\"”]", re.IGNORECASE)
_OTHER_LANGUAGE = re.compile(
    r"\b(?:in|speak|into|to) (French|German|Spanish|Italian|Portuguese|Dutch|Polish|Chinese|"
    r"Japanese|Korean|Arabic|Hindi|Turkish|Swedish|Russian|Ukrainian|Greek|Hebrew)\b"
)
_ADJECTIVE = re.compile(r"(?:ful|ly|se|ive|ic|ous|nt|al|ed|less|ite|ise|rm)$", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:when|once|if|unless|until)\b", re.IGNORECASE)
WORDS_OF_QUESTION = 3  # what ", does that help?" adds to a tight answer
_QUESTIONS = (
    "Where are you heading?",
    "What is your next trip?",
    "Which of these matters most to you?",
    "Does that fit your plans?",
    "What do you carry today?",
)


@dataclass(frozen=True)
class Persona:
    """Hold a name, a role, and the rules for the form of every answer."""

    name: str = ""
    role: str = ""
    lists: bool = True
    case: str = ""  # "upper", "lower" or as it comes
    asks: bool = False
    first: str = ""
    last: str = ""
    language: str = ""

    @property
    def greeting(self) -> str:
        """Return how the role shows in an answer, or nothing for an ordinary advisor."""
        if self.name:
            return f"{self.name} here, your {self.role}." if self.role else f"{self.name} here."
        plain = re.search(r"assistant|advis|model|bot\b|agent", self.role, re.IGNORECASE)
        return f"Speaking as {_article(self.role)} {self.role}." if self.role and not plain else ""

    def with_request(self, question: str) -> "Persona":
        """Return this persona with the rules of form that the question itself adds."""
        asked = read_persona(question)
        return replace(
            self,
            lists=self.lists and asked.lists,
            case=asked.case or self.case,
            asks=self.asks or asked.asks,
            first=asked.first or self.first,
            last=asked.last or self.last,
            language=asked.language or self.language,
        )

    def finish(self, text: str, voice: Voice, *, tight: bool = False) -> str:
        """Return `text` with the rules for its beginning, end and letters applied."""
        if self.asks and not text.rstrip().endswith("?"):
            text = _ask(text, voice, tight)
        # A rule that we open or close with certain words holds whatever stands between.
        text = " ".join(filter(None, (self.first, text, self.last)))
        return {"upper": text.upper(), "lower": text.lower()}.get(self.case, text)


def _ask(text: str, voice: Voice, tight: bool) -> str:
    if tight:
        return f"{text.rstrip('.! ')}, does that help?"
    return f"{text}\n\n{voice.pick(_QUESTIONS, 'question')}"


def _article(role: str) -> str:
    return "an" if role[:1].lower() in "aeiou" else "a"


def _group(match: re.Match[str] | None) -> str:
    return match[1].strip() if match else ""


def _role(text: str) -> str:
    role = _group(_ROLE.search(text))
    # "You are a helpful, patient teacher": a lone adjective is no role.
    return "" if " " not in role and _ADJECTIVE.search(role) and role != "critic" else role


def read_persona(text: str) -> Persona:
    """Return the persona that instructions describe; unknown rules are left out."""
    # "When it is good, end with …" is no rule for every answer.
    always = " ".join(s for s in sentences(text) if not _CONDITION.search(s))
    return Persona(
        name=_group(_NAME.search(text)) or _group(_NAME_FIRST.search(text)),
        role=_role(text),
        lists=_NO_LISTS.search(text) is None,
        case="upper" if _UPPER.search(text) else "lower" if _LOWER.search(text) else "",
        asks=_QUESTION.search(text) is not None,
        first=_group(_FIRST.search(always)),
        last=_group(_LAST.search(always)),
        language=_group(_OTHER_LANGUAGE.search(text)),
    )
