"""Objects by their ids, so many and no more."""

import pytest

from labkit.offline.errors import ApiError
from labkit.offline.shelf import Shelf


def test_a_full_shelf_forgets_the_oldest() -> None:
    shelf: Shelf[str] = Shelf("thing", 2)
    for id in "abc":
        shelf.add(id, id.upper())
    assert list(shelf) == ["B", "C"]
    with pytest.raises(ApiError, match="No thing found with id 'a'"):
        shelf.get("a")
