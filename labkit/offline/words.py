"""The words of a text, stemmed just enough that a plural finds its singular."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

_WORD = re.compile(r"[a-z0-9°%$€£]+(?:['’][a-z]+)?")

_STOP_WORDS = (
    "a about am an and any are as at be been but by can could did do does for from get give had "
    "has have he her him his how i if in into is it its just like list make me my need of on or "
    "our out please she should show so some tell than that the their them then there these they "
    "this those to under up us was we were what when where which who why will with would you "
    "your "
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


def words(text: str) -> list[str]:
    """Return the words of `text` in order, lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def stem(word: str) -> str:
    """Return `word` without its plural or verb ending: boots, boot; batteries, battery."""
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("ing", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + rest
    if word.endswith("s") and not word.endswith(("ss", "us")) and len(word) > 3:
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """Return the stems of the words in `text` that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def capitalised(text: str) -> str:
    """Return `text` with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def enumerated(items: Sequence[str]) -> str:
    """Return `items`, at least one, as a list within a sentence: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def plain_text(content: Any) -> str:
    """Return the text of a message's `content`: a string, a list of parts, or nothing."""
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return " ".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
