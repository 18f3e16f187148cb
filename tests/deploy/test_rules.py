"""The Dockerfile and the manifests agree with each other; a broken copy is told."""

from collections.abc import Iterator

import pytest

from tests.deploy import rules
from tests.deploy.bundle import Bundle
from tests.deploy.conftest import Broken

RULES = [
    rule
    for rule in vars(rules).values()
    if getattr(rule, "__annotations__", {}).get("return") == Iterator[str]
    and rule.__name__[0] != "_"
]
DEPLOYMENT, ROUTE = "kubernetes/deployment.yaml", "kubernetes/http-route.yaml"
POLICY, SETTINGS = "kubernetes/network-policy.yaml", "kubernetes/settings.env"
REDIS, LISTED = "kubernetes/redis-deployment.yaml", "kubernetes/kustomization.yaml"

# The rule, the file, what is in it, and what breaks it.
BROKEN = [
    (rules.nothing_is_cut_in_silence, DEPLOYMENT, "Seconds: 55", "Seconds: 41"),
    (rules.nothing_is_cut_in_silence, DEPLOYMENT, 'value: "30"', 'value: "44"'),
    (rules.nothing_is_cut_in_silence, DEPLOYMENT, "seconds: 10", "seconds: 0"),
    (rules.one_port_from_the_image_to_the_route, "Dockerfile", "EXPOSE 8080", "EXPOSE 8000"),
    (rules.one_port_from_the_image_to_the_route, "Dockerfile", '"8080"]', '"80"]'),
    (rules.one_port_from_the_image_to_the_route, "Dockerfile", "', 8080, t", "', 80, t"),
    (rules.one_port_from_the_image_to_the_route, DEPLOYMENT, "containerPort: 8080", "containerPort: 80"),
    (rules.one_port_from_the_image_to_the_route, DEPLOYMENT, "port: http", "port: web"),
    (rules.one_port_from_the_image_to_the_route, "kubernetes/service.yaml", "targetPort: http", "targetPort: web"),
    (rules.one_port_from_the_image_to_the_route, POLICY, "port: http", "port: web"),
    (rules.one_port_from_the_image_to_the_route, ROUTE, "port: 80", "port: 8080"),
    (rules.probes_ask_what_they_mean, DEPLOYMENT, "path: /readyz", "path: /healthz"),
    (rules.probes_ask_what_they_mean, DEPLOYMENT, "path: /healthz", "path: /readyz"),
    (rules.probes_ask_what_they_mean, "Dockerfile", "'/healthz'", "'/'"),
    (rules.readers_reach_only_what_is_public, ROUTE, "value: /v1", "value: /"),
    (rules.readers_reach_only_what_is_public, ROUTE, "value: /stream", "value: /metrics"),
    (rules.no_answer_is_longer_than_the_route_waits, ROUTE, "request: 0s", "request: 60s"),
    (rules.no_answer_is_longer_than_the_route_waits, ROUTE, "request: 0s", "backendRequest: 0s"),
    (rules.every_selector_matches_pods, "kubernetes/service.yaml", "name: labkit-service", "name: labkit"),
    (rules.every_selector_matches_pods, POLICY, "name: redis", "name: valkey"),
    (rules.every_selector_matches_pods, "kubernetes/disruption-budget.yaml", "name: labkit-service", "name: labkit"),
    (rules.every_reference_leads_somewhere, "kubernetes/autoscaler.yaml", "name: labkit-service", "name: labkit"),
    (rules.every_reference_leads_somewhere, ROUTE, "- name: labkit-service", "- name: labkit"),
    (rules.every_reference_leads_somewhere, DEPLOYMENT, "name: service-settings", "name: settings"),
    (rules.every_reference_leads_somewhere, REDIS, "serviceAccountName: redis", "serviceAccountName: default"),
    (rules.the_service_finds_redis, DEPLOYMENT, "@redis:6379", "@redis:6380"),
    (rules.the_service_finds_redis, POLICY, "port: 6379", "port: 6380"),
    (rules.the_service_finds_redis, POLICY, "port: 443", "port: 80"),
    (rules.every_file_is_listed, LISTED, "  - deny-all.yaml\n", ""),
    (rules.every_file_is_listed, LISTED, "- deny-all.yaml", "- deny.yaml"),
    (rules.every_image_is_pinned, "Dockerfile", "@sha256:7c61", "@sha256:"),
    (rules.every_image_is_pinned, LISTED, "newName: registry.example/labkit-service", "newName: labkit-service:latest"),
    (rules.every_image_is_pinned, REDIS, "@sha256:", ":"),
    (rules.no_secret_is_written_down, SETTINGS, "SERVICE_RATE_LIMIT=", "SERVICE_TICKET_KEY="),
    (rules.no_secret_is_written_down, SETTINGS, "#LABKIT_MODEL=gpt-5-mini", "#LABKIT_API_KEY=sk-proj-1"),
    (rules.no_secret_is_written_down, DEPLOYMENT, ":$(REDIS_PASSWORD)@", ":correct-horse@"),
    (rules.no_secret_is_written_down, "kubernetes/service-account.yaml", "kind: ServiceAccount", "kind: Secret"),
    (rules.the_readme_makes_each_secret, "README.md", "=SERVICE_TICKET_KEY=", "=TICKET_KEY="),
    (rules.the_readme_makes_each_secret, REDIS, "key: password", "key: secret"),
    (rules.every_pod_is_locked_down, DEPLOYMENT, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    (rules.every_pod_is_locked_down, REDIS, "drop: [ALL]", "drop: [NET_RAW]"),
    (rules.every_pod_is_locked_down, REDIS, "runAsUser: 10002", "runAsUser: 0"),
    (rules.every_pod_is_locked_down, DEPLOYMENT, "enableServiceLinks: false", "enableServiceLinks: true"),
    (rules.the_image_and_the_pod_have_one_user, "Dockerfile", "USER 10001:10001", "USER service"),
    (rules.nothing_is_imported_from_where_anybody_writes, "Dockerfile", "WORKDIR /\n", "WORKDIR /tmp\n"),
    (rules.nothing_is_imported_from_where_anybody_writes, "Dockerfile", "PYTHONSAFEPATH=1", "PYTHONSAFEPATH="),
    (rules.nothing_passes_unless_a_policy_says_so, "kubernetes/deny-all.yaml", "[Ingress, Egress]", "[Ingress]"),
    (rules.nothing_passes_unless_a_policy_says_so, POLICY, "[Ingress, Egress]", "[Ingress]"),
    (rules.nothing_passes_unless_a_policy_says_so, "kubernetes/redis-network-policy.yaml", "kind: NetworkPolicy", "kind: Role"),
    (rules.a_rollout_keeps_every_replica, DEPLOYMENT, "maxUnavailable: 0", "maxUnavailable: 1"),
    (rules.a_rollout_keeps_every_replica, DEPLOYMENT, "replicas: 2", "replicas: 1"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_files_keep_the_rule(rule: rules.Rule) -> None:
    assert list(rule(Bundle())) == []


@pytest.mark.parametrize(("rule", "name", "old", "new"), BROKEN)
def test_a_broken_copy_is_told(
    rule: rules.Rule, name: str, old: str, new: str, broken: Broken
) -> None:
    assert list(rule(broken(name, old, new)))


def test_each_rule_is_shown_to_tell() -> None:
    assert {rule for rule, *_ in BROKEN} == {*RULES}
