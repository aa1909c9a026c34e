"""What counts toward a tier at a moment: orders in the window that the policy says, less what had come back by then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.member.program import domain_calendar as calendar
from services.member.program.domain import Metric, Period, Program, TierPolicy


@dataclass(frozen=True, slots=True)
class Sum:
    """Money, orders and earned points that count."""

    spend: int = 0
    orders: int = 0
    points: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.spend + other.spend, self.orders + other.orders, self.points + other.points)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.spend - other.spend, self.orders - other.orders, self.points - other.points)


NOTHING = Sum()


@dataclass(frozen=True, slots=True)
class Counted:
    """An order as it counts when nothing has come back, and what came back when."""

    order_id: str
    time: datetime
    whole: Sum
    returned: tuple[tuple[datetime, Sum], ...] = ()

    def at(self, moment: datetime) -> Sum:
        """What of it counts at a moment at which it has been sold."""
        left = self.whole
        for when, gone in self.returned:
            if when <= moment:
                left -= gone
        return left

    def kept(self, upto: datetime) -> "Counted":
        """It as if what came back until then had never been sold."""
        return replace(self, whole=self.at(upto), returned=tuple(one for one in self.returned if one[0] > upto))


def metric_of(found: Sum, metric: Metric) -> int:
    """What a sum is by the policy's metric."""
    return {Metric.SPEND: found.spend, Metric.COUNT: found.orders, Metric.POINTS: found.points}[metric]


def window(policy: TierPolicy, days: int, zone: ZoneInfo, at: datetime) -> datetime | None:
    """From when on orders count at a moment; None: from the beginning."""
    if policy.period is Period.BALANCE:
        return None
    span = policy.period.span
    if span is not None:
        return calendar.period_start(at, span, zone)
    return at - timedelta(days=days) + calendar.INSTANT


def sum_at(counted: Iterable[Counted], program: Program, zone: ZoneInfo, at: datetime) -> Sum:
    """What counts at a moment, itself included."""
    start = window(program.policy, program.qualifying_days, zone, at)
    return sum((one.at(at) for one in counted if one.time <= at and (start is None or one.time >= start)), NOTHING)
