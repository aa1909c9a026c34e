"""What every manifest of ours must keep; each rule answers with its complaints."""

from collections.abc import Callable, Iterator

from tests.deploy.rendered import Docs, Workload, named, of_kind, workloads

Rule = Callable[[Docs], Iterator[str]]
_GRACE = {"gateway-storelink": 90}
_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/part-of")
_CLUSTER = ("Namespace", "PriorityClass")
_ORDER = ("omo-door", "omo-owner", "omo-gateway", "omo-background")
_PRIORITY = {
    "gateway-storelink": "omo-door",
    "member": "omo-owner",
    "inventory": "omo-owner",
    "order": "omo-owner",
    "gateway-http": "omo-gateway",
    "attribution": "omo-background",
}


def unprivileged(docs: Docs) -> Iterator[str]:
    """No root, no writing, no privilege, no token of the cluster."""
    for each in workloads(docs):
        pod, container = each.pod, each.container
        whole, own = pod.get("securityContext", {}), container.get("securityContext", {})
        kept = {
            "runs as root": whole.get("runAsNonRoot") is True and whole.get("runAsUser", 0) > 0,
            "has no seccomp profile": whole.get("seccompProfile") == {"type": "RuntimeDefault"},
            "may gain privilege": own.get("allowPrivilegeEscalation") is False and not own.get("privileged"),
            "writes its root": own.get("readOnlyRootFilesystem") is True,
            "keeps capabilities": own.get("capabilities") == {"drop": ["ALL"]},
            "has the cluster's token": pod.get("automountServiceAccountToken") is False,
            "hears of every Service by environment": pod.get("enableServiceLinks") is False,
            "shares its node": not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
            "mounts its node": not any("hostPath" in volume for volume in pod.get("volumes", ())),
        }
        yield from (f"{each.kind} {each.name} {what}" for what, held in kept.items() if not held)


def our_user(docs: Docs) -> Iterator[str]:
    """Our images know user 10001."""
    for each in workloads(docs):
        if "omo-" in each.container["image"] and each.pod["securityContext"].get("runAsUser") != 10001:
            yield f"{each.name} runs as another user than the image is made for"


def images(docs: Docs) -> Iterator[str]:
    """No image may change under its name; the production's are named by digest."""
    by_digest = any(doc["metadata"].get("namespace") == "omo" for doc in docs)
    for each in workloads(docs):
        image = each.container["image"]
        tag = image.rpartition("/")[2].partition(":")[2]
        if (by_digest and "@sha256:" not in image) or (not by_digest and tag in ("", "latest")):
            yield f"{each.name}: {image}"


def probes(docs: Docs) -> Iterator[str]:
    """Each process is asked by the name of the probe, over gRPC where the kubelet can, else over HTTP."""
    for each in _processes(docs):
        for kind in ("startup", "readiness", "liveness"):
            probe = each.container.get(f"{kind}Probe", {})
            plain_grpc = "grpc" in each.ports and each.name not in _GRACE
            if plain_grpc and probe.get("grpc") != {"port": each.ports["grpc"], "service": kind}:
                yield f"{each.name} has no {kind} probe over gRPC"
            if not plain_grpc and probe.get("httpGet", {}).get("port") not in each.ports:
                yield f"{each.name} has no {kind} probe over HTTP"


def shutdown(docs: Docs) -> Iterator[str]:
    """Endpoints hear of it first; then there is time to drain."""
    for each in workloads(docs, "Deployment"):
        if each.container.get("lifecycle", {}).get("preStop") != {"sleep": {"seconds": 5}}:
            yield f"{each.name} does not wait for its endpoints"
        if each.pod.get("terminationGracePeriodSeconds") != _GRACE.get(each.name, 45):
            yield f"{each.name} has another grace period"


def rollout(docs: Docs) -> Iterator[str]:
    """A new pod is ready before an old one goes; replicas stand apart."""
    least = 3 if any(doc["metadata"].get("namespace") == "omo" for doc in docs) else 1
    for each in _processes(docs):
        spec = each.doc["spec"]
        if spec["strategy"].get("rollingUpdate") != {"maxSurge": 1, "maxUnavailable": 0}:
            yield f"{each.name} goes before it comes"
        if spec["replicas"] < least:
            yield f"{each.name} has {spec['replicas']} replicas"
        spread = {rule["topologyKey"]: rule["whenUnsatisfiable"] for rule in each.pod["topologySpreadConstraints"]}
        host = "DoNotSchedule" if least == 3 else "ScheduleAnyway"
        wanted = {"topology.kubernetes.io/zone": "ScheduleAnyway", "kubernetes.io/hostname": host}
        if spread != wanted or len(each.pod["topologySpreadConstraints"]) != 2:
            yield f"{each.name} does not stand apart: {spread}"


def disruption(docs: Docs) -> Iterator[str]:
    """One at a time, and a broken pod holds nobody up."""
    budgets = {doc["metadata"]["name"]: doc["spec"] for doc in of_kind(docs, "PodDisruptionBudget")}
    for each in _processes(docs):
        spec = budgets.get(each.name, {})
        if spec.get("maxUnavailable") != 1 or spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{each.name} has no disruption budget of one"
        if not spec or not _selects(spec["selector"]["matchLabels"], each):
            yield f"the disruption budget of {each.name} selects nothing"


def services(docs: Docs) -> Iterator[str]:
    """Each Service leads to a port that exists; those of gRPC servers are headless, the doors' are not."""
    for doc in of_kind(docs, "Service"):
        name, spec = doc["metadata"]["name"], doc["spec"]
        behind = [each for each in workloads(docs) if _selects(spec["selector"], each)]
        if len(behind) != 1:
            yield f"Service {name} leads to {len(behind)} workloads"
            continue
        if any(port["targetPort"] not in behind[0].ports for port in spec["ports"]):
            yield f"Service {name} leads to a port that is not there"
        inside = behind[0].labels["app.kubernetes.io/component"] in ("service", "backing")
        if (spec.get("clusterIP") == "None") is not inside or spec.get("publishNotReadyAddresses"):
            yield f"Service {name} is headless, or should be"


def resources(docs: Docs) -> Iterator[str]:
    """What it needs is asked for; memory ends, CPU is not throttled."""
    for each in workloads(docs):
        found = each.container.get("resources", {})
        if set(found.get("requests", ())) != {"cpu", "memory"} or set(found.get("limits", ())) != {"memory"}:
            yield f"{each.name} asks for {found}"


def labels(docs: Docs) -> Iterator[str]:
    """Everything says what it is part of, pods also which process they are; selectors select their own pods."""
    for doc in docs:
        if doc["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") != "omo":
            yield f"{doc['kind']} {doc['metadata']['name']} is part of nothing"
    for each in workloads(docs):
        yield from (f"{each.name} has no {label}" for label in _LABELS if label not in each.labels)
        if each.kind not in ("Job", "CronJob") and not _selects(each.doc["spec"]["selector"]["matchLabels"], each):
            yield f"{each.name} does not select its own pods"


def namespaces(docs: Docs) -> Iterator[str]:
    """One namespace, where the cluster itself enforces the restricted standard."""
    spaces = of_kind(docs, "Namespace")
    for space in spaces:
        if space["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{space['metadata']['name']} is not restricted"
    used = {doc["metadata"].get("namespace") for doc in docs if doc["kind"] not in _CLUSTER}
    if used != {space["metadata"]["name"] for space in spaces}:
        yield f"resources stand in {used}"


def secrets(docs: Docs) -> Iterator[str]:
    """Secrets are files that only the process may read: none by environment, none in these manifests."""
    yield from (f"Secret {doc['metadata']['name']} is written down" for doc in of_kind(docs, "Secret"))
    for each in workloads(docs):
        container = each.container
        if any("valueFrom" in told for told in container.get("env", ())):
            yield f"{each.name} gets something by environment from elsewhere"
        if any("secretRef" in source for source in container.get("envFrom", ())):
            yield f"{each.name} gets secrets by environment"
        modes = [volume["secret"].get("defaultMode") for volume in each.pod["volumes"] if "secret" in volume]
        if any(mode != 0o440 for mode in modes):
            yield f"{each.name}: everybody in the pod may read its secrets"


def settings_roll(docs: Docs) -> Iterator[str]:
    """A changed setting has another name, so that pods roll."""
    made = {doc["metadata"]["name"] for doc in of_kind(docs, "ConfigMap")}
    for each in workloads(docs):
        for source in each.container.get("envFrom", ()):
            name = source["configMapRef"]["name"]
            if name not in made or len(name.rpartition("-")[2]) != 10:
                yield f"{each.name} is told by {name}"


def priorities(docs: Docs) -> Iterator[str]:
    """The door before the truths, the truths before the HTTP door, who only listens last."""
    values = [named(docs, "PriorityClass", name)["value"] for name in _ORDER]
    if values != sorted(values, reverse=True) or len(set(values)) != len(values):
        yield f"the priorities are {values}"
    for each in _processes(docs):
        if each.pod.get("priorityClassName") != _PRIORITY[each.name]:
            yield f"{each.name} has another priority"


def _processes(docs: Docs) -> list[Workload]:
    return [each for each in workloads(docs, "Deployment") if each.name in _PRIORITY]


def _selects(selector: dict[str, str], each: Workload) -> bool:
    return selector.items() <= each.labels.items()


RULES: tuple[Rule, ...] = (
    unprivileged,
    our_user,
    images,
    probes,
    shutdown,
    rollout,
    disruption,
    services,
    resources,
    labels,
    namespaces,
    secrets,
    settings_roll,
    priorities,
)
