"""The manifests as kubectl renders them, and what a container of theirs is told."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.house.tree import ROOT

Doc = dict[str, Any]
Docs = tuple[Doc, ...]

OVERLAYS = ("trial", "production")
SERVICES = ("member", "inventory", "order", "attribution")
GATEWAYS = ("gateway-http", "gateway-storelink")
PROCESSES = (*SERVICES, *GATEWAYS)
_RUNNING = ("Deployment", "StatefulSet", "Job", "CronJob")


@cache
def _text(overlay: str) -> str:
    kubectl = Path(sys.executable).with_name("kubectl")
    command = [str(kubectl), "kustomize", str(ROOT / "deploy" / "k8s" / "overlays" / overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def docs(overlay: str) -> Docs:
    """A fresh copy, which the caller may spoil."""
    return tuple(yaml.load_all(_text(overlay), yaml.CSafeLoader))


def of_kind(found: Iterable[Doc], *kinds: str) -> list[Doc]:
    return [doc for doc in found if doc["kind"] in kinds]


def named(found: Iterable[Doc], kind: str, name: str) -> Doc:
    return next(doc for doc in of_kind(found, kind) if doc["metadata"]["name"] == name)


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that makes pods: each of ours has one container."""

    doc: Doc

    @property
    def name(self) -> str:
        return str(self.doc["metadata"]["name"])

    @property
    def kind(self) -> str:
        return str(self.doc["kind"])

    @property
    def template(self) -> Doc:
        """Of its pods; a CronJob's stands in the template of its Jobs."""
        spec = self.doc["spec"]["jobTemplate"]["spec"] if self.kind == "CronJob" else self.doc["spec"]
        found: Doc = spec["template"]
        return found

    @property
    def pod(self) -> Doc:
        spec: Doc = self.template["spec"]
        return spec

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.template["metadata"]["labels"]
        return labels

    @property
    def container(self) -> Doc:
        (only,) = self.pod["containers"]
        found: Doc = only
        return found

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", ())}

    def secret_mounts(self) -> dict[str, str]:
        """Where a Secret is mounted -> its name."""
        secrets = {v["name"]: v["secret"]["secretName"] for v in self.pod.get("volumes", ()) if "secret" in v}
        mounts = self.container.get("volumeMounts", ())
        return {mount["mountPath"]: secrets[mount["name"]] for mount in mounts if mount["name"] in secrets}

    def scratch(self) -> list[str]:
        """The folders that it may write to and that end with it, or outlive it."""
        kinds = ("emptyDir", "persistentVolumeClaim")
        volumes = {v["name"] for v in self.pod.get("volumes", ()) if any(kind in v for kind in kinds)}
        return [mount["mountPath"] for mount in self.container.get("volumeMounts", ()) if mount["name"] in volumes]


def workloads(found: Iterable[Doc], *kinds: str) -> list[Workload]:
    return [Workload(doc) for doc in of_kind(found, *(kinds or _RUNNING))]


def workload(found: Iterable[Doc], name: str) -> Workload:
    return next(each for each in workloads(found) if each.name == name)


def environment(found: Iterable[Doc], told: Workload) -> dict[str, str]:
    """The container's whole environment, as the kubelet would put it together."""
    maps = {doc["metadata"]["name"]: doc["data"] for doc in of_kind(found, "ConfigMap")}
    whole: dict[str, str] = {}
    for source in told.container.get("envFrom", ()):
        whole |= maps[source["configMapRef"]["name"]]
    return whole | {each["name"]: each["value"] for each in told.container.get("env", ())}


def on_disk(environment: Mapping[str, str], told: Workload, folder: Path) -> dict[str, str]:
    """The same environment where the secrets lie in `folder`, one folder for each Secret."""
    return {key: _moved(value, told, folder) for key, value in environment.items()}


def _moved(value: str, told: Workload, folder: Path) -> str:
    for path, secret in told.secret_mounts().items():
        if value.startswith(f"{path}/"):
            return str(folder / secret / value.removeprefix(f"{path}/"))
    return value


def secret_files(environment: Mapping[str, str], told: Workload) -> Iterator[tuple[str, str]]:
    """(Secret, file) that the environment names."""
    for value in environment.values():
        for path, secret in told.secret_mounts().items():
            if value.startswith(f"{path}/"):
                yield secret, value.removeprefix(f"{path}/")
