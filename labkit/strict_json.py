"""JSON as RFC 8259 defines it: Python's own reader takes numbers that nobody else knows."""

import json
from typing import Any, NoReturn


def loads(text: str | bytes) -> Any:
    """Return the value that `text` holds; NaN and the infinities are none (RFC 8259, section 6).

    Raises ValueError for what is no JSON or a number too long, RecursionError for too deep a nest.
    """
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
