"""The contracts as the compiler sees them, with their comments."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from tools import contracts

_MESSAGES, _SERVICES, _FIELDS, _METHODS, _NESTED = 4, 6, 2, 2, 3
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """One thing that a contract declares."""

    file: FileDescriptorProto
    name: str
    path: Path

    @property
    def comment(self) -> str:
        """What its author says of it."""
        for place in self.file.source_code_info.location:
            if tuple(place.path) == self.path:
                return f"{place.leading_comments} {place.trailing_comments}".strip()
        return ""


@dataclass(frozen=True, slots=True)
class Message(Described):
    """A message with its fields."""

    message: DescriptorProto


@cache
def files() -> tuple[FileDescriptorProto, ...]:
    """Our own contracts."""
    return tuple(file for file in contracts.describe().file if file.package.startswith("omo."))


def _below(file: FileDescriptorProto, prefix: str, path: Path, message: DescriptorProto) -> Iterator[Message]:
    name = f"{prefix}.{message.name}"
    yield Message(file, name, path, message)
    for index, inner in enumerate(message.nested_type):
        yield from _below(file, name, (*path, _NESTED, index), inner)


def messages() -> Iterator[Message]:
    """Every message, nested ones too."""
    for file in files():
        for index, message in enumerate(file.message_type):
            yield from _below(file, file.package, (_MESSAGES, index), message)


def fields() -> Iterator[tuple[str, FieldDescriptorProto]]:
    """Every field under its full name."""
    for one in messages():
        for field in one.message.field:
            yield f"{one.name}.{field.name}", field


def services() -> Iterator[Described]:
    """Every service."""
    for file in files():
        for index, service in enumerate(file.service):
            yield Described(file, f"{file.package}.{service.name}", (_SERVICES, index))


def calls() -> Iterator[Described]:
    """Every RPC."""
    for file in files():
        for index, service in enumerate(file.service):
            for place, method in enumerate(service.method):
                name = f"{file.package}.{service.name}.{method.name}"
                yield Described(file, name, (_SERVICES, index, _METHODS, place))
