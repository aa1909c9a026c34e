"""When somebody may be written to: quiet hours of the brand's day, and how often is often enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one minute of the day to another, also across midnight; the same minute twice: never."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether it is quiet at that minute."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def loud(now: datetime, zone: ZoneInfo, windows: Sequence[Quiet]) -> datetime:
    """The first moment from now on at which no window is quiet; by the clock on the wall, also when it is changed."""
    moment = now
    for _ in range(_ROUNDS):
        local = moment.astimezone(zone)
        window = next((one for one in windows if one.holds(local.hour * 60 + local.minute)), None)
        if window is None:
            return moment
        moment = _end(local, window, zone).astimezone(now.tzinfo)
    # windows that together leave no minute of the day: the brand's own ends
    return moment


def _end(local: datetime, window: Quiet, zone: ZoneInfo) -> datetime:
    at = local.replace(hour=window.end // 60, minute=window.end % 60, second=0, microsecond=0, tzinfo=None)
    naive = local.replace(tzinfo=None)
    if at <= naive:
        at += timedelta(days=1)
    # an hour that the clocks leave out ends when they go on; of one that comes twice the first counts,
    # unless that is past
    ends = [at.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    return next((one for one in ends if one.timestamp() > local.timestamp()), ends[1])


def free(times: Sequence[datetime], now: datetime, per_day: int, per_week: int) -> datetime:
    """From when on one more is not too often; 0 sets no limit."""
    moment = now
    for most, span in ((per_day, DAY), (per_week, WEEK)):
        within = sorted(time for time in times if time > now - span)
        if most and len(within) >= most:
            moment = max(moment, within[-most] + span)
    return moment
