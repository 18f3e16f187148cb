"""Waits until no stream of a model server is open, and fails when that does not come about."""

import httpx2

Counts = dict[str, int]

_PATH = "/labkit/streams"
_LOOKS = 2_000


def settled(http: httpx2.Client, cancelled: int = 0) -> Counts:
    """Return the counts once no stream is open and so many are cancelled.

    Each look gives the server its turn. Raises AssertionError when it has looked too often.
    """
    looks = _Looks(cancelled)
    while looks.go_on(counts := http.get(_PATH).json()):
        pass
    return dict(counts)


async def settled_async(url: str, cancelled: int = 0) -> Counts:
    """Return the counts of the server at `url` as `settled` does, from within an event loop."""
    looks = _Looks(cancelled)
    async with httpx2.AsyncClient(base_url=url) as http:
        while looks.go_on(counts := (await http.get(_PATH)).json()):
            pass
    return dict(counts)


class _Looks:
    """Looks at the counts until they are as wanted, but not for ever."""

    def __init__(self, cancelled: int) -> None:
        self._cancelled, self._left = cancelled, _LOOKS

    def go_on(self, counts: Counts) -> bool:
        if counts["cancelled"] >= self._cancelled and not counts["open"]:
            return False
        self._left -= 1
        wanted = f"0 open streams and at least {self._cancelled} cancelled ones"
        assert self._left, f"after {_LOOKS} looks the server has {counts}; expected were {wanted}"
        return True
