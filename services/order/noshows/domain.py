"""What follows when a shopper does not collect: graded, in time, and only as the brand's terms say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault, invalid

_MAX_STEPS, _MAX_DAYS, _MAX_COUNT, _MAX_FEE = 20, 3650, 100, 10**9


class AppealClosed(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "APPEAL_CLOSED"


class PickupBarred(Fault):
    """Too much was not collected."""

    code = Code.FAILED_PRECONDITION
    reason = "PICKUP_BARRED"


class PrepayRequired(Fault):
    """Too much was not collected to be paid in the store."""

    code = Code.FAILED_PRECONDITION
    reason = "PREPAY_REQUIRED"


class Measure(StrEnum):
    """What follows."""

    WARNING = "WARNING"
    HOLD_FEE = "HOLD_FEE"
    PREPAY = "PREPAY"
    BENEFIT_PAUSE = "BENEFIT_PAUSE"
    PICKUP_BARRED = "PICKUP_BARRED"


LASTING = (Measure.PREPAY, Measure.BENEFIT_PAUSE, Measure.PICKUP_BARRED)


# how it came to be counted: by the store's word, or by the time that the terms gave
PUT_BACK, GRACE_OVER = "PUT_BACK", "GRACE_OVER"


class Appeal(StrEnum):
    """Where a member's word against one stands."""

    OPEN = "OPEN"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from so many within the window."""

    count: int
    measure: Measure
    days: int = 0
    fee: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The brand's terms; without any, nothing is counted."""

    version: int = 0
    window_days: int = 0
    grace_days: int = 0
    """After so many a store's task ends by itself; 0: by the store only."""
    steps: tuple[Step, ...] = ()

    @property
    def counts(self) -> bool:
        return self.window_days > 0

    def window(self, at: datetime) -> datetime:
        """Since when they count at that time."""
        return at - timedelta(days=self.window_days)

    def fee(self, number: int) -> int:
        """What the so-manieth costs: by the last step that it reaches."""
        fees = [step.fee for step in self.steps if step.measure is Measure.HOLD_FEE and step.count <= number]
        return fees[-1] if fees else 0


@dataclass(frozen=True, slots=True)
class NoShow:
    """Something that was ready and not collected, and the member's word against it."""

    fulfilment_id: str
    order_id: str
    member_id: str
    location_id: str
    policy_version: int
    number: int
    fee: int
    business_time: datetime
    appeal: Appeal | None = None
    appeal_reason: str = ""
    appeal_time: datetime | None = None
    settle_reason: str = ""
    settled_by: str = ""
    order_no: str = ""
    currency: str = ""
    reason: str = ""
    actor_kind: str = ""
    actor_id: str = ""
    actor_terminal_id: str = ""

    @property
    def counts(self) -> bool:
        return self.appeal is not Appeal.GRANTED


def number(policy: Policy, earlier: Sequence[datetime], at: datetime) -> int:
    """Which one it is within the window."""
    return 1 + sum(policy.window(at) < time <= at for time in earlier)


def in_force(policy: Policy, times: Sequence[datetime], now: datetime) -> dict[Measure, datetime]:
    """What is in force against a member who did not collect at these times, and until when."""
    found: dict[Measure, datetime] = {}
    for place, at in enumerate(sorted(times)) if policy.counts else ():
        many = number(policy, sorted(times)[:place], at)
        for step in policy.steps:
            until = at + timedelta(days=step.days)
            if step.measure in LASTING and step.count <= many and until > now:
                found[step.measure] = max(until, found.get(step.measure, until))
    return found


def checked(policy: Policy) -> Policy:
    """Refuses terms that make no sense, by field; the steps in the order of their counts."""
    _within("policy.window_days", policy.window_days, 0, _MAX_DAYS)
    _within("policy.grace_days", policy.grace_days, 0, 60)
    if len(policy.steps) > _MAX_STEPS:
        raise invalid("policy.steps", f"must be at most {_MAX_STEPS}")
    if policy.steps and not policy.window_days:
        raise invalid("policy.window_days", "must be at least 1 where anything follows")
    seen: Mapping[tuple[int, Measure], Step] = {(step.count, step.measure): step for step in policy.steps}
    if len(seen) < len(policy.steps):
        raise invalid("policy.steps", "must name each measure once for each count")
    for place, step in enumerate(policy.steps):
        name = f"policy.steps[{place}]"
        _within(f"{name}.count", step.count, 1, _MAX_COUNT)
        lasting = step.measure in LASTING
        _within(f"{name}.days", step.days, int(lasting), _MAX_DAYS if lasting else 0)
        costs = step.measure is Measure.HOLD_FEE
        _within(f"{name}.fee", step.fee, int(costs), _MAX_FEE if costs else 0)
    steps = tuple(sorted(policy.steps, key=lambda step: (step.count, step.measure)))
    return Policy(policy.version, policy.window_days, policy.grace_days, steps)


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise invalid(name, f"must be {least} to {most}" if most else "must be 0 for this measure")
