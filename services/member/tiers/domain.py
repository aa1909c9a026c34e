"""A tier as a clockwork: what raises it, what it does when its time is over, and what a return does to it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault
from services.member.program import domain_calendar as calendar
from services.member.program.domain import Begins, Downgrade, Program, Tier, Validity
from services.member.tiers.domain_counting import Counted, Sum, metric_of, sum_at


class TierUnknown(Fault):
    """The program has no such tier."""

    code = Code.NOT_FOUND
    reason = "TIER_UNKNOWN"


class NotGranted(Fault):
    """Nobody has given a tier by hand, or that has ended."""

    code = Code.FAILED_PRECONDITION
    reason = "TIER_NOT_GRANTED"


class Source(IntEnum):
    """How a member came by the tier; these enums' numbers are those of the contract."""

    EARNED = 1
    GRANTED = 2
    IMPORTED = 3
    GRACE = 4


class Cause(IntEnum):
    """Why a tier is another one, or lasts longer."""

    SALE = 1
    LATE_SALE = 2
    RENEWED = 3
    GRACE = 4
    EXPIRED = 5
    RETURN = 6
    CANCELLED = 7
    DROP = 8
    GRANT = 9
    GRANT_ENDED = 10
    IMPORT = 11
    MERGE = 12


@dataclass(frozen=True, slots=True)
class State:
    """A member's tier with all that it depends on; `under` is what stood before a rise or a grant."""

    tier: str = ""
    since: datetime | None = None
    valid_until: datetime | None = None
    source: Source = Source.EARNED
    raised_by: str = ""
    under: str = ""
    under_until: datetime | None = None
    coming: str = ""
    coming_time: datetime | None = None
    drop_time: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """When it next changes by itself."""
        return min((at for at in (self.valid_until, self.coming_time, self.drop_time) if at), default=None)

    @property
    def plain(self) -> bool:
        """Whether a sale can only raise it: nothing hangs over it that a sale could also mend."""
        return self.source in (Source.EARNED, Source.IMPORTED) and not self.coming and self.drop_time is None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a tier."""

    before: State
    after: State
    cause: Cause
    time: datetime


@dataclass(frozen=True, slots=True)
class Dates:
    """When a member joined, and the date that came with an import; both may be unknown."""

    joined: date | None = None
    own: date | None = None


NO_DATES = Dates()


@dataclass(frozen=True, slots=True)
class Rules:
    """The program as it applies to one member."""

    program: Program
    zone: ZoneInfo
    dates: Dates = NO_DATES

    def lasts(self, tier: Tier, start: datetime) -> datetime:
        """Until when a tier that begins then is valid."""
        policy, zone = self.program.policy, self.zone
        match policy.validity:
            case Validity.JOIN_DATE if self.dates.joined:
                return calendar.anniversary(start, self.dates.joined, zone)
            case Validity.MEMBER_DATE if self.dates.own:
                return calendar.anniversary(start, self.dates.own, zone)
            case Validity.CYCLE_DATE:
                return calendar.yearly(start, policy.cycle_month, policy.cycle_day, zone)
        span = policy.period.span
        if span and policy.validity in (Validity.END_OF_PERIOD, Validity.END_OF_NEXT_PERIOD):
            end = calendar.period_end(start, span, zone)
            return end if policy.validity is Validity.END_OF_PERIOD else calendar.period_end(end, span, zone)
        return calendar.end_of_day(start, tier.valid_days, zone)

    def reached(self, found: Sum) -> Tier | None:
        """The highest tier that a sum reaches."""
        return self.program.reached(metric_of(found, self.program.policy.metric))

    def begin(self, tier: Tier | None, at: datetime, source: Source = Source.EARNED) -> State:
        """A tier that begins then."""
        return State(tier.tier, at, self.lasts(tier, at), source) if tier else State("", at)

    def rank(self, name: str) -> int:
        """Position from the bottom; -1 for none."""
        return self.program.rank(name)


def sold(rules: Rules, state: State, order_id: str, at: datetime, found: Sum) -> Step | None:
    """What a sale does whose member has `found` by then: it raises, or it mends what hangs over the tier."""
    reached, had = rules.reached(found), rules.program.tier(state.tier)
    rank = rules.rank(reached.tier) if reached else -1
    if state.source is Source.GRANTED and rank <= rules.rank(state.tier):
        return _under_the_grant(rules, state, reached, at)
    if reached and rank > rules.rank(state.tier):
        return _raised(rules, state, reached, order_id, at)
    if had is None or metric_of(found, rules.program.policy.metric) < had.min_spend:
        return None
    if state.source is Source.GRACE:
        kept = replace(state, source=Source.EARNED, valid_until=rules.lasts(had, at), drop_time=None)
        return Step(state, kept, Cause.RENEWED, at)
    return Step(state, replace(state, drop_time=None), Cause.SALE, at) if state.drop_time else None


def _under_the_grant(rules: Rules, state: State, reached: Tier | None, at: datetime) -> Step | None:
    """What a grant covers goes on rising below it."""
    if reached is None or rules.rank(reached.tier) <= rules.rank(state.under):
        return None
    return Step(state, replace(state, under=reached.tier, under_until=rules.lasts(reached, at)), Cause.SALE, at)


def _raised(rules: Rules, state: State, reached: Tier, order_id: str, at: datetime) -> Step | None:
    span = rules.program.policy.period.span
    if rules.program.policy.begins is Begins.NEXT_PERIOD and span:
        if rules.rank(reached.tier) <= rules.rank(state.coming):
            return None
        coming = replace(state, coming=reached.tier, coming_time=calendar.period_end(at, span, rules.zone))
        return Step(state, replace(coming, raised_by=order_id), Cause.SALE, at)
    granted = state.source is Source.GRANTED
    under, until = (state.under, state.under_until) if granted else (state.tier, state.valid_until)
    raised = replace(rules.begin(reached, at), raised_by=order_id, under=under, under_until=until)
    return Step(state, raised, Cause.SALE, at)


def came_due(rules: Rules, state: State, counted: tuple[Counted, ...]) -> Step:
    """What happens at the moment that the state waits for."""
    at = state.due
    if at is None:
        raise ValueError("nothing is due")
    if at == state.coming_time:
        return _came(rules, state, at)
    # what counts at the end of a time is what counted within it
    found = sum_at(counted, rules.program, rules.zone, at - calendar.INSTANT)
    if at == state.drop_time and at != state.valid_until:
        lost = short(rules, state, found)
        after = rules.begin(rules.reached(found), at) if lost else replace(state, drop_time=None)
        return Step(state, after, Cause.DROP, at)
    return _ended(rules, state, found, at)


def _came(rules: Rules, state: State, at: datetime) -> Step:
    tier = rules.program.tier(state.coming)
    if tier is None or rules.rank(tier.tier) <= rules.rank(state.tier):
        return Step(state, replace(state, coming="", coming_time=None), Cause.SALE, at)
    begun = replace(rules.begin(tier, at), raised_by=state.raised_by, under=state.tier, under_until=state.valid_until)
    return Step(state, begun, Cause.SALE, at)


def short(rules: Rules, state: State, found: Sum) -> bool:
    tier = rules.program.tier(state.tier)
    return tier is None or metric_of(found, rules.program.policy.metric) < tier.min_spend


def _ended(rules: Rules, state: State, found: Sum, at: datetime) -> Step:
    """At its end a tier is renewed, kept for a while, or lost."""
    policy, kept = rules.program.policy, replace(state, drop_time=None, raised_by="", under="", under_until=None)
    if state.source is Source.GRANTED:
        return Step(state, below(rules, state, found, at), Cause.GRANT_ENDED, at)
    tier = rules.program.tier(state.tier)
    if tier is not None and not short(rules, state, found):
        kept = replace(kept, source=Source.EARNED, valid_until=rules.lasts(tier, at))
        return Step(state, kept, Cause.RENEWED, at)
    if tier is not None and policy.grace and state.source is not Source.GRACE:
        until = calendar.rounded(calendar.add(at, policy.grace, rules.zone), policy.grace_rounding, rules.zone)
        return Step(state, replace(kept, source=Source.GRACE, valid_until=until), Cause.GRACE, at)
    lower = rules.reached(found)
    if tier is not None and policy.downgrade is Downgrade.ONE_DOWN:
        rank = rules.rank(tier.tier)
        lower = rules.program.tiers[rank - 1] if rank else None
    lost = replace(rules.begin(lower, at), coming=state.coming, coming_time=state.coming_time)
    return Step(state, lost, Cause.EXPIRED, at)


def below(rules: Rules, state: State, found: Sum, at: datetime) -> State:
    """What stands when the tier goes: what stood below it if its time is not over, or what is reached without it."""
    reached, under = rules.reached(found), rules.program.tier(state.under)
    stands = under is not None and (state.under_until is None or state.under_until > at)
    if under is not None and stands and rules.rank(under.tier) >= (rules.rank(reached.tier) if reached else -1):
        return State(under.tier, at, state.under_until)
    return rules.begin(reached, at)
