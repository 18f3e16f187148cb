"""Text that comes in pieces, where a piece may end in half a character."""

from labkit.deltas import join


class Halves:
    """Holds back half a character (UTF-16's high surrogate) until a later piece brings the rest."""

    def __init__(self) -> None:
        self._half = ""

    def complete(self, piece: str) -> str:
        """Return the whole characters of what was held back and `piece`."""
        text = self._half + piece
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return join([text.removesuffix(self._half)])
