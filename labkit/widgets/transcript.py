"""A stream's static picture, for a saved notebook that nobody runs: no JavaScript."""

import math
from collections.abc import Sequence
from html import escape

_LEVELS = "▁▂▃▄▅▆▇█"
_COLUMNS = 64
_PLAIN_LIMIT = 2000


def strip(times_s: Sequence[float], total_s: float, columns: int = _COLUMNS) -> str:
    """Return one line: each column a slice of time, its height the number of deltas in it.

    `times_s` are seconds since the request, `total_s` is the end of the line.
    """
    counts = [0] * columns
    for time_s in times_s:
        counts[max(0, min(columns - 1, int(time_s / total_s * columns))) if total_s else 0] += 1
    most = max(counts, default=0) or 1
    return "".join(_LEVELS[math.ceil(n / most * 8) - 1] if n else "·" for n in counts)


def plain(text: str, caption: str) -> str:
    """Return the text, cut at 2,000 characters, with its caption below."""
    shown = text if len(text) <= _PLAIN_LIMIT else text[:_PLAIN_LIMIT] + " …"
    return f"{shown}\n— {caption}"


def page(body: str, strip_line: str, caption: str) -> str:
    """Return HTML of the strip, its caption and `body`, which must be safe HTML already."""
    return (
        f"<div><pre>{escape(strip_line)}</pre><p><small>{escape(caption)}</small></p>{body}</div>"
    )
