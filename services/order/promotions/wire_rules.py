"""Promotion rules as messages and as the engine's document: the same names, a oneof for each kind."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import invalid

M = TypeVar("M", bound=Message)
# times end in _time in a contract, and read as words in a document
_WORDS = {"start_time": "from", "end_time": "until", "start": "from", "end": "until"}
_NAMES = {"from": ("start_time", "start"), "until": ("end_time", "end")}
_KIND = "kind"


def document(message: Message) -> dict[str, Any]:
    """A message as the document that the engine reads; what is left out stays out."""
    told: dict[str, Any] = {}
    field: Any
    for field, value in message.ListFields():
        if field.containing_oneof is not None and field.containing_oneof.name == _KIND:
            return {_KIND: field.name, **document(value)}
        told[_WORDS.get(field.name, field.name)] = _plain(field, value)
    return told


def fill(message: M, told: Mapping[str, Any]) -> M:
    """A document that the engine has read, as a message."""
    message.SetInParent()
    if _KIND in message.DESCRIPTOR.oneofs_by_name:
        rest = {word: value for word, value in told.items() if word != _KIND}
        fill(getattr(message, told[_KIND]), rest)
        return message
    for word, value in told.items():
        names = _NAMES.get(word, (word,))
        field: Any = next(found for name in names if (found := message.DESCRIPTOR.fields_by_name.get(name)))
        _set(message, field, value)
    return message


def _plain(field: FieldDescriptor, value: Any) -> Any:
    if field.is_repeated:
        return [_one(field, each) for each in value]
    return _one(field, value)


def _one(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Timestamp):
        return _moment(field, value)
    if isinstance(value, Message):
        return document(value)
    return _word(field.enum_type, value) if field.enum_type is not None else value


def _moment(field: FieldDescriptor, value: Timestamp) -> str:
    try:
        return value.ToDatetime().isoformat() + "Z"
    except (ValueError, OverflowError):
        raise invalid(field.name, "must be a time of this calendar") from None


def _word(enum: EnumDescriptor, number: int) -> str:
    """`line` for PROMOTION_STAGE_LINE; what we do not know is left to the engine to refuse."""
    known = enum.values_by_number.get(number)
    return known.name.removeprefix(_prefix(enum)).lower() if known else str(number)


def _prefix(enum: EnumDescriptor) -> str:
    return enum.values_by_number[0].name.removesuffix("UNSPECIFIED")


def _set(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        _extend(getattr(message, field.name), value)
    elif field.message_type is None:
        enum = field.enum_type
        setattr(message, field.name, value if enum is None else _number(enum, value))
    elif field.message_type.full_name == Timestamp.DESCRIPTOR.full_name:
        getattr(message, field.name).FromJsonString(value)
    else:
        fill(getattr(message, field.name), value)


def _extend(values: Any, given: Sequence[Any]) -> None:
    for each in given:
        if isinstance(each, Mapping):
            fill(values.add(), each)
        else:
            values.append(each)


def _number(enum: EnumDescriptor, word: str) -> int:
    return int(enum.values_by_name[_prefix(enum) + word.upper()].number)
