"""What a text says beyond a part that is already there, though in other words perhaps."""

import re

from labkit.offline.words import stems

_UNIT = re.compile(r"\s*\S(?:[^\n]*?[.!?…:](?=\s)|[^\n]*)")
_SEAM = re.compile(r"(?<=[.!?…:])\s+|\n")
_END = re.compile(r"[.!?…)\]}*`\"'”’]\s*$")
_SHARED = 0.6
"""Of the words of a sentence: if the part has so many, it says the same."""
_SHORTEST = 6  # characters of a beginning; fewer may begin any sentence


def is_unfinished(part: str) -> bool:
    """Tell whether `part` ends within a sentence."""
    return not _END.search(part)


def unsaid(part: str, whole: str) -> str:
    """Return what may follow `part`: the end of its last sentence, and what `whole` has beside it.

    The beginning of `whole` is never repeated. Empty if `part` says it all.
    """
    units: list[str] = _UNIT.findall(whole)
    begun = _SEAM.split(part)[-1].strip()
    for i, unit in enumerate(units):
        if len(begun) >= _SHORTEST and unit.strip().startswith(begun):
            return unit.strip().removeprefix(begun) + "".join(units[i + 1 :])
    left = "".join(unit for unit in units[1:] if not _is_said(unit, part))
    return f"\n\n{left.strip()}" if left.strip() else ""


def _is_said(unit: str, part: str) -> bool:
    mine, said = stems(unit), set(stems(part))
    return sum(word in said for word in mine) >= _SHARED * len(mine)
