"""What deploy/ holds, read for the tests, and the objects as `kustomize build` makes them."""

import copy
import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


class Bundle:
    """The Dockerfile and the manifests below one folder."""

    def __init__(self, folder: Path = DEPLOY) -> None:
        self.folder = folder
        self.kubernetes = folder / "kubernetes"

    @cached_property
    def kustomization(self) -> dict[str, Any]:
        return yaml.safe_load(self._text("kustomization.yaml"))

    @cached_property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Each object as its file has it; a file holds one."""
        names = sorted(path.name for path in self.kubernetes.glob("*.yaml"))
        names.remove("kustomization.yaml")
        return {name: yaml.safe_load(self._text(name)) for name in names}

    @cached_property
    def settings(self) -> dict[str, str]:
        lines = [line for line in self._text("settings.env").splitlines() if line.strip()]
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the objects of one kind."""
        return [one for one in self.sources.values() if one["kind"] == kind]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """Return an object, or {} when there is none."""
        return next((one for one in self.of(kind) if one["metadata"]["name"] == name), {})

    def service(self) -> dict[str, Any]:
        """Return the pod of the service."""
        return self.named("Deployment", "labkit-service")["spec"]["template"]["spec"]

    def containers(self) -> Iterator[dict[str, Any]]:
        for deployment in self.of("Deployment"):
            yield from deployment["spec"]["template"]["spec"]["containers"]

    def environment(self) -> dict[str, str]:
        """Return what the service is told: its settings, and the values in its manifest."""
        named = self.service()["containers"][0]["env"]
        return self.settings | {one["name"]: one.get("value", "") for one in named}

    def image(self, name: str) -> str:
        """Return an image's full name, as `images:` of the kustomization makes it."""
        for change in self.kustomization["images"]:
            if change["name"] == name:
                return f"{change['newName']}@{change['digest']}"
        return name

    def rendered(self) -> Iterator[dict[str, Any]]:
        """Yield each object with its namespace and image, and the generated ConfigMap."""
        for source in [*self.sources.values(), self._config_map()]:
            made = copy.deepcopy(source)
            if made["kind"] != "Namespace":
                made["metadata"]["namespace"] = self.kustomization["namespace"]
            if made["kind"] == "Deployment":
                for container in made["spec"]["template"]["spec"]["containers"]:
                    container["image"] = self.image(container["image"])
            yield made

    def _config_map(self) -> dict[str, Any]:
        (generator,) = self.kustomization["configMapGenerator"]
        head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}}
        return {**head, "data": self.settings}

    @cached_property
    def dockerfile(self) -> dict[str, list[str]]:
        """Return the arguments of each instruction of the last stage, FROM included."""
        text = re.sub(r"^\s*#.*\n", "", self.dockerfile_text, flags=re.MULTILINE)
        text = text.replace("\\\n", " ")
        stage = "FROM " + re.split(r"^FROM ", text, flags=re.MULTILINE)[-1]
        said: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, stage.splitlines())):
            name, _, rest = line.partition(" ")
            said.setdefault(name, []).append(rest.strip())
        return said

    @property
    def dockerfile_text(self) -> str:
        return (self.folder / "Dockerfile").read_text(encoding="utf-8")

    @property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text(encoding="utf-8")

    def health_check(self) -> list[str]:
        """Return the command of HEALTHCHECK."""
        (told,) = self.dockerfile["HEALTHCHECK"]
        return json.loads(told[told.index("[") :])

    def command(self) -> list[str]:
        """Return what the container runs: ENTRYPOINT and CMD, which are JSON in exec form."""
        return [
            *json.loads(self.dockerfile["ENTRYPOINT"][0]),
            *json.loads(self.dockerfile["CMD"][0]),
        ]

    def _text(self, name: str) -> str:
        return (self.kubernetes / name).read_text(encoding="utf-8")
