"""When a place works, and when goods that it is asked for now can leave it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# a place that does not open in this time is closed for sourcing
AHEAD = 14


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start` until `end` (none: until the day ends); from the cut-off on it is too late for this span."""

    start: time
    end: time | None = None
    cut_off: time | None = None

    @property
    def last(self) -> time:
        return self.end or time.max


@dataclass(frozen=True, slots=True)
class Hours:
    """A week, Monday first, with single days that differ."""

    week: tuple[tuple[Span, ...], ...]
    exceptions: tuple[tuple[date, tuple[Span, ...]], ...] = ()

    def on(self, day: date) -> tuple[Span, ...]:
        """When it is open on that day."""
        for exception, spans in self.exceptions:
            if exception == day:
                return spans
        return self.week[day.weekday()] if self.week else ()


def leaves(hours: Hours | None, time_zone: str, now: datetime) -> datetime | None:
    """By when goods asked for now have left, in the place's own zone; None if it does not open in a fortnight.

    Without hours nothing is known of the place, and it is taken to work at any time.
    """
    if hours is None:
        return now
    local = now.astimezone(ZoneInfo(time_zone))
    for ahead in range(AHEAD):
        day = local.date() + timedelta(days=ahead)
        for span in hours.on(day):
            if ahead or local.time() < (span.cut_off or span.last):
                return datetime.combine(day, span.last, local.tzinfo)
    return None


def leaves_today(leaving: datetime, time_zone: str, now: datetime) -> bool:
    """Whether what leaves then leaves on the place's own today."""
    zone = ZoneInfo(time_zone)
    return leaving.astimezone(zone).date() == now.astimezone(zone).date()
