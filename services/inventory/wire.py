"""Fields that every capability reads and writes alike: codes, texts, quantities, times."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields
from kit.access import Actor, Kind
from kit.errors import invalid
from omo.type.v1 import actor_pb2

# the brand's own codes may be in any script; what cannot be read aloud or would hide in a log cannot be one
_CODE = re.compile(r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
LARGEST = 1_000_000
_AHEAD = timedelta(minutes=5)


def code(field: str, value: str) -> str:
    """One of the brand's own codes."""
    if not _CODE.fullmatch(value):
        raise invalid(field, "must be 1 to 64 characters, without control characters and blanks at the ends")
    return value


def key(field: str, value: str) -> str:
    """An id that the caller made."""
    if not _PRINTABLE.fullmatch(value):
        raise invalid(field, "must be 1 to 255 printable ASCII characters")
    return value


def identifier(field: str, value: str) -> str:
    """A UUID as lower-case text."""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise invalid(field, "must be a UUID") from None


def text(field: str, value: str, longest: int, *, empty: bool = True) -> str:
    """Free text without the blanks around it."""
    value = value.strip()
    if len(value) > longest or not (value or empty):
        raise invalid(field, f"must be {0 if empty else 1} to {longest} characters")
    return value


def choice(field: str, enum: Any, value: Any, prefix: str) -> str:
    """An enum's value by its name without the prefix; UNSPECIFIED is one, a number that we do not know is not."""
    if value not in enum.values():
        raise invalid(field, "is no value of this field")
    return str(enum.Name(value)).removeprefix(prefix)


def quantity(field: str, value: int) -> int:
    """How many base units a command may speak of."""
    if not 1 <= value <= LARGEST:
        raise invalid(field, f"must be 1 to {LARGEST}")
    return value


def between(field: str, value: int, least: int, most: int) -> int:
    """A number within its bounds."""
    if not least <= value <= most:
        raise invalid(field, f"must be {least} to {most}")
    return value


def timestamp(moment: datetime) -> Timestamp:
    """A moment, without the slow road through strings."""
    return Timestamp(seconds=int(moment.timestamp() // 1), nanos=moment.microsecond * 1000)


def moment(message: Timestamp, field: str = "business_time") -> datetime:
    """A moment, aware and in UTC."""
    return fields.moment(message, field)


def past(request: Any, name: str, now: datetime) -> datetime:
    """When it happened, as far as it is said: not in the future, but for a clock that is a little ahead."""
    if not request.HasField(name):
        return now
    said = moment(getattr(request, name), name)
    if said > now + _AHEAD:
        raise invalid(name, "must not be in the future")
    return min(said, now)


def actor(kind: str, identity: str, terminal_id: str) -> actor_pb2.Actor:
    """Who did it, as a row keeps it."""
    return Actor(Kind(kind), identity, terminal_id).to_proto()
