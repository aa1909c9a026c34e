"""Benefits: what they are given for, and when birthdays are."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID, uuid5

from kit.errors import Code, Fault

_NAMES = UUID("0199a5c2-0000-7000-8000-00000000be0e")
_LEAP_DAY = (2, 29)


class Occasion(IntEnum):
    """What a benefit is given for; the numbers are those of the contract."""

    MANUAL = 1
    TIER = 2
    BIRTHDAY = 3
    SPEND = 4
    MISSION = 5


class ProgramUnknown(Fault):
    """There is no such programme, or it gives nothing now."""

    code = Code.NOT_FOUND
    reason = "CAMPAIGN_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Program:
    """What is given, for what, to whom."""

    program_id: str
    name: str
    occasion: Occasion
    rule_id: str
    rule_version: int
    valid_days: int
    tier: str
    min_spend: int
    limit_member: int
    whole_month: bool
    leap_day_early: bool
    restores: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """A benefit for a member; the same occasion is the same grant, however often it is asked for."""

    program_id: str
    member_id: str
    occasion_key: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Back:
    """A part of an order that came back, or that nobody will hand over; `key` names it within the order."""

    order_id: str
    member_id: str
    key: str
    amount: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A gift that an order no longer deserves, and whether it could be taken back."""

    lot_id: str
    done: bool


def lot_id(grant: Grant) -> str:
    """Natural: what is granted once is one lot."""
    return str(uuid5(_NAMES, f"{grant.program_id}:{grant.occasion_key}"))


def undeserved(programs: Sequence[Program], left: int, gone: int) -> list[Program]:
    """Whose gift an order deserved before so much of it was gone, and does not deserve by what is left."""
    return [program for program in programs if left < program.min_spend <= left + gone]


def birthday_key(member_id: str, day: date) -> str:
    """One a year."""
    return f"birthday:{member_id}:{day.year}"


def is_day(month: int, day: int) -> bool:
    """Whether somebody can be born on it."""
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]


def celebrated(month: int, day: int, year: int, leap_day_early: bool) -> date:
    """When a birthday is in a year: who was born on 29 February has one every year."""
    if (month, day) == _LEAP_DAY and not calendar.isleap(year):
        return date(year, 2, 28) if leap_day_early else date(year, 3, 1)
    return date(year, month, day)


def born(today: date, leap_day_early: bool) -> Iterator[tuple[int, int]]:
    """The days of birth that are celebrated today."""
    yield today.month, today.day
    if celebrated(*_LEAP_DAY, today.year, leap_day_early) == today and (today.month, today.day) != _LEAP_DAY:
        yield _LEAP_DAY


def end_of(today: date, whole_month: bool, valid_days: int) -> date:
    """The last day of a birthday gift that is given today."""
    if whole_month:
        return date(today.year, today.month, calendar.monthrange(today.year, today.month)[1])
    return today + timedelta(days=valid_days)


def due(program: Program, month: int, day: int, today: date) -> bool:
    """Whether somebody who tells his birthday today gets this year's gift at once: its time runs already."""
    when = celebrated(month, day, today.year, program.leap_day_early)
    if program.whole_month:
        return (when.year, when.month) == (today.year, today.month)
    return when <= today <= when + timedelta(days=program.valid_days)
