"""JSON as RFC 8259 defines it: Python's own reader takes what nobody else knows."""

import json
import math
from typing import Any, NoReturn


def loads(text: str | bytes) -> Any:
    """Return the value that `text` holds: bytes are UTF-8, a BOM is ignored (RFC 8259, 8.1).

    NaN and the infinities are no numbers (section 6), nor is what would become one, such as 1e999.
    Raises ValueError for what is no JSON or a number too long, RecursionError for too deep a nest.
    """
    whole = text if isinstance(text, str) else text.decode("utf-8-sig")
    return json.loads(whole, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(f"{digits[:20]} is a number too large: none may exceed 1.8e308")
    return number
