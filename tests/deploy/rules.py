"""What the files of deploy/ must agree on: each rule yields a sentence for each breach."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from labkit.service.server import AFTER_DRAIN_S
from tests.deploy.bundle import Bundle

Rule = Callable[[Bundle], Iterator[str]]
HIDDEN = ("/metrics", "/healthz", "/readyz")  # what no reader may reach


def nothing_is_cut_in_silence(bundle: Bundle) -> Iterator[str]:
    pod = bundle.service()
    grace_s = pod["terminationGracePeriodSeconds"]
    sleep_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain_s = float(bundle.environment()["SERVICE_DRAIN_TIMEOUT"])
    needed_s = sleep_s + drain_s + AFTER_DRAIN_S
    if not sleep_s > 0 or not grace_s >= needed_s:
        yield f"{grace_s} s of grace; {sleep_s} s of sleep, the drain and its end need {needed_s} s"


def one_port_from_the_image_to_the_route(bundle: Bundle) -> Iterator[str]:
    (port,) = bundle.dockerfile["EXPOSE"]
    command = bundle.command()
    if command[command.index("--port") + 1] != port:
        yield f"the image serves another port than it exposes, which is {port}"
    if f", {port}, " not in bundle.health_check()[-1]:
        yield f"HEALTHCHECK asks another port than {port}"
    container = bundle.service()["containers"][0]
    named = {one["name"]: one["containerPort"] for one in container["ports"]}
    if list(named.values()) != [int(port)]:
        yield f"the Deployment's ports are {named}, the image's is {port}"
    yield from _unknown_ports(bundle, set(named))


def _unknown_ports(bundle: Bundle, names: set[str]) -> Iterator[str]:
    (offered,) = bundle.named("Service", "labkit-service")["spec"]["ports"]
    policy = bundle.named("NetworkPolicy", "labkit-service")["spec"]["ingress"][0]
    for place, name in (
        ("Service", offered["targetPort"]),
        ("NetworkPolicy", policy["ports"][0]["port"]),
        *((probe, bundle.service()["containers"][0][probe]["httpGet"]["port"]) for probe in PROBES),
    ):
        if name not in names:
            yield f"{place} names the port {name!r}, the Deployment has {names}"
    for backend in _backends(bundle):
        if backend["port"] != offered["port"]:
            yield f"HTTPRoute asks the port {backend['port']}, the Service has {offered['port']}"


PROBES = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}


def probes_ask_what_they_mean(bundle: Bundle) -> Iterator[str]:
    container = bundle.service()["containers"][0]
    for probe, path in PROBES.items():
        if (asked := container[probe]["httpGet"]["path"]) != path:
            yield f"{probe} asks {asked}, not {path}"
    if f"'{PROBES['livenessProbe']}'" not in bundle.health_check()[-1]:
        yield "HEALTHCHECK does not ask what livenessProbe asks"


def readers_reach_only_what_is_public(bundle: Bundle) -> Iterator[str]:
    for rule in _rules(bundle):
        for match in rule["matches"]:
            path = match["path"]
            exact = path["type"] == "Exact"
            for hidden in HIDDEN:
                if hidden == path["value"] or (not exact and below(hidden, path["value"])):
                    yield f"HTTPRoute lets readers reach {hidden} ({path})"


def below(path: str, prefix: str) -> bool:
    """Tell whether `path` is `prefix` or below it, element by element."""
    return f"{path}/".startswith(f"{prefix.rstrip('/')}/")


def no_answer_is_longer_than_the_route_waits(bundle: Bundle) -> Iterator[str]:
    longest_s = float(bundle.environment()["SERVICE_ANSWER_TIMEOUT"])
    for rule in _rules(bundle):
        told = rule.get("timeouts", {}).get("request", "15s")  # a Gateway's own choice, if unsaid
        seconds = float(told.removesuffix("s"))
        if 0 < seconds <= longest_s:
            yield f"HTTPRoute ends an answer after {seconds} s, the service after {longest_s} s"


def every_selector_matches_pods(bundle: Bundle) -> Iterator[str]:
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in bundle.of("Deployment")]
    for name, source in bundle.sources.items():
        for labels in _selectors(source["kind"], source["spec"]) if "spec" in source else []:
            if not any(labels.items() <= pod.items() for pod in pods):
                yield f"{name} selects {labels}, which no pod has"


def _selectors(kind: str, spec: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the labels by which an object finds pods of this namespace."""
    if kind == "Service":
        yield spec["selector"]
    elif kind in ("Deployment", "PodDisruptionBudget"):
        yield spec["selector"]["matchLabels"]
    elif kind == "NetworkPolicy":
        yield spec["podSelector"].get("matchLabels", {})
        for side in (*spec.get("ingress", []), *spec.get("egress", [])):
            for peer in (*side.get("from", []), *side.get("to", [])):
                if "podSelector" in peer and "namespaceSelector" not in peer:
                    yield peer["podSelector"]["matchLabels"]
    if kind == "Deployment":
        for spread in spec["template"]["spec"].get("topologySpreadConstraints", []):
            yield spread["labelSelector"]["matchLabels"]


def every_reference_leads_somewhere(bundle: Bundle) -> Iterator[str]:
    for kind, name in _references(bundle):
        if not bundle.named(kind, name):
            yield f"there is no {kind} {name!r}"
    (generator,) = bundle.kustomization["configMapGenerator"]
    for source in bundle.service()["containers"][0]["envFrom"]:
        if source["configMapRef"]["name"] != generator["name"]:
            yield f"there is no ConfigMap {source['configMapRef']['name']!r}"


def _references(bundle: Bundle) -> Iterator[tuple[str, str]]:
    for deployment in bundle.of("Deployment"):
        yield "ServiceAccount", deployment["spec"]["template"]["spec"]["serviceAccountName"]
    for autoscaler in bundle.of("HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        yield target["kind"], target["name"]
    for backend in _backends(bundle):
        yield "Service", backend["name"]


def the_service_finds_redis(bundle: Bundle) -> Iterator[str]:
    address = urlsplit(bundle.environment()["SERVICE_REDIS_URL"])
    ports = [one["port"] for one in bundle.named("Service", "redis")["spec"]["ports"]]
    if address.hostname != "redis" or [address.port] != ports:
        yield f"SERVICE_REDIS_URL is {address.hostname}:{address.port}, Redis is redis:{ports}"
    egress = bundle.named("NetworkPolicy", "labkit-service")["spec"]["egress"]
    opened = [port["port"] for rule in egress for port in rule["ports"]]
    if not {*ports, 53, 443} <= {*opened}:
        yield f"the service may only reach the ports {opened}"


def every_file_is_listed(bundle: Bundle) -> Iterator[str]:
    (generator,) = bundle.kustomization["configMapGenerator"]
    listed = {"kustomization.yaml", *bundle.kustomization["resources"], *generator["envs"]}
    for name in listed ^ {path.name for path in bundle.kubernetes.iterdir()}:
        yield f"{name} is in the folder or in kustomization.yaml, but not in both"


def every_image_is_pinned(bundle: Bundle) -> Iterator[str]:
    for name in (one["image"] for one in bundle.containers()):
        if not re.fullmatch(r"[a-z0-9./:-]+@sha256:[0-9a-f]{64}", bundle.image(name)):
            yield f"the image {name} is not pinned by its digest"
    (base,) = re.findall(r"^FROM (\S+) AS base$", bundle.dockerfile_text, re.MULTILINE) or [""]
    if not re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base):
        yield f"the base image {base!r} is not pinned by version and digest"
    for path in [bundle.folder / "Dockerfile", *bundle.kubernetes.iterdir()]:
        if re.search(r":latest\b", path.read_text(encoding="utf-8")):
            yield f"{path.name} asks for whatever is latest"


def no_secret_is_written_down(bundle: Bundle) -> Iterator[str]:
    if bundle.of("Secret"):
        yield "a Secret's values do not belong in the repository"
    for name, value in bundle.environment().items():
        if re.search("TOKEN|KEY|PASSWORD", name) and value and "TIMEOUT" not in name:
            yield f"{name} has a value"
    for path in [bundle.folder / "Dockerfile", *bundle.kubernetes.iterdir()]:
        text = re.sub(r"sha256:[0-9a-f]{64}\b", "", path.read_text(encoding="utf-8"))
        if found := re.search(r"\bsk-\w|[A-Za-z0-9+/_-]{32,}={0,2}|://[^:/\s]*:[^$@/\s]+@", text):
            yield f"{path.name} holds what looks like a secret: {found[0][:12]}…"


def the_readme_makes_each_secret(bundle: Bundle) -> Iterator[str]:
    made = bundle.readme.split("create secret generic ")[1:]
    keys = {text.split()[0]: set(re.findall(r"--from-file=(\w+)=", text)) for text in made}
    for name, key in _secrets(bundle):
        if key not in keys.get(name, set()):
            yield f"README.md does not make the key {key} of the Secret {name}"


def _secrets(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Yield the Secret and the key of each one that a pod cannot do without."""
    for container in bundle.containers():
        for variable in container["env"]:
            source = variable.get("valueFrom", {}).get("secretKeyRef", {"optional": True})
            if not source.get("optional"):
                yield source["name"], source["key"]
    for volume in bundle.service()["volumes"]:
        for item in volume.get("secret", {}).get("items", []):
            yield volume["secret"]["secretName"], item["key"]


def every_pod_is_locked_down(bundle: Bundle) -> Iterator[str]:
    for deployment in bundle.of("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        for what, well in {
            "runs as root": pod["securityContext"].get("runAsNonRoot") is True,
            "has no number for its user": pod["securityContext"].get("runAsUser", 0) >= 10_000,
            "has no seccomp profile": "seccompProfile" in pod["securityContext"],
            "has a token of the cluster": pod.get("automountServiceAccountToken") is False,
            "gets the cluster's variables": pod.get("enableServiceLinks") is False,
            "may do too much": all(map(_is_locked, pod["containers"])),
        }.items():
            if not well:
                yield f"the pod of {deployment['metadata']['name']} {what}"


def _is_locked(container: dict[str, Any]) -> bool:
    return container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def the_image_and_the_pod_have_one_user(bundle: Bundle) -> Iterator[str]:
    context = bundle.service()["securityContext"]
    user = f"{context['runAsUser']}:{context['runAsGroup']}"
    if bundle.dockerfile["USER"] != [user]:
        yield f"the image's user is {bundle.dockerfile['USER']}, the pod's {user}"


def nothing_is_imported_from_where_anybody_writes(bundle: Bundle) -> Iterator[str]:
    if bundle.dockerfile["WORKDIR"] != ["/"]:
        yield f"the image begins in {bundle.dockerfile['WORKDIR']}, and not in /"
    if "PYTHONSAFEPATH=1" not in bundle.dockerfile["ENV"][0].split():
        yield "Python imports from the folder that it begins in"


def nothing_passes_unless_a_policy_says_so(bundle: Bundle) -> Iterator[str]:
    policies = [one["spec"] for one in bundle.of("NetworkPolicy")]
    both = ["Ingress", "Egress"]
    if not any(one == {"podSelector": {}, "policyTypes": both} for one in policies):
        yield "no policy denies everything by default"
    for deployment in bundle.of("Deployment"):
        labels = deployment["spec"]["selector"]["matchLabels"]
        own = [one for one in policies if one["podSelector"].get("matchLabels") == labels]
        if [one["policyTypes"] for one in own] != [both]:
            yield f"{deployment['metadata']['name']} has no policy of its own for both directions"


def a_rollout_keeps_every_replica(bundle: Bundle) -> Iterator[str]:
    spec = bundle.named("Deployment", "labkit-service")["spec"]
    least = bundle.of("HorizontalPodAutoscaler")[0]["spec"]["minReplicas"]
    if spec["replicas"] < 2 or spec["replicas"] != least:
        yield f"{spec['replicas']} replicas, at least {least} by the autoscaler"
    if spec["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
        yield "a rollout takes a pod before its successor is ready"


def _rules(bundle: Bundle) -> list[dict[str, Any]]:
    return bundle.of("HTTPRoute")[0]["spec"]["rules"]


def _backends(bundle: Bundle) -> list[dict[str, Any]]:
    return [backend for rule in _rules(bundle) for backend in rule["backendRefs"]]
