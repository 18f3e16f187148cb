"""Routes that are imported when they are first asked for."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class LateRoutes(BaseRoute):
    """The routes that `module` has under `name`, for the paths with one of these `beginnings`.

    The types of the Responses and Assistants APIs take half a second to import, and most learners
    meet neither before notebook 07.
    """

    def __init__(self, module: str, name: str, *beginnings: str) -> None:
        self._module, self._name, self._beginnings = module, name, beginnings

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return how well one of the routes matches, and what it adds to the scope."""
        best: tuple[Match, Any] = (Match.NONE, {})
        if not get_route_path(scope).startswith(self._beginnings):
            return best
        for route in self._routes:
            match, added = route.matches(scope)
            if match.value > best[0].value:
                best = match, {**added, _FOUND: route}
        return best

    @property
    def _routes(self) -> Sequence[BaseRoute]:
        return getattr(import_module(self._module), self._name)  # type: ignore[no-any-return]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that matches handle the request."""
        await scope[_FOUND].handle(scope, receive, send)


_FOUND = "labkit.late_route"
