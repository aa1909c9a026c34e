"""Fields that every service reads and writes alike: ids, codes, texts, times."""

import re
import uuid
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import invalid

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")


def identifier(field: str, text: str) -> str:
    """A UUID as lower-case text."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise invalid(field, "must be a UUID") from None


def code(field: str, text: str) -> str:
    """A code of the operator's own, as it stands in a protobuf request."""
    if not _CODE.fullmatch(text):
        raise invalid(field, "must be 1 to 64 letters, digits or . _ / -")
    return text


def text(field: str, value: str, longest: int, *, empty: bool = False) -> str:
    """Free text without the blanks around it."""
    value = value.strip()
    if len(value) > longest or not (value or empty):
        raise invalid(field, f"must be {0 if empty else 1} to {longest} characters")
    return value


def timestamp(moment: datetime) -> Timestamp:
    """A moment, without the slow road through strings."""
    return Timestamp(seconds=int(moment.timestamp() // 1), nanos=moment.microsecond * 1000)


def moment(message: Timestamp) -> datetime:
    """A moment, aware and in UTC."""
    return message.ToDatetime(UTC)
