"""Tickets for EventSource, which cannot send a header: short-lived, single-use, signed."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from labkit.service.refusals import Refused, unauthorized
from labkit.service.spent import Spent

_SHORTEST_KEY = 32
_PURPOSE = b"labkit ticket\n"  # The same key may sign something else one day.
_SKEW_S = 60.0  # How far the clocks of two replicas may be apart.
# Who lost the connection before the first event has no event's id to send, only the ticket. Of the
# browsers, Firefox waits longest before it comes back: 5 s.
AGAIN_S = 10.0


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
            raise _refused("is not one of ours")
        id, client, expires_s = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Ticket(text, id, client, expires_s)

    async def comes_again(self, ticket: Ticket) -> bool:
        """Tell whether it has been spent less than AGAIN_S ago; False if it can be spent now.

        Raises Refused if it was spent before that, or has expired.
        """
        used_s = await self._spent.used_s(ticket.id)
        if used_s is None:
            self._check_expiry(ticket)
            return False
        if self._now() >= used_s + AGAIN_S:
            raise _refused("was used already")
        return True

    async def spend(self, ticket: Ticket) -> None:
        """Let the ticket start an answer, once. Raises Refused."""
        self._check_expiry(ticket)
        # Remembered for longer than this replica would take it: another's clock may be behind.
        end_s = ticket.expires_s + _SKEW_S
        if not await self._spent.first_time(ticket.id, self._now(), end_s):
            raise _refused("was used already")

    def _check_expiry(self, ticket: Ticket) -> None:
        if self._now() >= ticket.expires_s:
            raise _refused("has expired")

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


def _refused(why: str) -> Refused:
    return unauthorized(f"The ticket {why}. Get a new one from POST /v1/tickets.")
