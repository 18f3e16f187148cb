"""Checks the functions that a request offers as tools."""

import re
from typing import Any

from labkit.offline.bodies import missing, wrong_type
from labkit.offline.errors import ApiError
from labkit.offline.schemas import check_schema

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_function(function: Any, where: str) -> None:
    """Raise the ApiError for what is wrong with `function`, which stands at `where`.

    `function` is an object with `name`, and perhaps `parameters` and `strict`.
    """
    if not isinstance(function, dict):
        raise wrong_type(where, "an object", function)
    name = function.get("name")
    if not name:
        raise missing(f"{where}.name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        text = f"Invalid '{where}.name': it must match '^[a-zA-Z0-9_-]{{1,64}}$'."
        raise ApiError(text, param=f"{where}.name", code="invalid_value")
    _check_parameters(function, f"{where}.parameters")


def _check_parameters(function: dict[str, Any], param: str) -> None:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    problem = check_schema(schema, strict=bool(function.get("strict")))
    if problem:
        text = f"Invalid schema for function '{function['name']}': {problem}"
        raise ApiError(text, param=param, code="invalid_function_parameters")
