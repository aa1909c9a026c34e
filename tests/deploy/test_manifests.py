"""The manifests are valid on three Kubernetes versions, and keep every rule of ours."""

from collections.abc import Callable
from typing import Any

import kubernetes_validate
import pytest

from tests.deploy import policies
from tests.deploy.rendered import OVERLAYS, PROCESSES, Doc, Docs, Workload, docs, named, workload, workloads

# the newest three that are maintained
VERSIONS = ("1.35", "1.36", "1.37")
_STAND_INS = ("payment", "carrier", "einvoice", "messaging")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_is_valid(overlay: str, version: str) -> None:
    for doc in docs(overlay):
        kubernetes_validate.validate(doc, version, strict=True)


def test_a_field_that_does_not_exist_is_noticed() -> None:
    spoilt = named(docs("trial"), "Deployment", "order")
    spoilt["spec"]["template"]["spec"]["containers"][0]["readOnly"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("rule", policies.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_rule_is_kept(overlay: str, rule: policies.Rule) -> None:
    assert list(rule(docs(overlay))) == []


def test_nothing_is_missing() -> None:
    assert {each.name for each in workloads(docs("production"), "Deployment")} == set(PROCESSES)
    assert {each.name for each in workloads(docs("trial"), "Deployment")} == {*PROCESSES, *_STAND_INS}
    assert {each.name for each in workloads(docs("trial"), "StatefulSet")} == {"postgres", "nats", "valkey"}
    for overlay in OVERLAYS:
        jobs = {each.name for each in workloads(docs(overlay), "Job")}
        assert jobs >= {f"{service}-migrations" for service in PROCESSES[:4]}


def test_production_has_no_simulator_and_no_server_of_its_own() -> None:
    names = {str(doc["metadata"]["name"]) for doc in docs("production")}
    assert not any(one in name for name in names for one in _STAND_INS)
    assert not {"postgres", "nats", "valkey"} & names


def test_postgres_keeps_checksums_and_asks_for_passwords() -> None:
    for wanted in ("--auth=scram-sha-256", "--data-checksums", "--builtin-locale=C.UTF-8"):
        assert wanted in _initdb()["value"]


def _initdb() -> Doc:
    env = workload(docs("trial"), "postgres").container["env"]
    found: Doc = next(each for each in env if each["name"] == "POSTGRES_INITDB_ARGS")
    return found


# --- each rule was seen to fail


def _order(found: Docs) -> Workload:
    return workload(found, "order")


def _set(path: str, value: object) -> Callable[[Docs], None]:
    """Changes one thing in the Deployment of order; None takes it away."""

    def spoil(found: Docs) -> None:
        place: Any = _order(found).doc
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return spoil


_POD, _ONE = "spec.template.spec", "spec.template.spec.containers.0"
SPOILT: list[tuple[policies.Rule, str, Callable[[Docs], None]]] = [
    (policies.unprivileged, "may be root", _set(f"{_POD}.securityContext.runAsNonRoot", False)),
    (policies.unprivileged, "no seccomp", _set(f"{_POD}.securityContext.seccompProfile", None)),
    (policies.unprivileged, "escalates", _set(f"{_ONE}.securityContext.allowPrivilegeEscalation", True)),
    (policies.unprivileged, "writes", _set(f"{_ONE}.securityContext.readOnlyRootFilesystem", False)),
    (policies.unprivileged, "capabilities", _set(f"{_ONE}.securityContext.capabilities", {"add": ["NET_ADMIN"]})),
    (policies.unprivileged, "token", _set(f"{_POD}.automountServiceAccountToken", True)),
    (policies.unprivileged, "links", _set(f"{_POD}.enableServiceLinks", True)),
    (policies.unprivileged, "host network", _set(f"{_POD}.hostNetwork", True)),
    (policies.unprivileged, "host path", _set(f"{_POD}.volumes", [{"name": "x", "hostPath": {"path": "/"}}])),
    (policies.our_user, "another user", _set(f"{_POD}.securityContext.runAsUser", 1000)),
    (policies.images, "a tag that moves", _set(f"{_ONE}.image", "registry.example.com/omo-order:latest")),
    (policies.probes, "no liveness", _set(f"{_ONE}.livenessProbe", None)),
    (policies.probes, "another name", _set(f"{_ONE}.readinessProbe.grpc.service", "")),
    (policies.shutdown, "no pause", _set(f"{_ONE}.lifecycle", None)),
    (policies.shutdown, "no patience", _set(f"{_POD}.terminationGracePeriodSeconds", 30)),
    (policies.rollout, "gap", _set("spec.strategy.rollingUpdate", {"maxSurge": 0, "maxUnavailable": 1})),
    (policies.rollout, "alone", _set("spec.replicas", 0)),
    (policies.rollout, "together", _set(f"{_POD}.topologySpreadConstraints", [])),
    (policies.disruption, "renamed", _set("metadata.name", "attribution")),
    (policies.services, "port renamed", _set(f"{_ONE}.ports", [{"name": "rpc", "containerPort": 9000}])),
    (policies.resources, "no memory limit", _set(f"{_ONE}.resources.limits", None)),
    (policies.labels, "unlabelled", _set("metadata.labels", {})),
    (policies.labels, "selects others", _set("spec.selector.matchLabels", {"app.kubernetes.io/name": "member"})),
    (policies.namespaces, "elsewhere", _set("metadata.namespace", "default")),
    (policies.secrets, "by environment", _set(f"{_ONE}.envFrom", [{"secretRef": {"name": "order"}}])),
    (policies.settings_roll, "no hash", _set(f"{_ONE}.envFrom", [{"configMapRef": {"name": "omo"}}])),
    (policies.priorities, "pushes in", _set(f"{_POD}.priorityClassName", "omo-door")),
]


@pytest.mark.parametrize(("rule", "what", "spoil"), SPOILT, ids=[f"{r.__name__}: {w}" for r, w, _ in SPOILT])
def test_a_breach_is_noticed(rule: policies.Rule, what: str, spoil: Callable[[Docs], None]) -> None:
    found = docs("trial")
    spoil(found)
    try:
        complaints = list(rule(found))
    except KeyError as missing:
        complaints = [str(missing)]
    assert complaints, what


def test_a_production_image_by_tag_is_noticed() -> None:
    found = docs("production")
    _order(found).container["image"] = "registry.example.com/omo-order:1.0"
    assert list(policies.images(found)) == ["order: registry.example.com/omo-order:1.0"]


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in SPOILT} == set(policies.RULES)
