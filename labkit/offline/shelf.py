"""Keeps objects by their ids, so many and no more, and lists them page by page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from labkit.offline.bodies import unsupported
from labkit.offline.errors import ApiError

Item = TypeVar("Item")

_ORDERS = ("asc", "desc")

Fields = dict[str, Any]
"""One object of the API, as it stands in JSON."""


class Shelf(Generic[Item]):
    """Objects by their ids, in the order in which they came; the oldest go when it is full."""

    def __init__(self, noun: str, most: int) -> None:
        self._noun = noun
        self._most = most
        self._items: dict[str, Item] = {}

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def add(self, id: str, item: Item) -> Item:
        """Keep `item` as the newest and return it."""
        self._items[id] = item
        if len(self._items) > self._most:
            del self._items[next(iter(self._items))]
        return item

    def find(self, id: str) -> Item | None:
        """Return the object with this id, or None if it is not there."""
        return self._items.get(id)

    def get(self, id: str) -> Item:
        """Return the object with this id, or raise the API's 404."""
        if id not in self._items:
            raise self.missing(id)
        return self._items[id]

    def missing(self, id: str) -> ApiError:
        """Return the error for an id that nothing here has."""
        return ApiError(f"No {self._noun} found with id '{id}'.", status=404)

    def remove(self, id: str) -> None:
        """Forget the object with this id; 404 if it is not there."""
        self.get(id)
        del self._items[id]


def page(objects: Iterable[Fields], query: Mapping[str, str]) -> Fields:
    """Return one page of `objects`, which are oldest first, as `query` asks for it.

    `limit` is 1 to 100 (20), `order` is `asc` or `desc` (`desc`: newest first), `after` and
    `before` are ids that the page stops short of.
    """
    ordered = list(objects)
    if _order(query) == "desc":
        ordered.reverse()
    first = _place(ordered, query, "after") + 1 if "after" in query else 0
    last = _place(ordered, query, "before") if "before" in query else len(ordered)
    within, limit = ordered[first:last], _limit(query)
    # The page before an id is the one next to it.
    shown = within[-limit:] if "before" in query and "after" not in query else within[:limit]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(within) > len(shown),
    }


def _order(query: Mapping[str, str]) -> str:
    order = query.get("order", "desc")
    if order not in _ORDERS:
        raise unsupported("order", order, _ORDERS)
    return order


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "20")
    if not (text.isdecimal() and 1 <= int(text) <= 100):
        raise ApiError(f"Invalid 'limit': expected 1 to 100, but got '{text}'.", param="limit")
    return int(text)


def _place(objects: list[Fields], query: Mapping[str, str], name: str) -> int:
    ids = [each["id"] for each in objects]
    if query[name] not in ids:
        raise ApiError(f"Invalid '{name}': nothing here has the id '{query[name]}'.", param=name)
    return ids.index(query[name])
