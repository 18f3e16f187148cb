"""Reads the `input` of a request: a string, or items as clients and earlier answers write them."""

from typing import Any

from labkit.offline.answers import new_id
from labkit.offline.bodies import missing, unsupported, wrong_type
from labkit.offline.errors import ApiError
from labkit.offline.responses.outputs import function_call, message, text_part
from labkit.offline.responses.store import Item, Responses

_ROLES = ("assistant", "system", "developer", "user")
_KINDS = ("message", "function_call", "function_call_output", "reasoning", "item_reference")
_GIVEN = ("input_text", "input_image", "input_file")
_SAID = ("output_text", "refusal")


def read_items(body: dict[str, Any], known: Responses) -> list[Item]:
    """Return the items in `input`, each with an id and in the shape in which the API lists it.

    `known` holds the items that an `item_reference` may mean. Reasoning is left out: the offline
    model has none. Raises the ApiError that names what is wrong.
    """
    given = body.get("input")
    if given is None or (given == [] and not body.get("previous_response_id")):
        raise missing("input")
    if isinstance(given, str):
        return [message("user", [_given_text(given)])]
    if not isinstance(given, list):
        raise wrong_type("input", "one of a string or array of objects", given)
    found = (_item(item, f"input[{i}]", known) for i, item in enumerate(given))
    return [item for item in found if item is not None]


def _item(item: Any, where: str, known: Responses) -> Item | None:
    if not isinstance(item, dict):
        raise wrong_type(where, "an object", item)
    kind = item.get("type") or ("message" if "role" in item else "item_reference")
    if kind == "message":
        return _message(item, where)
    if kind == "function_call":
        call_id, name, arguments = (
            _string(item, key, where) for key in ("call_id", "name", "arguments")
        )
        return function_call(call_id, name, arguments, _id(item, where))
    if kind == "function_call_output":
        return _output(item, where)
    if kind == "item_reference":
        return _referred(_string(item, "id", where), known)
    if kind == "reasoning":
        return None
    raise unsupported(f"{where}.type", kind, _KINDS)


def _message(item: dict[str, Any], where: str) -> Item:
    role = item.get("role")
    if role not in _ROLES:
        raise unsupported(f"{where}.role", role, _ROLES)
    kinds = _SAID if role == "assistant" else _GIVEN
    return message(role, _parts(item, "content", where, kinds), _id(item, where))


def _output(item: dict[str, Any], where: str) -> Item:
    call_id = _string(item, "call_id", where)
    output = item.get("output")
    if not isinstance(output, str):
        output = _parts(item, "output", where, _GIVEN)
    head = {"id": _id(item, where) or new_id("fco_", 48), "type": "function_call_output"}
    return {**head, "status": "completed", "call_id": call_id, "output": output}


def _referred(id: str, known: Responses) -> Item:
    if (item := known.item(id)) is None:
        text = f"Item with id '{id}' not found. Items are kept only with `store` set to true."
        raise ApiError(text, status=404, param="input")
    return item


def _parts(
    item: dict[str, Any], name: str, where: str, kinds: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the parts in `item[name]`, of the given kinds; a string is one part."""
    content = item.get(name)
    if content is None:
        raise missing(f"{where}.{name}")
    if isinstance(content, str):
        content = [{"type": kinds[0], "text": content}]
    if not isinstance(content, list):
        raise wrong_type(f"{where}.{name}", "one of a string or array of objects", content)
    return [_part(part, f"{where}.{name}[{i}]", kinds) for i, part in enumerate(content)]


def _part(part: Any, where: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise wrong_type(where, "an object", part)
    kind = part.get("type")
    if kind not in kinds:
        raise unsupported(f"{where}.type", kind, kinds)
    if kind == "output_text":
        return text_part(_string(part, "text", where))
    if kind == "input_text":
        return _given_text(_string(part, "text", where))
    if kind == "refusal":
        return {"type": kind, "refusal": _string(part, "refusal", where)}
    # The offline model sees no images and reads no files; it keeps that there was one.
    return {"type": kind, "detail": "auto"} if kind == "input_image" else {"type": kind}


def _given_text(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


def _string(item: dict[str, Any], name: str, where: str) -> str:
    value = item.get(name)
    if value is None:
        raise missing(f"{where}.{name}")
    if not isinstance(value, str):
        raise wrong_type(f"{where}.{name}", "a string", value)
    return value


def _id(item: dict[str, Any], where: str) -> str | None:
    return _string(item, "id", where) if item.get("id") is not None else None
