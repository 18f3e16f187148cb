"""The voice of an answer: which of several wordings a seed chooses, each time the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


@dataclass(frozen=True)
class Voice:
    """Choose wordings from a seed and a key, which is the conversation so far."""

    seed: int
    key: str

    def pick(self, options: Sequence[T], slot: str = "") -> T:
        """Return one of `options`; neighbouring seeds get different ones."""
        # The seed is added, not hashed in, so that seed and seed + 1 never choose alike.
        return options[(crc32(f"{self.key}|{slot}".encode()) + self.seed) % len(options)]

    def shuffle(self, things: Iterable[T]) -> list[T]:
        """Return `things` in an order of this seed's own."""
        return sorted(things, key=lambda one: crc32(f"{self.seed}|{self.key}|{one}".encode()))
