"""Rules that tie the code to the contracts: reasons, permissions, verbs."""

import importlib
from collections.abc import Iterable, Iterator, Mapping

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor

from kit.errors import Fault
from omo.type.v1 import annotations_pb2
from tests.house.tree import ROOT, sources

Reasons = Mapping[str, str]


def contract_files(service: str) -> list[FileDescriptor]:
    """The contracts of one package omo.<service>.v1."""
    for path in sorted((ROOT / "gen" / "omo" / service / "v1").glob("*_pb2.py")):
        importlib.import_module(f"omo.{service}.v1.{path.stem}")
    names = sorted(path.name for path in (ROOT / "protos" / "omo" / service / "v1").glob("*.proto"))
    pool = descriptor_pool.Default()
    return [pool.FindFileByName(f"omo/{service}/v1/{name}") for name in names]


def reasons(service: str) -> Reasons:
    """Reason -> gRPC status, as a package's reason.proto promises."""
    found: dict[str, str] = {}
    for file in contract_files(service):
        for enum in file.enum_types_by_name.values() if file.name.endswith("/reason.proto") else ():
            for value in enum.values[1:]:
                status = value.GetOptions().Extensions[annotations_pb2.status]
                found[value.name.removeprefix("REASON_")] = status
    return found


def methods(service: str) -> set[str]:
    """Every RPC of a package as gRPC addresses it."""
    return {
        f"/{served.full_name}/{method.name}"
        for file in contract_files(service)
        for served in file.services_by_name.values()
        for method in served.methods
    }


def faults() -> Iterator[type[Fault]]:
    """Every refusal that the imported code knows."""
    waiting: list[type[Fault]] = [Fault]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one is not Fault and not one.__module__.startswith("tests."):
            yield one


def load(*folders: str) -> None:
    """Imports every module of some top folders, so that all they declare is known."""
    for source in sources(folders):
        importlib.import_module(source.module)


def unpromised(known: Iterable[type[Fault]], shared: Reasons, own: Mapping[str, Reasons]) -> list[str]:
    """Refusals whose reason no contract names, or names with another status."""
    found = []
    for fault in known:
        parts = fault.__module__.split(".")
        service = parts[1] if parts[0] in {"services", "gateway"} else ""
        promised = {**shared, **own.get(service, {})}
        status = promised.get(fault.reason)
        if status is None:
            found.append(f"{fault.__module__}.{fault.__name__}: no REASON_{fault.reason} in the contracts")
        elif status != fault.code.value:
            found.append(f"{fault.__module__}.{fault.__name__}: {fault.code.value}, but the contract says {status}")
    return found


def unguarded(promised: set[str], permissions: Mapping[str, object]) -> list[str]:
    """RPCs without a permission, and permissions of RPCs that do not exist."""
    gone = {method for method in permissions.keys() - promised if not _exists(method)}
    return sorted([f"{method}: no permission" for method in promised - permissions.keys()]) + sorted(
        f"{method}: no such RPC" for method in gone
    )


def _exists(method: str) -> bool:
    _, served, name = method.split("/")
    pool = descriptor_pool.Default()
    try:
        return name in pool.FindServiceByName(served).methods_by_name
    except KeyError:
        return False
