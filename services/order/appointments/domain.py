"""When a store receives shoppers, slot by slot, and what of it is free."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault, invalid

_DAY = 24 * 60
_MOST_DAYS, _MOST_CAPACITY = 50, 100
AHEAD = timedelta(days=90)


class SlotUnknown(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "SLOT_UNKNOWN"


class SlotFull(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "SLOT_FULL"


class StaffUnknown(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "STAFF_UNKNOWN"


class State(StrEnum):
    """Where an appointment stands."""

    BOOKED = "BOOKED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Opening:
    """A part of a weekday, in minutes from midnight; Monday is 1."""

    weekday: int
    open_minute: int
    close_minute: int


@dataclass(frozen=True, slots=True)
class Hours:
    """One version of a store's hours; without any, it receives nobody."""

    location_id: str
    version: int = 0
    slot_minutes: int = 30
    capacity: int = 1
    days: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which shoppers are received."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Appointment:
    """When a shopper comes for a task, and to whom."""

    appointment_id: str
    fulfilment_id: str
    location_id: str
    staff_code: str
    start: datetime
    end: datetime
    state: State = State.BOOKED
    version: int = 1


def slots(hours: Hours, day: date, zone: ZoneInfo) -> list[Slot]:
    """A day's slots; where clocks change, those that the day has."""
    found = []
    for opening in hours.days:
        if opening.weekday != day.isoweekday():
            continue
        begin = opening.open_minute
        while begin + hours.slot_minutes <= opening.close_minute:
            start = _moment(day, begin, zone)
            found.append(Slot(start, start + timedelta(minutes=hours.slot_minutes)))
            begin += hours.slot_minutes
    return sorted(set(found), key=lambda slot: slot.start)


def slot_at(hours: Hours, start: datetime, zone: ZoneInfo, now: datetime) -> Slot:
    """The slot that begins then; refuses a time that is over, far ahead, or none of the store's."""
    if now < start <= now + AHEAD:
        for slot in slots(hours, start.astimezone(zone).date(), zone):
            if slot.start == start:
                return slot
    raise SlotUnknown("no slot begins then", location_id=hours.location_id, start_time=start.isoformat())


def free(hours: Hours, staff_code: str, taken: Sequence[str]) -> int:
    """How many more come at a time that these come at, each to somebody or nobody in particular."""
    left = max(0, hours.capacity - len(taken))
    return min(left, 0 if staff_code in taken else 1) if staff_code else left


def fit(hours: Hours, staff_code: str, taken: Sequence[str], slot: Slot) -> None:
    """Refuses one more than there is room for."""
    if len(taken) >= hours.capacity:
        raise SlotFull("the store receives nobody more then", who="store", start_time=slot.start.isoformat())
    if staff_code and staff_code in taken:
        raise SlotFull("somebody else comes to him then", who="staff", start_time=slot.start.isoformat())


def checked(given: Hours) -> Hours:
    """Refuses hours that make no sense, by field."""
    if not 5 <= given.slot_minutes <= 240:
        raise invalid("hours.slot_minutes", "must be 5 to 240")
    if not 1 <= given.capacity <= _MOST_CAPACITY:
        raise invalid("hours.capacity", f"must be 1 to {_MOST_CAPACITY}")
    if len(given.days) > _MOST_DAYS:
        raise invalid("hours.days", f"must be at most {_MOST_DAYS}")
    for place, one in enumerate(given.days):
        if not 1 <= one.weekday <= 7:
            raise invalid(f"hours.days[{place}].weekday", "must be 1 to 7")
        if not 0 <= one.open_minute < one.close_minute <= _DAY:
            raise invalid(f"hours.days[{place}].close_minute", f"must lie behind open_minute, at most {_DAY}")
    _apart(given.days)
    return given


def _apart(days: Iterable[Opening]) -> None:
    ordered = sorted(days, key=lambda one: (one.weekday, one.open_minute))
    for one, other in itertools.pairwise(ordered):
        if one.weekday == other.weekday and other.open_minute < one.close_minute:
            raise invalid("hours.days", "must not overlap on a weekday")


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time(), zone)
    return (midnight + timedelta(minutes=minute)).astimezone(ZoneInfo("UTC"))
