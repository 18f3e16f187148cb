"""A conversation as the composer sees it: the instructions, and who said what."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.offline.words import plain_text

_FOLLOW_UP = re.compile(
    r"\s*(and\b|but\b|so\b|also\b|or\b|then\b|what about|how about|what if|tell me more|more\b|"
    r"why\b|how (so|come)|which\b|what else|anything else|go on|continue|elaborate|"
    r"explain( that| more)?\b|(a bit |much )?(shorter|longer|simpler)|in more detail|can you|"
    r"could you|please\b|make (it|that)|are you sure|ok(ay)?\b|is (it|that|there)|"
    r"does (it|that)|do (they|those)|are (they|those)|summari[sz]e)|"
    r".*\b(it|that|those|these|them|one|ones)\b.{0,12}$",
    re.IGNORECASE,
)
_SHORTER = re.compile(
    r"\b(shorter|shorten|summari[sz]e (it|that|this)|more briefly|less text|too long|tl;?dr|"
    r"in short|condense|sum (it|that) up)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Turn:
    """Hold one message: its role, the speaker's name if given, and its text."""

    role: str
    name: str
    text: str


@dataclass(frozen=True)
class Conversation:
    """Hold what system and developer say, all other turns in order, and our name if it is given."""

    instructions: str
    turns: tuple[Turn, ...]
    me: str = ""

    @property
    def question(self) -> str:
        """Return the last text of the user, or an empty one."""
        return next(iter(reversed(self.questions)), "")

    @property
    def questions(self) -> list[str]:
        """Return all texts of the user, in order."""
        return [turn.text for turn in self.turns if turn.role == "user"]

    @property
    def answers(self) -> list[str]:
        """Return all texts of the assistant, in order, without empty ones."""
        return [turn.text for turn in self.turns if turn.role == "assistant" and turn.text.strip()]

    @property
    def key(self) -> str:
        """Return a text that differs for each conversation."""
        return "\n".join(f"{turn.role}:{turn.text}" for turn in self.turns)

    @property
    def is_follow_up(self) -> bool:
        """Tell whether the question leans on what was said before."""
        return len(self.questions) > 1 and _FOLLOW_UP.match(self.question) is not None

    @property
    def wants_it_shorter(self) -> bool:
        """Tell whether the question asks for the answer before in fewer words."""
        return bool(self.answers) and _SHORTER.search(self.question) is not None


def read_conversation(messages: Iterable[Mapping[str, Any]]) -> Conversation:
    """Read a chat-completions `messages` list; content may be a string, a list of parts or None."""
    turns = [
        Turn(str(m.get("role") or "user"), str(m.get("name") or ""), plain_text(m.get("content")))
        for m in messages
    ]
    rules = [turn for turn in turns if turn.role in ("system", "developer")]
    # Frameworks put an agent's name on its instructions, too.
    me = next((turn.name for turn in rules if turn.name), "")
    said = tuple(turn for turn in turns if turn.role not in ("system", "developer"))
    return Conversation("\n".join(turn.text for turn in rules), said, me)
