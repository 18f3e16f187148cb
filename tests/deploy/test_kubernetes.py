"""Each object is what the Kubernetes API, or the Gateway API, accepts."""

from typing import Any

import fastjsonschema
import kubernetes_validate
import pytest
from kubernetes_validate import ValidationError
from packaging.version import Version

from tests.deploy.bundle import Bundle
from tests.deploy.conftest import Broken
from tests.deploy.http_route import SCHEMA

NEWEST = kubernetes_validate.latest_version()
OBJECTS = list(Bundle().rendered())
CORE = [one for one in OBJECTS if one["kind"] != "HTTPRoute"]


def named(one: dict[str, Any]) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


def test_the_versions_that_are_looked_at_know_the_sleep_before_a_stop() -> None:
    assert Version(NEWEST) >= Version("1.34")


@pytest.mark.parametrize("version", ["1.34", NEWEST])
@pytest.mark.parametrize("one", CORE, ids=named)
def test_kubernetes_accepts_the_object(one: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(one, version, strict=True)


def test_kubernetes_does_not_accept_a_field_that_it_does_not_know(broken: Broken) -> None:
    bundle = broken("kubernetes/deployment.yaml", "maxUnavailable", "maxUnavailble")
    with pytest.raises(ValidationError, match="maxUnavailble"):
        kubernetes_validate.validate(bundle.sources["deployment.yaml"], NEWEST, strict=True)


validate_route = fastjsonschema.compile(SCHEMA)


def test_the_gateway_api_accepts_the_route() -> None:
    validate_route(Bundle().sources["http-route.yaml"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("networking.k8s.io/v1", "networking.k8s.io/v1alpha2"),
        ("type: Exact", "type: Prefix"),
        ("value: /v1", "value: v1"),
        ("request: 0s", "request: 0.5s"),
        ("request: 0s", "idle: 0s"),
        ("port: 80", "port: http"),
        ("stream.example.org", "https://stream.example.org"),
        ("backendRefs", "backends"),
    ],
)
def test_the_gateway_api_does_not_accept_a_broken_route(old: str, new: str, broken: Broken) -> None:
    route = broken("kubernetes/http-route.yaml", old, new).sources["http-route.yaml"]
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate_route(route)
