"""What is known at the place where a schema wants a value."""

from collections.abc import Sequence
from typing import Any, Protocol

Schema = dict[str, Any]


class Context(Protocol):
    """What is known where a value is needed: found evidence, and a guess for what must be given."""

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return candidates for the value called `name`, best first; empty if nothing speaks."""

    def guess(self, name: str, schema: Schema) -> Any | None:
        """Return something sensible for a value that must be given, or None."""

    def items(self, name: str, schema: Schema) -> "Sequence[Context]":
        """Return one context for each object that the array called `name` should hold."""


class Nothing:
    """The context that knows nothing."""

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return no candidates."""
        return ()

    def guess(self, name: str, schema: Schema) -> Any | None:
        """Return no guess."""
        return None

    def items(self, name: str, schema: Schema) -> Sequence[Context]:
        """Return no items."""
        return ()


class Single(Nothing):
    """The context of one item of an array: its value is known."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def offers(self, name: str, schema: Schema) -> Sequence[Any]:
        """Return the known value."""
        return (self.value,)
