"""Fields that every service reads and writes alike: ids, codes, texts, times."""

import re
import uuid
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import invalid

_NO_NUL = "must not hold the character NUL"
# 1970-01-01: where a clock with an empty battery begins; 2200-01-01
_FIRST, _END = 0, 7_258_118_400
# no till is older than this, and none may be more than a year ahead
_OLDEST, _AHEAD = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), timedelta(days=366).total_seconds()
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


def is_code(text: str) -> bool:
    """Whether `code` would take it: for facts, of which nothing is refused."""
    return _CODE.fullmatch(text) is not None


def text(field: str, value: str, longest: int, *, empty: bool = False) -> str:
    """Free text without the blanks around it."""
    value = value.strip()
    if len(value) > longest or not (value or empty):
        raise invalid(field, f"must be {0 if empty else 1} to {longest} characters")
    if "\x00" in value:
        raise invalid(field, _NO_NUL)
    return value


def timestamp(moment: datetime) -> Timestamp:
    """A moment, without the slow road through strings."""
    return Timestamp(seconds=int(moment.timestamp() // 1), nanos=moment.microsecond * 1000)


def moment(message: Timestamp, field: str = "business_time") -> datetime:
    """A moment, aware and in UTC, with room on both sides for reckoning in days and zones."""
    if not (_FIRST <= message.seconds < _END and 0 <= message.nanos < 1_000_000_000):
        raise invalid(field, "must be a time of the years 1970 to 2199")
    return message.ToDatetime(UTC)


def possible(told: Timestamp, now: datetime) -> bool:
    """Whether a till's clock can mean this; what cannot be meant happened, for all we know, when it came in."""
    return _OLDEST <= told.seconds <= now.timestamp() + _AHEAD and 0 <= told.nanos < 1_000_000_000


def readable(field: str, message: Message) -> None:
    """Refuses what no owner could keep: a device's fact that passes must not fail for ever later on."""
    for one, value in message.ListFields():
        for each in value if one.is_repeated else (value,):
            if isinstance(each, Timestamp):
                moment(each, f"{field}.{one.name}")
            elif isinstance(each, Message):
                readable(f"{field}.{one.name}", each)
            elif isinstance(each, str) and "\x00" in each:
                raise invalid(f"{field}.{one.name}", _NO_NUL)
