"""When the brand answers: how long somebody may wait is counted in hours of service, not of the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kit.errors import invalid

_DAY = timedelta(days=1)
# a brand that is closed for longer has other troubles than an unanswered word
_DAYS = 400
_MOST = 28
LONGEST_MINUTES = 10_080


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes of the brand's day; an end that is not after its start is of the next day."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """No window at all: round the clock."""

    version: int
    minutes: int
    windows: tuple[Window, ...] = ()
    closed: frozenset[date] = frozenset()


def check(hours: Hours) -> None:
    """Refuses hours that could not be kept, and says where."""
    if not 1 <= hours.minutes <= LONGEST_MINUTES:
        raise invalid("hours.answer_minutes", f"must be 1 to {LONGEST_MINUTES}")
    if len(hours.windows) > _MOST:
        raise invalid("hours.windows", f"must be at most {_MOST}")
    if len(hours.closed) > _DAYS:
        raise invalid("hours.closed_days", f"must be at most {_DAYS}")
    for index, one in enumerate(hours.windows):
        if not 1 <= one.weekday <= 7:
            raise invalid(f"hours.windows[{index}].weekday", "must be 1 (Monday) to 7 (Sunday)")


def due(hours: Hours, zone: ZoneInfo, now: datetime) -> datetime:
    """When so many minutes of service have passed from now on; an hour that two windows name passes once."""
    left, moment = timedelta(minutes=hours.minutes), now.astimezone(UTC)
    if not hours.windows:
        return moment + left
    first = moment.astimezone(zone).date() - _DAY
    for day in (first + index * _DAY for index in range(_DAYS)):
        for start, end in _of(hours, day, zone):
            begin = max(start, moment)
            if begin >= end:
                continue
            if begin + left <= end:
                return begin + left
            left, moment = left - (end - begin), end
    return now + timedelta(minutes=hours.minutes)


def _of(hours: Hours, day: date, zone: ZoneInfo) -> Sequence[tuple[datetime, datetime]]:
    """The windows that begin on a day, in order."""
    if day in hours.closed:
        return ()
    found = sorted((one.start, one.end) for one in hours.windows if one.weekday == day.isoweekday())
    return [(_at(day, start, zone), _at(day if end > start else day + _DAY, end, zone)) for start, end in found]


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone).astimezone(UTC)
