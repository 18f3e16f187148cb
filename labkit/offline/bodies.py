"""Reads the JSON body of a request, field by field, with the real API's errors."""

from collections.abc import Sequence
from typing import Any

from labkit import strict_json
from labkit.deltas import join
from labkit.offline.errors import ApiError


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`, or raise the ApiError that the real API sends."""
    try:
        body = strict_json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ApiError(f"We could not parse the JSON body of your request: {error}.") from None
    if not isinstance(body, dict):
        raise ApiError(f"The body must be a JSON object, but was {_kind(body)}.")
    return _whole(body) if b"\\ud" in raw.lower() else body


def _whole(value: Any) -> Any:
    """Return `value` with U+FFFD for each half character in it: nothing could send one back."""
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return join([value]) if isinstance(value, str) else value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    names |= {int: "an integer", float: "a decimal", type(None): "null"}
    return names[type(value)]


def wrong_type(param: str, wanted: str, value: Any) -> ApiError:
    """Return the ApiError for a `value` of another type than the one `wanted`."""
    text = f"Invalid type for '{param}': expected {wanted}, but got {_kind(value)} instead."
    return ApiError(text, param=param, code="invalid_type")


def read_objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the list of objects that `body` has under `name`, empty if there is none."""
    value = body.get(name)
    if not isinstance(value or [], list) or not all(isinstance(each, dict) for each in value or []):
        raise wrong_type(name, "an array of objects", value)
    return value or []


def missing(param: str) -> ApiError:
    """Return the ApiError for a parameter that has to be there."""
    text = f"Missing required parameter: '{param}'."
    return ApiError(text, param=param, code="missing_required_parameter")


def unsupported(param: str, value: Any, supported: Sequence[str]) -> ApiError:
    """Return the ApiError for a `value` that is none of those `supported`."""
    *others, last = (repr(each) for each in supported)
    known = ", and ".join(filter(None, (", ".join(others), last)))
    text = f"Invalid value: {value!r}. Supported values are: {known}."
    return ApiError(text, param=param, code="invalid_value")


def read_object(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object `name` of `body`, empty if there is none."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    return value or {}


def read_boolean(body: dict[str, Any], name: str) -> bool:
    """Return the boolean `name` of `body`, False if there is none."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)
    return bool(value)


def read_integer(body: dict[str, Any], name: str, least: int, most: int) -> int | None:
    """Return the integer `name` of `body`, from `least` to `most`, or None if there is none."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(name, "an integer", value)
    if not least <= value <= most:
        side, code = ("below minimum", "min") if value < least else ("above maximum", "max")
        bound = f">= {least}" if value < least else f"<= {most}"
        text = f"Invalid '{name}': integer {side} value. "
        text += f"Expected a value {bound}, but got {value} instead."
        raise ApiError(text, param=name, code=f"integer_{side[:5].strip()}_{code}_value")
    return value
