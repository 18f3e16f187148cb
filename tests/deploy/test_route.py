"""The route lets readers reach each path of the service, save those for the cluster."""

import pytest

from labkit.service import page, routes
from tests.deploy.bundle import Bundle
from tests.deploy.conftest import Broken
from tests.deploy.rules import HIDDEN, below


def reached(bundle: Bundle, path: str) -> bool:
    """Tell whether a match of the route takes `path`, as Gateway API v1 describes them."""
    return any(
        path == told["value"] if told["type"] == "Exact" else below(path, told["value"])
        for rule in bundle.of("HTTPRoute")[0]["spec"]["rules"]
        for told in (match["path"] for match in rule["matches"])
    )


ANSWERED = {getattr(route, "path", "") for route in routes.router.routes}
PATHS = sorted({*page.FILES, *ANSWERED, "/openapi.json"})


@pytest.mark.parametrize("path", PATHS)
def test_readers_reach_what_is_public(path: str) -> None:
    assert reached(Bundle(), path) == (path not in HIDDEN)


def test_a_path_that_is_left_out_is_told(broken: Broken) -> None:
    assert not reached(broken("kubernetes/http-route.yaml", "/page\n", "/pages\n"), "/page/main.js")
