"""The methods of the suite's services, found in the compiled contracts by the names that people type."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.message import Message

import omo
from cli.stack.databases import SERVICES
from cli.stack.trouble import Trouble

_AUDIT = "omo.audit.v1"


@dataclass(frozen=True, slots=True)
class Method:
    """One method: which process serves it, its path, and its messages."""

    process: str
    path: str
    request: type[Message]
    response: type[Message]

    @property
    def shape(self) -> str:
        """What may be asked, in one line."""
        fields = self.request.DESCRIPTOR.fields
        return f"its fields are {', '.join(field.name for field in fields)}" if fields else "it has no fields: say {}"


def find(name: str) -> Method:
    """`StockService.Hold`; a proof is asked of one service: `inventory.AuditService.Prove`."""
    known = methods()
    found = known.get(name) or next((each for each in known.values() if each.path.strip("/") == name.strip("/")), None)
    if found is None:
        raise Trouble(f"there is no {name}", "`omoctl call` without a method lists all")
    return found


@cache
def methods() -> Mapping[str, Method]:
    """Every unary method by its short name."""
    return {name: method for file in _files() for name, method in _of(file)}


def _of(file: FileDescriptor) -> Iterator[tuple[str, Method]]:
    for service in file.services_by_name.values():
        for method in service.methods:
            if method.client_streaming or method.server_streaming:
                continue
            for process, prefix in _processes(file.package):
                yield f"{prefix}{service.name}.{method.name}", _method(process, method)


def _processes(package: str) -> list[tuple[str, str]]:
    """Who serves a package: its own service; the audit is served by each, so its name says which."""
    if package == _AUDIT:
        return [(service, f"{service}.") for service in SERVICES]
    service = package.split(".")[1]
    return [(service, "")] if service in SERVICES else []


def _method(process: str, method: MethodDescriptor) -> Method:
    path = f"/{method.containing_service.full_name}/{method.name}"
    kinds = (message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))
    return Method(process, path, *kinds)


def _files() -> Iterator[FileDescriptor]:
    pool = descriptor_pool.Default()
    for root in map(Path, omo.__path__):
        for place in sorted(root.rglob("*_service_pb2.py")):
            name = str(place.relative_to(root.parent).with_suffix(""))
            importlib.import_module(name.replace("/", "."))
            yield pool.FindFileByName(f"{name.removesuffix('_pb2')}.proto")
