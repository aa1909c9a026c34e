"""Opening hours: when a place is open, and when it works on an order that comes at a moment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

# who finds no open day in so many is closed for good
_LOOKED_AT = 400
_DAY_END = "24:00"


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a weekday (1 is Monday), in the place's own time."""

    weekday: int
    open: str
    close: str
    cut_off: str = ""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs from its weekday."""

    date: str
    closed: bool = False
    open: str = ""
    close: str = ""
    cut_off: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One time of being open, in UTC."""

    opens: datetime
    closes: datetime
    cut_off: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """A place's week with its exceptions."""

    hours: Sequence[Hours]
    special_days: Sequence[SpecialDay]
    time_zone: str

    def spans(self, day: date) -> list[Span]:
        """When it is open on a day, in order; without hours all day."""
        special = next((one for one in self.special_days if one.date == day.isoformat()), None)
        if special is not None:
            return [] if special.closed else [self._span(day, special.open, special.close, special.cut_off)]
        if not self.hours:
            return [self._span(day, "00:00", _DAY_END, "")]
        todays = sorted((one for one in self.hours if one.weekday == day.isoweekday()), key=lambda one: one.open)
        return [self._span(day, one.open, one.close, one.cut_off) for one in todays]

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at a moment."""
        return any(span.opens <= at < span.closes for span in self.spans(self._day(at)))

    def worked_on(self, at: datetime) -> datetime | None:
        """From when an order that comes at `at` is worked on: at once, or after the next opening; None: never."""
        for span in self._from(self._day(at)):
            if at < span.cut_off:
                return max(at, span.opens)
        return None

    def _from(self, day: date) -> Iterator[Span]:
        for number in range(_LOOKED_AT):
            yield from self.spans(day + timedelta(days=number))

    def _day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def _span(self, day: date, opens: str, closes: str, cut_off: str) -> Span:
        end = self._moment(day, closes)
        return Span(self._moment(day, opens), end, self._moment(day, cut_off) if cut_off else end)

    def _moment(self, day: date, clock: str) -> datetime:
        if clock == _DAY_END:
            return self._moment(day + timedelta(days=1), "00:00")
        return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(self.time_zone)).astimezone(UTC)


def overlapping(hours: Iterable[Hours]) -> int | None:
    """The weekday on which two times of being open meet."""
    ordered = sorted(hours, key=lambda one: (one.weekday, one.open))
    both = ((one, after) for one, after in pairwise(ordered) if one.weekday == after.weekday)
    return next((one.weekday for one, after in both if after.open < one.close), None)
