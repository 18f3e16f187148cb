"""A conversation as a group sees it that works on a text: the task, the drafts, the remarks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from labkit.offline.speech.conversation import Conversation, Turn
from labkit.offline.speech.smalltalk import BEFORE_CALLS

_ORDER = re.compile(
    r"(?:^|[.,;:!?\n]|\b(?:then|and|please|could you|can you|now|next))\s*"
    r"(?:write|draft|create|compose|suggest|prepare)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\b(?:changes? before|(?:please|could you|can you|i would|still open:?|now) (?:\w+ )?(?:add|"
    r"change|cut|shorten|make|mention|open|end|name|speak|say|remove|drop)|make (?:it|this)|"
    r"revise|rewrite|shorten (?:it|this|the)|(?:draft|text|copy|it|this) (?:is|reads|feels) too|"
    r"(?:draft|text|copy) (?:needs|lacks|should))\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\b(approved?|lgtm|accepted|ship it|looks good)\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\W*[A-Z]{4,}\b")
_BEGINNING = 40  # characters in which an approval shows

# What the members say when there is nothing for them to do; none of it is a draft.
NO_DRAFT = ("I see no draft yet. Show me one.", "There is no text to review yet.")
ONLY_REMARKS = (
    "I was given remarks, but no text to review.",
    "There is no text here, only remarks on one.",
)
WAITING = ("I wait for the next version.", "I wait for the changes, then I read it again.")
STANDING = (
    "Nothing to add: my word stands.",
    "Nothing has changed since I read it.",
    "My word stands, and I have no more to say.",
    "Not a word more from me.",
)
DONE = (
    "Thank you. The text above is final.",
    "Thank you, then it goes to print as it is.",
    "Good. I leave it as it stands.",
    "Then we are done, and the last version goes out.",
)
_IDLE = (*NO_DRAFT, *ONLY_REMARKS, *WAITING, *STANDING, *DONE)


def is_order(text: str) -> bool:
    """Tell whether `text` orders a text to be written."""
    return _ORDER.search(text) is not None


def is_remark(text: str) -> bool:
    """Tell whether `text` asks for a change."""
    return _REMARK.search(text) is not None


def is_approval(text: str) -> bool:
    """Tell whether `text` says that a draft is good."""
    # A whole text in capitals is a persona's way of speaking.
    loud = _CAPITALS.match(text) and (len(text) < _BEGINNING or not text.isupper())
    begins = loud or _WORD.search(text[:_BEGINNING])
    return bool(begins) and not is_remark(text)


@dataclass(frozen=True)
class Workshop:
    """Hold who I am (empty if nobody says), the task, and what was said since, in order."""

    me: str
    task: str
    turns: tuple[Turn, ...]

    @cached_property
    def drafts(self) -> list[int]:
        """Return the places of the drafts of others than the reviewers."""
        return [place for place, turn in enumerate(self.turns) if _is_draft(turn.text)]

    @property
    def draft(self) -> str:
        """Return the last draft, or an empty text."""
        return self.turns[self.drafts[-1]].text if self.drafts else ""

    @property
    def open_remarks(self) -> str:
        """Return the remarks made since the last draft."""
        return "\n".join(turn.text for turn in self._since() if is_remark(turn.text))

    @property
    def approved(self) -> bool:
        """Tell whether somebody has approved the last draft."""
        return any(is_approval(turn.text) for turn in self._since())

    @property
    def mine(self) -> list[int]:
        """Return the places of my own turns; of all remarks and approvals if I have no name."""
        if self.me:
            return [place for place, turn in enumerate(self.turns) if turn.name == self.me]
        said = (is_remark(turn.text) or is_approval(turn.text) for turn in self.turns)
        return [place for place, counts in enumerate(said) if counts]

    def said_by_me(self) -> str:
        """Return all that I have said."""
        return "\n".join(self.turns[place].text for place in self.mine)

    def _since(self) -> Sequence[Turn]:
        return self.turns[self.drafts[-1] + 1 :] if self.drafts else self.turns


def _is_draft(text: str) -> bool:
    return not (is_remark(text) or is_approval(text) or any(idle in text for idle in _IDLE))


def read_workshop(talk: Conversation) -> Workshop:
    """Read a conversation: the task is the last order of a text, else what the user says first."""
    orders = [text for text in talk.questions if is_order(text)]
    task = orders[-1] if orders else next(iter(talk.questions), "")
    turns = (_without_announcement(turn) for turn in talk.turns if turn.role != "tool")
    spoken = [turn for turn in turns if turn.text.strip()]
    begin = next((place for place, turn in enumerate(spoken) if turn.text == task), -1)
    later = [turn for turn in spoken[begin + 1 :] if turn.text != task]
    # An orchestration announces the speaker in a message of its own.
    told = [turn for turn in later if not turn.text.startswith("Transferred to")]
    return Workshop(talk.me, task, _once(told))


def _without_announcement(turn: Turn) -> Turn:
    # Semantic Kernel stores what was said before a tool call again, in front of the answer.
    announced = next((text for text in BEFORE_CALLS if turn.text.startswith(text)), "")
    return replace(turn, text=turn.text.removeprefix(announced).lstrip()) if announced else turn


def _once(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    # Semantic Kernel's AgentGroupChat stores every reply twice.
    pairs = zip((None, *turns), turns, strict=False)
    return tuple(turn for before, turn in pairs if before is None or before.text != turn.text)
