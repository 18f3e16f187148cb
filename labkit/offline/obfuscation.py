"""Random letters in each delta, so that nobody on the line reads its length."""

import random
import string

from labkit.offline.requests import ChatRequest


class Obfuscation:
    """The padding of one stream; there is none if the request switches it off."""

    def __init__(self, request: ChatRequest) -> None:
        self._wanted = request.include_obfuscation
        self._random = random.Random(request.seed)  # noqa: S311 - padding, not a secret
        self._letters = "".join(self._random.choices(string.ascii_letters, k=256))

    def end(self, size: int) -> str:
        """Return the end of a JSON object whose text has `size` characters: up to 16 letters."""
        if not self._wanted:
            return "}"
        start = int(self._random.random() * 240)  # several times faster than `randrange`
        return f',"obfuscation":"{self._letters[start : start + max(0, 16 - size)]}"}}'
