"""JSON whose shape openai's own types have checked."""

import json
from json.encoder import encode_basestring
from typing import Any

from openai import BaseModel

MARK = "\ufffc"
"""Stands for a text in JSON that is written once and used often; JSON writes it as it is."""


def checked_json(kind: type[BaseModel], fields: dict[str, Any]) -> str:
    """Return `fields` as one line of JSON, after openai's type `kind` has found nothing wrong.

    The keys stay in the order of the real API, which a dump of the type would not keep.
    """
    kind.model_validate(fields, strict=True)
    return as_json(fields)


def as_json(value: Any) -> str:
    """Return `value` as one line of JSON, without spaces, as the real API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Template:
    """One line that is sent often, with another text in the place of its MARK each time.

    A stream sends the same JSON hundreds of times, so it is serialised and checked once.
    """

    def __init__(self, line: str) -> None:
        self._before, self._after = line.split(f'"{MARK}"')

    def fill(self, text: str) -> str:
        """Return the line with `text` in it, as JSON writes it."""
        return f"{self._before}{encode_basestring(text)}{self._after}"
