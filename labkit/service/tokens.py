"""The bearer tokens of the clients. The service knows their hashes, never the tokens."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

_PREFIX = "lks_"  # Whoever finds one in a log or a commit sees what it is.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


def new_token() -> str:
    """Return a new token: 256 random bits behind a prefix that tells what it is."""
    return _PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return the SHA-256 of `token` as hex, as it stands in the configuration."""
    # A slow hash protects what people choose, because it can be guessed. 256 random bits cannot,
    # and a slow hash on each request would only help those who want the service to be busy.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class Tokens:
    """The clients that may ask: a hash for each name. Empty means that everyone may."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)

    @classmethod
    def parse(cls, text: str) -> "Tokens":
        """Return the clients of `text`, `name:sha256hex,name:sha256hex`.

        Raises ValueError with the number of the wrong entry. It never holds the entry: somebody may
        have put the token itself there, and this message ends in a log.
        """
        hashes: dict[str, str] = {}
        entries = text.split(",") if text.strip() else []
        for number, entry in enumerate(entries, start=1):
            name, hashed = _read(entry.strip(), f"Entry {number} of the API tokens")
            if name in hashes or hashed in hashes.values():
                raise ValueError(f"Entry {number} of the API tokens repeats a name or a hash.")
            hashes[name] = hashed
        return cls(hashes)

    def client_of(self, token: str) -> str | None:
        """Return the name of the client that holds `token`, None if nobody does."""
        given, client = hash_of(token), None
        for name, known in self._hashes.items():
            # No early exit: how long it takes tells nothing about which entry was near.
            if hmac.compare_digest(given, known):
                client = name
        return client

    def __bool__(self) -> bool:
        return bool(self._hashes)


def _read(entry: str, which: str) -> tuple[str, str]:
    """Return the name and the hash of one entry; `which` begins the sentence if it is wrong."""
    name, colon, hashed = entry.partition(":")
    if not colon:
        raise ValueError(f"{which} has no colon; expected name:sha256hex.")
    if _PREFIX in entry:
        hint = "put its hash there, as `python -m labkit token NAME` prints it"
        raise ValueError(f"{which} holds a token itself; {hint}, and do not use that token again.")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{which} needs a name of 1 to 64 letters, digits, dots, dashes or _.")
    if not _HASH.fullmatch(hashed.lower()):
        raise ValueError(f"{which} needs 64 hex digits after the colon, the SHA-256 of the token.")
    return name, hashed.lower()
