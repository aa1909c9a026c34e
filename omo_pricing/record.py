"""Frozen dataclasses as plain documents and back, so that a price can be stored as it was."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from omo_pricing.errors import RecordError

T = TypeVar("T")
Reader = Callable[[object, str], object]
Writer = Callable[[Any], object]


def plain(value: object) -> object:
    """Objects, lists, texts, whole numbers, true, false and null: the same for the same value, always."""
    kind: Any = type(value)
    return _writer(kind)(value)


def read(of: type[T], data: object, path: str = "") -> T:
    """The value that `plain` made this document of; fields that were added since are left alone."""
    return cast(T, _reader(cast(Hashable, of))(data, path))


@cache
def _writer(of: Any) -> Writer:
    """How to write one type; found once per type."""
    if is_dataclass(of):
        names = tuple(field.name for field in fields(of))
        return lambda value: {name: plain(getattr(value, name)) for name in names}
    if issubclass(of, tuple):
        return lambda value: [plain(element) for element in value]
    if issubclass(of, Mapping):
        return lambda value: {name: plain(element) for name, element in value.items()}
    if issubclass(of, StrEnum):
        return str.__str__
    return datetime.isoformat if issubclass(of, datetime) else lambda value: value


@cache
def _reader(of: Hashable) -> Reader:
    """How to read one type; found once per type."""
    origin, arguments = get_origin(of), get_args(of)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is Mapping:
        return _mapping_reader(_reader(arguments[1]))
    if origin is UnionType:
        return _union_reader(arguments)
    if isinstance(of, type) and is_dataclass(of):
        return _object_reader(of)
    if isinstance(of, type) and issubclass(of, StrEnum | datetime):
        return _text_reader(of)
    return _scalar_reader((cast(type, of),))


def _object_reader(of: type) -> Reader:
    readers = {name: _reader(hint) for name, hint in get_type_hints(of).items()}
    # what was added since a document was written has a default
    needed = [each.name for each in fields(of) if each.default is MISSING and each.default_factory is MISSING]

    def read_object(data: object, path: str) -> object:
        if not isinstance(data, Mapping):
            raise RecordError(path, "must be an object")
        missing = next((name for name in needed if name not in data), None)
        if missing:
            raise RecordError(f"{path}.{missing}", "must be given")
        return of(**{name: reader(data[name], f"{path}.{name}") for name, reader in readers.items() if name in data})

    return read_object


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    def read_tuple(data: object, path: str) -> object:
        if not isinstance(data, list):
            raise RecordError(path, "must be a list")
        kinds = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) != len(data):
            raise RecordError(path, f"must be a list of {len(kinds)}")
        pairs = enumerate(zip(kinds, data, strict=True))
        return tuple(_reader(kind)(element, f"{path}[{place}]") for place, (kind, element) in pairs)

    return read_tuple


def _mapping_reader(reader: Reader) -> Reader:
    def read_mapping(data: object, path: str) -> object:
        if not isinstance(data, Mapping):
            raise RecordError(path, "must be an object")
        return {name: reader(value, f"{path}.{name}") for name, value in data.items()}

    return read_mapping


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    present = [argument for argument in arguments if argument is not NoneType]
    scalars = tuple(argument for argument in present if argument in {int, str, bool})
    reader = _scalar_reader(cast(tuple[type, ...], scalars)) if scalars else _reader(present[0])

    def read_union(data: object, path: str) -> object:
        return None if data is None and NoneType in arguments else reader(data, path)

    return read_union


def _text_reader(of: type[StrEnum | datetime]) -> Reader:
    make = cast(Callable[[str], object], of.fromisoformat if issubclass(of, datetime) else of)

    def read_text(data: object, path: str) -> object:
        try:
            return make(cast(str, data))
        except (TypeError, ValueError) as error:
            raise RecordError(path, f"must be a {of.__name__}") from error

    return read_text


def _scalar_reader(kinds: tuple[type, ...]) -> Reader:
    def read_scalar(data: object, path: str) -> object:
        if type(data) not in kinds:
            raise RecordError(path, f"must be {' or '.join(kind.__name__ for kind in kinds)}")
        return data

    return read_scalar
