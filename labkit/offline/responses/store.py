"""The responses that a model keeps, so that a conversation can go on from one of them."""

from dataclasses import dataclass
from typing import Any

from labkit.offline.errors import ApiError
from labkit.offline.shelf import Shelf

Item = dict[str, Any]
"""One piece of a conversation: a message, a function call, or the output of one."""

MOST = 1_000
"""How many responses are kept; the oldest ones go first."""


@dataclass(frozen=True)
class Kept:
    """One response as it was sent, and the items that it answered, earlier turns' included."""

    body: dict[str, Any]
    items: tuple[Item, ...]

    @property
    def conversation(self) -> tuple[Item, ...]:
        """The items so far: those that were answered, and the answer."""
        return (*self.items, *self.body["output"])


class Responses(Shelf[Kept]):
    """The last responses of one model, by their ids."""

    def __init__(self) -> None:
        super().__init__("response", MOST)

    def missing(self, id: str) -> ApiError:
        """Return the error for an id that no response here has."""
        return ApiError(f"Response with id '{id}' not found.", status=404)

    def item(self, id: str) -> Item | None:
        """Return the item `id` of any response, the newest first, or None if none has it."""
        every = (item for kept in reversed(list(self)) for item in kept.conversation)
        return next((item for item in every if item["id"] == id), None)
