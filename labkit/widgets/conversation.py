"""What was said in the turns of an agent, or of several, and by whom."""

from html import escape

from labkit.deltas import join
from labkit.spans import in_words
from labkit.speakers import name_of
from labkit.widgets import markdown


class Conversation:
    """The text of each turn, in order. A turn has a speaker where agents take turns."""

    def __init__(self) -> None:
        self._turns: list[tuple[str, list[str]]] = [("", [])]

    @property
    def text(self) -> str:
        """The text of the last turn so far."""
        return join(self._turns[-1][1])

    def begin(self, speaker: str) -> None:
        """Begin a turn of `speaker`; "" is the one model of a plain agent."""
        self._turns.append((name_of(speaker), []))

    def say(self, text: str) -> None:
        """Add a delta to the last turn."""
        self._turns[-1][1].append(text)

    def plain(self) -> str:
        """Return the answer of a plain agent; of speakers each turn after its name."""
        return "\n".join(
            f"{in_words(name)}: {text}" if name else text for name, text in self._shown()
        )

    def html(self) -> str:
        """Return the same as HTML that is safe as it stands."""
        return "".join(_named(name) + markdown.to_html(text) for name, text in self._shown())

    def _shown(self) -> list[tuple[str, str]]:
        if not any(name for name, _ in self._turns):
            return [("", self.text)]
        said = [(name, join(texts)) for name, texts in self._turns]
        return [(name, text) for name, text in said if text]


def _named(name: str) -> str:
    return f"<p><strong>{escape(in_words(name))}</strong></p>" if name else ""
