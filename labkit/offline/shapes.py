"""JSON whose shape openai's own types have checked."""

import json
from typing import Any

from openai import BaseModel


def checked_json(kind: type[BaseModel], fields: dict[str, Any]) -> str:
    """Return `fields` as one line of JSON, after openai's type `kind` has found nothing wrong.

    The keys stay in the order of the real API, which a dump of the type would not keep.
    """
    kind.model_validate(fields, strict=True)
    return as_json(fields)


def as_json(value: Any) -> str:
    """Return `value` as one line of JSON, without spaces, as the real API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
