"""Rules on who may import whom."""

import sys
from collections.abc import Callable, Iterable, Iterator

from tests.house.tree import Source, imports

_RANK = {"servicer": 3, "reactions": 3, "usecases": 2, "store": 1, "wire": 1, "domain": 0}
_PUBLISHED = {
    "omo_pricing": {"omo_pricing"},
    "omo_storelink": {"omo_storelink", "omo_pricing", "omo"},
}
_OURS = {"kit", "services", "gateway", "cli", "simulators", "omo", "omo_pricing", "omo_storelink", "tests", "tools"}
_SERVER_SIDE = {"services", "gateway", "cli", "simulators", "omo_pricing", "omo_storelink", "tests", "tools"}
_PURE = {"kit.errors", "omo_pricing"}

Complaint = str | None


def _each(sources: Iterable[Source], judge: Callable[[Source, str], Complaint]) -> list[str]:
    return [
        f"{source.path}:{line} imports {name}: {complaint}"
        for source in sources
        for line, name in imports(source)
        if (complaint := judge(source, name))
    ]


def _role(module: str) -> str | None:
    """The role of services.<service>.<capability>.<role>; a split role keeps its name in front."""
    parts = module.split(".")
    if len(parts) < 4:
        return None
    return next((role for role in _RANK if parts[3] == role or parts[3].startswith(f"{role}_")), None)


def _judge_roles(source: Source, name: str) -> Complaint:
    here, there = source.module.split("."), name.split(".")
    if here[0] != "services" or there[:2] != here[:2]:
        return None
    mine, other = _role(source.module), _role(name)
    if other is None:
        return None
    if mine is None:
        composes = len(here) < 4 or here[3] == "room"
        free = composes or _RANK[other] < _RANK["servicer"]
        return None if free else "only main and a capability's room compose servicers and reactions"
    if mine == other:
        return None
    return None if _RANK[other] < _RANK[mine] else f"{mine} stands below {other}, or beside it"


def upward_imports(sources: Iterable[Source]) -> list[str]:
    """servicer | reactions -> usecases -> store | wire -> domain, never upward and never sideways."""
    return _each(sources, _judge_roles)


def _judge_domain(source: Source, name: str) -> Complaint:
    if _role(source.module) != "domain":
        return None
    top = name.split(".")[0]
    if top in sys.stdlib_module_names or any(name == pure or name.startswith(f"{pure}.") for pure in _PURE):
        return None
    same_service = source.module.split(".")[:2] == name.split(".")[:2]
    return None if same_service and _role(name) == "domain" else "a domain is pure: the standard library and kit.errors"


def impure_domains(sources: Iterable[Source]) -> list[str]:
    """A domain knows no protobuf, no database and no machinery."""
    return _each(sources, _judge_domain)


def _judge_store(source: Source, name: str) -> Complaint:
    knows = _role(source.module) == "store" and name.startswith("omo.")
    return "only wire knows both protobuf and domain" if knows else None


def protobuf_in_stores(sources: Iterable[Source]) -> list[str]:
    """A store takes and gives domain values; protobuf stops at wire."""
    return _each(sources, _judge_store)


def _judge_packages(source: Source, name: str) -> Complaint:
    here, there = source.module.split("."), name.split(".")
    if there[0] not in _OURS:
        return None
    if here[0] == "services" and there[0] == "services":
        return None if here[1:2] == there[1:2] else "services never import each other; call the contract"
    if there[0] == "services":
        return "services are reached through their contracts only"
    if here[0] == "kit" and there[0] in _SERVER_SIDE:
        return "kit is machinery and imports nothing of ours but contracts"
    if here[0] in _PUBLISHED and there[0] not in _PUBLISHED[here[0]]:
        return f"{here[0]} is published alone"
    wrong_way = here[0] in {"services", "gateway", "simulators"} and there[0] in {"gateway", "cli", "tests", "tools"}
    return "nothing deployed leans on this" if wrong_way and here[0] != there[0] else None


def crossed_borders(sources: Iterable[Source]) -> list[str]:
    """Services apart, gateway and cli on contracts only, kit below all, the published packages alone."""
    return _each(sources, _judge_packages)


def _judge_pydantic(source: Source, name: str) -> Complaint:
    allowed = source.parts[0] in {"gateway", "simulators", "cli"} or source.parts[-1] == "settings.py"
    return None if allowed or name.split(".")[0] != "pydantic" else "pydantic lives in the gateway and in settings"


def pydantic_inside(sources: Iterable[Source]) -> list[str]:
    """Inside the house values are frozen dataclasses."""
    return _each(sources, _judge_pydantic)


def settings_elsewhere(sources: Iterable[Source]) -> list[str]:
    """Only settings read the environment; the command line may hand its own on to children."""
    return [
        f"{source.path}:{line} reads the environment: put the value into kit/settings.py"
        for source in sources
        if source.path != "kit/settings.py" and source.parts[0] not in {"cli", "tests", "tools", "benchmarks"}
        for line in _environment(source)
    ]


_DRIVERS = ("asyncpg.InterfaceError", "asyncpg.InternalClientError", "asyncpg.PostgresConnectionError")


def _environment(source: Source) -> Iterator[int]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if "os.environ" in line or "os.getenv" in line or "from os import environ" in line:
            yield number


def own_troubles(sources: Iterable[Source]) -> list[str]:
    """What a lost database looks like is said once: a loop that forgets one of its errors ends its process."""
    return [
        f"{source.path}:{number} names the driver's own errors: catch kit.postgres.TROUBLE"
        for source in sources
        if source.path != "kit/postgres.py" and source.parts[0] not in {"tests", "tools", "benchmarks"}
        for number, line in enumerate(source.text.splitlines(), 1)
        if any(name in line for name in _DRIVERS)
    ]
