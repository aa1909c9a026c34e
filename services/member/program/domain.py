"""The loyalty program as data: how points are earned, become spendable and end, and how tiers are reached and kept."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.member.program import domain_calendar as calendar
from services.member.program.domain_calendar import NO_TIME, Duration, Rounding, Span
from services.member.program.domain_terms import (
    NOWHERE,
    UNSORTED,
    Begins,
    Downgrade,
    Ends,
    Goods,
    Metric,
    Mode,
    OnReturn,
    Period,
    Scope,
    Start,
    Validity,
)

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class EarningRule:
    """What orders earn; `points` per order, per `amount` of money, or per unit."""

    rule_id: str
    version: int
    mode: Mode
    points: int
    amount: int = 0
    min_quantity: int = 0
    min_amount: int = 0
    min_amount_without_tax: bool = False
    scope: Scope = NOWHERE
    tiers: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    start_time: datetime | None = None
    end_time: datetime | None = None
    unmultiplied: bool = False

    @property
    def named(self) -> str:
        """How lots name it."""
        return f"{self.rule_id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Activation:
    """When earned points can be spent."""

    start: Start = Start.PENDING_DAYS
    after: Duration = NO_TIME
    rounding: Rounding = Rounding.NONE


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long earned points last."""

    ends: Ends = Ends.EXPIRE_DAYS
    number: int = 0
    month: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """How tiers are reached, kept and lost."""

    metric: Metric = Metric.SPEND
    period: Period = Period.ROLLING
    begins: Begins = Begins.IMMEDIATE
    validity: Validity = Validity.TIER_START
    cycle_month: int = 0
    cycle_day: int = 0
    downgrade: Downgrade = Downgrade.BALANCE_BASED
    grace: Duration = NO_TIME
    grace_rounding: Rounding = Rounding.NONE
    balance_drop: bool = False
    balance_drop_after: Duration = NO_TIME
    return_days: int = 0
    excluded: Scope = NOWHERE
    count_delivery: bool = False
    expiring_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the program; reached at `min_spend` or more of what the policy counts."""

    tier: str
    min_spend: int
    valid_days: int
    multiplier_bp: int


@dataclass(frozen=True, slots=True)
class Program:
    """The loyalty program in force; amounts in minor units, days in the brand's zone."""

    version: int
    amount_per_point: int
    point_value: int
    pending_days: int
    expire_days: int
    qualifying_days: int
    tiers: tuple[Tier, ...]
    rules: tuple[EarningRule, ...] = ()
    not_earning: Scope = NOWHERE
    location_multipliers: tuple[tuple[str, int], ...] = ()
    activation: Activation = Activation()
    expiry: Expiry = Expiry()
    on_return: OnReturn = OnReturn.UNLIMITED
    reinstate_days: int = 0
    return_window_days: int = 0
    policy: TierPolicy = field(default_factory=TierPolicy)

    @property
    def rule_version(self) -> str:
        """How entries name the rules that made them."""
        return f"program-{self.version}"

    @property
    def sorts(self) -> bool:
        """Whether it asks how the catalogue sorts goods."""
        scopes = (self.not_earning, self.policy.excluded, *(rule.scope for rule in self.rules))
        return any(scope.sorts for scope in scopes)

    def tier(self, name: str) -> Tier | None:
        """The tier of that name."""
        return next((tier for tier in self.tiers if tier.tier == name), None)

    def reached(self, metric: int) -> Tier | None:
        """The highest tier whose threshold the metric reaches (>=)."""
        return next((tier for tier in reversed(self.tiers) if metric >= tier.min_spend), None)

    def above(self, name: str) -> Tier | None:
        """The next tier up; None at the top."""
        rank = self.rank(name)
        return self.tiers[rank + 1] if rank + 1 < len(self.tiers) else None

    def rank(self, name: str) -> int:
        """Position from the bottom; -1 for none."""
        return next((index for index, tier in enumerate(self.tiers) if tier.tier == name), -1)

    def multiplier_bp(self, location_id: str) -> int:
        """A store's multiplier, in basis points."""
        return _by_place(self.location_multipliers).get(location_id, WHOLE)

    def activates(self, sale: datetime, handover: datetime | None, zone: ZoneInfo) -> datetime | None:
        """When points of a sale become active; None while its goods are awaited that it depends on."""
        rule = self.activation
        start = sale if rule.start is Start.SALE else handover
        if start is None:
            return None
        if rule.start is Start.PENDING_DAYS:
            return calendar.end_of_day(start, self.pending_days, zone) if self.pending_days else start
        if rule.start is Start.RETURN_WINDOW and self.return_window_days:
            start = calendar.end_of_day(start, self.return_window_days, zone)
        later = calendar.add(start, rule.after, zone) if rule.after else start
        # points are earned no earlier than they are sold
        return max(calendar.rounded(later, rule.rounding, zone), sale)

    def expires(self, earn: datetime, zone: ZoneInfo) -> datetime | None:
        """Until when points earned then may be spent; None for ever."""
        rule, day = self.expiry, earn.astimezone(zone).date()
        match rule.ends:
            case Ends.EXPIRE_DAYS:
                return calendar.end_of_day(earn, self.expire_days, zone) if self.expire_days else None
            case Ends.DAYS:
                return calendar.end_of_day(earn, rule.number, zone)
            case Ends.END_OF_MONTH:
                month = calendar.midnight(calendar.months_later(day.replace(day=1), rule.number), zone)
                return calendar.period_end(month, Span.MONTH, zone)
            case Ends.END_OF_YEAR:
                return calendar.midnight(day.replace(year=day.year + rule.number, month=1, day=1), zone)
            case Ends.FIXED_DATE:
                first = calendar.add(calendar.midnight(day, zone), Duration(days=rule.number), zone)
                return calendar.yearly(first, rule.month, rule.day, zone)
            case _:
                return None


@lru_cache(maxsize=8)
def _by_place(multipliers: tuple[tuple[str, int], ...]) -> dict[str, int]:
    return dict(multipliers)


# Before headquarters has published one: members are known, nothing is earned yet.
NO_PROGRAM = Program(0, 1, 1, 0, 0, 365, ())

__all__ = [
    "NOWHERE",
    "NO_PROGRAM",
    "UNSORTED",
    "WHOLE",
    "Activation",
    "Begins",
    "Downgrade",
    "EarningRule",
    "Ends",
    "Expiry",
    "Goods",
    "Metric",
    "Mode",
    "OnReturn",
    "Period",
    "Program",
    "Scope",
    "Start",
    "Tier",
    "TierPolicy",
    "Validity",
]
