"""Protobuf messages as the JSON that models document, and bodies as messages: by the names that both share.

A model says which fields of a message are shown; a field that its message
does not have stops the process when the model is first used, so the two
cannot drift apart. The translation of a model is put together once.
"""

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from pydantic import BaseModel

Show = Callable[[Any], Any]
M = TypeVar("M", bound=Message)

_TIME = "google.protobuf.Timestamp"
_MONEY = "omo.type.v1.Money"


def show(model: type[BaseModel], message: Message) -> dict[str, Any]:
    """The message as the model shows it."""
    shown: dict[str, Any] = _shower(model, message.DESCRIPTOR)(message)
    return shown


def show_all(model: type[BaseModel], messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Each message as the model shows it."""
    return [show(model, message) for message in messages]


def fill(message: M, body: BaseModel, **named: Any) -> M:
    """The message with what the body says, and what is named beside it."""
    fields: Mapping[str, Any] = message.DESCRIPTOR.fields_by_name
    for name in type(body).model_fields:
        value = getattr(body, name)
        if value is not None:
            _put(message, fields[name], value)
    for name, value in named.items():
        _put(message, fields[name], value)
    return message


def time(value: Any) -> str:
    """A timestamp as RFC 3339 in UTC, to the millisecond."""
    at = datetime.fromtimestamp(value.seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{value.nanos // 1_000_000:03d}Z"


def money(value: Any) -> dict[str, Any]:
    """An amount of money: minor units."""
    return {"currency": value.currency_code, "amount": value.minor_units}


@cache
def names(enum: EnumDescriptor) -> Mapping[int, str | None]:
    """An enum's numbers with their short names; the unspecified one is nothing."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.number: value.name.removeprefix(prefix) if value.number else None for value in enum.values}


def number(enum: EnumDescriptor, short: str) -> int:
    """The number of a short name."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    found: int = enum.values_by_name[f"{prefix}{short}"].number
    return found


@cache
def _shower(model: type[BaseModel], descriptor: Descriptor) -> Show:
    plan = []
    for name, field in model.model_fields.items():
        if name not in descriptor.fields_by_name:
            raise TypeError(f"{model.__name__}.{name}: {descriptor.full_name} has no such field")
        plan.append((name, _field(descriptor.fields_by_name[name], field.annotation)))

    def shown(message: Any) -> dict[str, Any]:
        return {name: get(message) for name, get in plan}

    return shown


def _field(field: FieldDescriptor, annotation: Any) -> Show:
    name = field.name
    get = attrgetter(name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return lambda message: dict(get(message))
    if field.is_repeated:
        one = _value(field, _inner(annotation))
        return (lambda message: [one(item) for item in get(message)]) if one else (lambda message: list(get(message)))
    value = _value(field, annotation)
    if field.message_type is not None or field.containing_oneof is not None:
        convert = value or _same
        return lambda message: convert(get(message)) if message.HasField(name) else None
    if value is not None:
        return lambda message: value(get(message))
    if field.type == FieldDescriptor.TYPE_STRING and _optional(annotation):
        return lambda message: get(message) or None
    return get


def _value(field: FieldDescriptor, annotation: Any) -> Show | None:
    """How one value of the field is shown; None: as it is."""
    if field.enum_type is not None:
        return names(field.enum_type).get
    if field.message_type is None:
        return None
    if field.message_type.full_name == _TIME:
        return time
    if field.message_type.full_name == _MONEY:
        return money
    return _shower(_model(annotation), field.message_type)


def _same(value: Any) -> Any:
    return value


def _optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _inner(annotation: Any) -> Any:
    """What a list holds."""
    return typing.get_args(annotation)[0]


def _model(annotation: Any) -> type[BaseModel]:
    """The model in an annotation, be it optional or not."""
    found: Any = annotation
    if typing.get_origin(found) in (typing.Union, types.UnionType):
        found = next(part for part in typing.get_args(found) if part is not type(None))
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise TypeError(f"{annotation} shows no message")
    return found


def _put(message: Any, field: FieldDescriptor, value: Any) -> None:
    held = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        held.update(value)
    elif field.is_repeated and field.message_type is not None:
        for item in value:
            _assign(held.add(), field.message_type, item)
    elif field.is_repeated and field.enum_type is not None:
        held.extend(number(field.enum_type, item) for item in value)
    elif field.is_repeated:
        held.extend(value)
    elif field.message_type is not None:
        held.SetInParent()
        _assign(held, field.message_type, value)
    elif field.enum_type is not None and isinstance(value, str):
        setattr(message, field.name, number(field.enum_type, value))
    else:
        setattr(message, field.name, value)


def _assign(message: Any, descriptor: Descriptor, value: Any) -> None:
    if isinstance(value, Message):
        message.CopyFrom(value)
    elif descriptor.full_name == _TIME:
        message.FromDatetime(value)
    elif descriptor.full_name == _MONEY:
        message.currency_code, message.minor_units = value.currency, value.amount
    else:
        fill(message, value)


def choose(message: Message, **chosen: str) -> None:
    """Sets enum fields by their short names; an empty one stays unset."""
    for name, short in chosen.items():
        if short:
            field: Any = message.DESCRIPTOR.fields_by_name[name]
            setattr(message, name, number(field.enum_type, short))
