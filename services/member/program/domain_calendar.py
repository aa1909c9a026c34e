"""Moments by the brand's calendar: durations, ends of days and periods, days that come back each year."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


class Rounding(IntEnum):
    """To what a moment is brought, in the brand's zone; the numbers are those of the contract."""

    NONE = 0
    START_OF_DAY = 1
    END_OF_DAY = 2
    END_OF_WEEK = 3
    END_OF_MONTH = 4


class Span(IntEnum):
    """Calendar periods, by their months."""

    MONTH = 1
    QUARTER = 3
    HALF = 6
    YEAR = 12


@dataclass(frozen=True, slots=True)
class Duration:
    """Months and days count by the calendar, seconds by the clock."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.seconds)


NO_TIME = Duration()
# the smallest step of time that a database keeps
INSTANT = timedelta(microseconds=1)


@lru_cache(maxsize=64)
def duration(text: str) -> Duration:
    """What an ISO 8601 duration such as P14D, P1M or PT12H says; raises ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError(f"{text} is no ISO 8601 duration")
    got = {name: int(digits or 0) for name, digits in found.groupdict().items()}
    return Duration(
        12 * got["years"] + got["months"],
        7 * got["weeks"] + got["days"],
        3600 * got["hours"] + 60 * got["minutes"] + got["seconds"],
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), tzinfo=zone)


def end_of_day(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the day so many days later: when the day after it begins."""
    return midnight(moment.astimezone(zone).date() + timedelta(days=days + 1), zone)


def add(moment: datetime, by: Duration, zone: ZoneInfo) -> datetime:
    """So much later; the 31st of a shorter month is its last day."""
    local = moment.astimezone(zone)
    if by.months or by.days:
        day = months_later(local.date(), by.months) + timedelta(days=by.days)
        local = datetime.combine(day, local.time(), tzinfo=zone)
    # seconds pass by the clock, not on the wall
    return moment_of(local, by.seconds)


def moment_of(local: datetime, seconds: int) -> datetime:
    """So many seconds of the clock later."""
    zone = local.tzinfo
    return (local.astimezone(ZoneInfo("UTC")) + timedelta(seconds=seconds)).astimezone(zone)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return on(year, month + 1, day.day)


def on(year: int, month: int, day: int) -> date:
    """That day, or the month's last where there is none: 29 February is the 28th three years in four."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def rounded(moment: datetime, to: Rounding, zone: ZoneInfo) -> datetime:
    """Down to the start of its day, or up to the end of its day, week (Sunday) or month."""
    day = moment.astimezone(zone).date()
    match to:
        case Rounding.START_OF_DAY:
            return midnight(day, zone)
        case Rounding.END_OF_DAY:
            return midnight(day + timedelta(days=1), zone)
        case Rounding.END_OF_WEEK:
            return midnight(day + timedelta(days=7 - day.weekday()), zone)
        case Rounding.END_OF_MONTH:
            return midnight(months_later(day.replace(day=1), 1), zone)
        case _:
            return moment


def yearly(after: datetime, month: int, day: int, zone: ZoneInfo) -> datetime:
    """The end of that day, the first time that it ends after `after`."""
    year = after.astimezone(zone).year
    ends = (midnight(on(one, month, day) + timedelta(days=1), zone) for one in (year - 1, year, year + 1))
    return next(end for end in ends if end > after)


def anniversary(after: datetime, of: date, zone: ZoneInfo) -> datetime:
    """The beginning of the first anniversary after `after`."""
    year = after.astimezone(zone).year
    days = (midnight(on(one, of.month, of.day), zone) for one in (year, year + 1))
    return next(day for day in days if day > after)


def period_start(moment: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """When the calendar period of a moment began."""
    day = moment.astimezone(zone).date()
    return midnight(date(day.year, (day.month - 1) // span * span + 1, 1), zone)


def period_end(moment: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """When the calendar period of a moment is over: when the next one begins."""
    return midnight(months_later(period_start(moment, span, zone).date(), span), zone)
