"""What Gateway API v1 requires of an HTTPRoute, for the fields that ours uses and no other.

After gateway.networking.k8s.io_httproutes.yaml of the standard channel (kubernetes-sigs/gateway-api,
config/crd/standard). A field that is not here may be valid: look it up there and add it.
"""

from typing import Any

_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
_DURATION = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    whole = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**whole, "required": required}


def _list(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most}


_NAME = {"type": "string", "minLength": 1, "maxLength": 253}
_NAMESPACE = {"type": "string", "minLength": 1, "maxLength": 63, "pattern": _LABEL}
_HOST = {
    "type": "string",
    "minLength": 1,
    "maxLength": 253,
    "pattern": r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
}
# A regular expression may be any; the other two begin with a slash and hold no empty part.
_PATH = _object(
    ["type", "value"],
    type={"enum": ["Exact", "PathPrefix"]},
    value={"type": "string", "maxLength": 1024, "pattern": r"^(?!.*(//|/\.\.?(/|$)|%2[fF]|#))/"},
)
_BACKEND = _object(
    ["name", "port"],  # a Service needs its port
    name=_NAME,
    port={"type": "integer", "minimum": 1, "maximum": 65535},
    weight={"type": "integer", "minimum": 0, "maximum": 1_000_000},
)
_DURATIONS = {"type": "string", "pattern": _DURATION}
_RULE = _object(
    [],
    matches=_list(_object([], path=_PATH), 64),
    timeouts=_object([], request=_DURATIONS, backendRequest=_DURATIONS),
    backendRefs=_list(_BACKEND, 16),
)
_PARENT = _object(["name"], name=_NAME, namespace=_NAMESPACE, sectionName=_HOST)

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_object(
        ["apiVersion", "kind", "metadata", "spec"],
        apiVersion={"const": "gateway.networking.k8s.io/v1"},
        kind={"const": "HTTPRoute"},
        metadata=_object(["name"], name=_NAME, labels={"type": "object"}),
        spec=_object(
            ["parentRefs", "rules"],
            parentRefs=_list(_PARENT, 32),
            hostnames=_list(_HOST, 16),
            rules=_list(_RULE, 16),
        ),
    ),
}
