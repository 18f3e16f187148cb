"""What an event costs a server: the same answers from several servers, in turn."""

from collections.abc import Mapping

from servers import Served
from wire import Connection

from labkit.sse import Decoder

Rounds = list[dict[str, float]]


def cost_rounds(ways: Mapping[str, Served], events: int, requests: int, runs: int) -> Rounds:
    """Run A B C A B C … and return the microseconds of CPU per event, of each way in each round.

    An answer has so many `events`, and a run so many `requests`.
    """
    for served in ways.values():
        _check(served, events)  # and warm
    return [
        {way: _batch_us(served, events, requests) for way, served in ways.items()}
        for _ in range(runs)
    ]


def _check(served: Served, events: int) -> None:
    with Connection(served.url) as connection:
        found = len(Decoder().feed(connection.post({}).body))
    if found != events:
        raise RuntimeError(f"Expected {events} events from {served.url}, got {found}.")


def _batch_us(served: Served, events: int, requests: int) -> float:
    before_s = served.cpu_s()
    with Connection(served.url) as connection:
        for _ in range(requests):
            connection.post({})
    # A floor of one tick keeps a batch that is too small to measure from dividing by zero.
    return max(served.cpu_s() - before_s, 0.01) / (requests * events) * 1e6
