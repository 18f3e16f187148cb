"""Azure's paths to the dialects: `/openai/v1/…`, and the older ones that need an `api-version`."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute, Match, Mount

PREFIX = "/openai"

NOT_FOUND = {"error": {"code": "404", "message": "Resource not found"}}
"""What Azure says to a path that it does not know, and to a request without its `api-version`."""


def mount(v1: Sequence[BaseRoute], versioned: Sequence[BaseRoute]) -> Mount:
    """Return Azure's paths: `v1` once more, and the `versioned` ones, all below its prefix."""
    return Mount(PREFIX, routes=[*v1, _Versioned("", routes=versioned)])


class _Versioned(Mount):
    """Routes that exist only for a request that says its `api-version`."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        if "api-version" not in QueryParams(scope.get("query_string", b"")):
            return Match.NONE, {}
        return super().matches(scope)
