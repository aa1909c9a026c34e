"""Who may speak to whom is exactly who does: the policies against the addresses that the processes are told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deploy.rendered import Doc, Docs, Workload, docs, environment, named, of_kind, workloads

Edge = tuple[str, str, int]
_DOORS = {("gateway-http", 8080), ("gateway-storelink", 8443)}


@dataclass(frozen=True, slots=True)
class Network:
    """The cluster's network, decided by the rendered policies."""

    found: Docs

    def edges(self) -> Iterator[Edge]:
        """Every (caller, callee, port) that is let through, between all pods and to all their ports."""
        pods = workloads(self.found)
        for caller in pods:
            for callee in pods:
                ports = callee.ports.values() if caller.name != callee.name else ()
                yield from ((caller.name, callee.name, port) for port in ports if self._passes(caller, callee, port))

    def _passes(self, caller: Workload, callee: Workload, port: int) -> bool:
        out = any(_allows(rule, "to", callee, callee, port) for rule in self._rules("egress", caller))
        return out and any(_allows(rule, "from", caller, callee, port) for rule in self._rules("ingress", callee))

    def _rules(self, direction: str, pod: Workload) -> Iterator[Doc]:
        for policy in of_kind(self.found, "NetworkPolicy"):
            if _matches(policy["spec"]["podSelector"], pod):
                yield from policy["spec"].get(direction, ())


def _matches(selector: dict[str, Any], pod: Workload) -> bool:
    return bool(selector.get("matchLabels", {}).items() <= pod.labels.items())


def _allows(rule: Doc, key: str, peer: Workload, callee: Workload, port: int) -> bool:
    return _port_fits(rule, callee, port) and (key not in rule or any(_is_peer(each, peer) for each in rule[key]))


def _port_fits(rule: Doc, callee: Workload, port: int) -> bool:
    wanted = [each["port"] for each in rule["ports"] if each.get("protocol", "TCP") == "TCP"]
    return any((callee.ports.get(each) if isinstance(each, str) else each) == port for each in wanted)


def _is_peer(peer: Doc, pod: Workload) -> bool:
    if "ipBlock" in peer or "podSelector" not in peer:
        return False  # a block of addresses outside, or a whole other namespace: no pod of ours
    space = peer.get("namespaceSelector", {}).get("matchLabels", {})
    return space.items() <= {"app.kubernetes.io/part-of": "omo"}.items() and _matches(peer["podSelector"], pod)


# told where the broker is, as everybody is, and not interested
_SILENT = ("payment", "carrier", "einvoice", "messaging", "planner")
_CALLED = {f"OMO_{name}_URL" for name in ("SIMULATOR", "CARRIER", "EINVOICE", "WEBHOOK", "LINE_API", "SMS_WEBHOOK")}


def spoken(found: Docs) -> Iterator[Edge]:
    """What the processes' own settings say that they call."""
    for each in workloads(found):
        for key, value in environment(found, each).items():
            yield from _named(each, key, value)


def _named(caller: Workload, key: str, value: str) -> Iterator[Edge]:
    if key.endswith("_TARGET"):
        host, _, port = value.partition(":")
        yield caller.name, host, int(port)
    elif key in _CALLED or (key == "OMO_NATS_URL" and caller.name not in _SILENT):
        place = urlsplit(value)
        yield caller.name, str(place.hostname), int(place.port or 0)
    elif key in ("OMO_POSTGRES_DSN_FILE", "OMO_MIGRATE_DSN_FILE", "PGHOST"):
        yield caller.name, "postgres", 5432
    elif key == "OMO_VALKEY_URL_FILE":
        yield caller.name, "valkey", 6379


def test_what_is_called_is_open_and_nothing_else() -> None:
    found = docs("trial")
    # the doors stand open to anybody; that one of us does not call them is not the network's business
    opened = {edge for edge in Network(found).edges() if edge[1:] not in _DOORS}
    called = {edge for edge in spoken(found) if edge[1:] not in _DOORS}
    assert opened == called
    assert ("order", "inventory", 9000) in opened
    assert ("order", "attribution", 9000) not in opened


def test_the_simulator_reaches_the_gateway() -> None:
    reached = set(Network(docs("trial")).edges())
    assert {(name, "gateway-http", 8080) for name in ("payment", "carrier", "messaging")} <= reached


@pytest.mark.parametrize("overlay", ["trial", "production"])
def test_nobody_is_the_default(overlay: str) -> None:
    nobody = named(docs(overlay), "NetworkPolicy", "nobody")
    assert nobody["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize(
    "policy", of_kind(docs("trial"), "NetworkPolicy"), ids=lambda policy: policy["metadata"]["name"]
)
def test_without_a_policy_something_is_shut(policy: Doc) -> None:
    """Of the policies, each opens something, except the two that are for the cluster and the default."""
    name = policy["metadata"]["name"]
    whole = set(Network(docs("trial")).edges())
    left = set(Network(tuple(doc for doc in docs("trial") if doc != policy)).edges())
    assert (left == whole) is (name in ("nobody", "names", "metrics"))


def test_production_differs_by_one_way_out() -> None:
    base = {doc["metadata"]["name"]: doc["spec"] for doc in of_kind(docs("trial"), "NetworkPolicy")}
    found = {doc["metadata"]["name"]: doc["spec"] for doc in of_kind(docs("production"), "NetworkPolicy")}
    extra = found.pop("member-to-messages")
    assert all(base[name] == spec for name, spec in found.items())
    assert extra["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "member"}
    (way,) = extra["egress"]
    assert way["ports"] == [{"port": 443}, {"port": 587}]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(way["to"][0]["ipBlock"]["except"])


def test_only_member_may_leave_the_cluster() -> None:
    for overlay in ("trial", "production"):
        blocks = [
            policy["metadata"]["name"]
            for policy in of_kind(docs(overlay), "NetworkPolicy")
            for rule in policy["spec"].get("egress", ())
            if "to" not in rule or any("ipBlock" in peer for peer in rule["to"])
        ]
        assert blocks == (["member-to-messages"] if overlay == "production" else [])
