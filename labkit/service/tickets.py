"""Tickets for EventSource, which cannot send a header: short-lived, single-use, signed."""

import base64
import hashlib
import hmac
import json
import math
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from labkit.service.refusals import Refused
from labkit.service.spent import Spent

_SHORTEST_KEY = 32
_PURPOSE = b"labkit ticket\n"  # The same key may sign something else one day.
_SKEW_S = 60.0  # How far the clocks of two replicas may be apart.


class Ticket(NamedTuple):
    """A ticket as its `client` holds it (`text`); it ends `expires_s` seconds after the epoch."""

    text: str
    id: str
    client: str
    expires_s: float


class Tickets:
    """Issues tickets that are good for `valid_s` seconds, and spends each of them once.

    All replicas share `key`, which signs them, and `spent`, which knows those that were used.
    """

    def __init__(
        self, key: bytes, valid_s: float, spent: Spent, now: Callable[[], float] = time.time
    ) -> None:
        check_key(key)
        self.valid_s = valid_s
        self._key, self._spent, self._now = key, spent, now

    def issue(self, client: str) -> Ticket:
        """Return a new ticket for `client`."""
        id, expires_s = secrets.token_urlsafe(16), self._now() + self.valid_s
        body = _base64(json.dumps([id, client, expires_s]).encode())
        return Ticket(f"{body}.{self._signature(body)}", id, client, expires_s)

    def read(self, text: str) -> Ticket:
        """Return the ticket that `text` is, spent or expired as it may be. Raises Refused."""
        body, _, signature = text.partition(".")
        # As text, not decoded: base64 has several spellings of the same bytes, and we sent one.
        given = signature.encode(errors="replace")
        if not hmac.compare_digest(given, self._signature(body).encode()):
            raise _refused("The ticket is not one of ours. Get one from POST /v1/tickets.")
        id, client, expires_s = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Ticket(text, id, client, expires_s)

    async def spend(self, text: str) -> Ticket:
        """Return the ticket that `text` is, if it may start an answer now. Raises Refused."""
        ticket = self.read(text)
        left_s = ticket.expires_s - self._now()
        if left_s <= 0:
            raise _refused("The ticket has expired. Get a new one from POST /v1/tickets.")
        # Remembered for longer than this replica would take it: another's clock may be behind.
        if not await self._spent.first_time(ticket.id, math.ceil(left_s + _SKEW_S)):
            raise _refused("The ticket was used already. Get a new one from POST /v1/tickets.")
        return ticket

    def _signature(self, body: str) -> str:
        signed = _PURPOSE + body.encode(errors="replace")
        return _base64(hmac.digest(self._key, signed, hashlib.sha256))


def check_key(key: bytes) -> None:
    """Raise ValueError unless `key` is long enough to sign with."""
    if len(key) < _SHORTEST_KEY:
        wrong = f"The ticket key has {len(key)} bytes; expected {_SHORTEST_KEY} or more."
        raise ValueError(wrong)


def _base64(data: bytes) -> str:
    """Return URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _refused(sentence: str) -> Refused:
    return Refused(401, "unauthorized", sentence, {"WWW-Authenticate": "Bearer"})
