"""The arithmetic of points and tiers: what an order earns, when, and which tier its spend reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault

WHOLE = 10_000
MAX_UNITS = 100


class Account(IntEnum):
    """Where points can be; the entries of a transfer sum to 0 over these."""

    PENDING = 1
    ACTIVE = 2
    HELD = 3
    ISSUED = 4
    SPENT = 5
    EXPIRED = 6
    DEBT = 7


class Kind(IntEnum):
    """Kinds of transfer; the numbers are those of the contract."""

    EARN = 1
    ACTIVATE = 2
    HOLD = 3
    RELEASE = 4
    REDEEM = 5
    EXPIRE = 6
    ADJUST = 7
    REVERSE_EARN = 8
    RESTORE_REDEEM = 9
    TRANSFER = 10


class Insufficient(Fault):
    """The member has not so many points to spend."""

    code = Code.FAILED_PRECONDITION
    reason = "POINTS_INSUFFICIENT"


class MemberUnknown(Fault):
    """No member has that id."""

    code = Code.NOT_FOUND
    reason = "MEMBER_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the program; reached at `min_spend` or more, minor units."""

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

    @property
    def rule_version(self) -> str:
        """How entries name the rules that made them."""
        return f"program-{self.version}"

    def tier(self, name: str) -> Tier | None:
        """The tier of that name."""
        return next((tier for tier in self.tiers if tier.tier == name), None)

    def reached(self, spend: int) -> Tier | None:
        """The highest tier whose threshold the spend reaches (>=)."""
        return next((tier for tier in reversed(self.tiers) if spend >= tier.min_spend), None)

    def above(self, name: str) -> Tier | None:
        """The next tier up; None at the top."""
        rank = self.rank(name)
        return self.tiers[rank + 1] if rank + 1 < len(self.tiers) else None

    def rank(self, name: str) -> int:
        """Position from the bottom; -1 for none."""
        return next((index for index, tier in enumerate(self.tiers) if tier.tier == name), -1)


# Before headquarters has published one: members are known, nothing is earned yet.
NO_PROGRAM = Program(0, 1, 1, 0, 0, 365, ())


def earned(bases: Sequence[int], program: Program, multiplier_bp: int = WHOLE) -> list[int]:
    """Points per line for lines with these earn bases.

    The order's points are floored once (features 2.1.7: 1 point per so much of
    the amount paid, floor per order, no carry) and split to lines by largest
    fraction, then by line order, so that the lines sum to the order's points.
    Lines that carry no money or less earn nothing and take nothing away.
    """
    if not program.version:
        return [0] * len(bases)
    counted = [max(base, 0) for base in bases]
    base = sum(counted)
    total = base * multiplier_bp // (program.amount_per_point * WHOLE)
    if not total:
        return [0] * len(bases)
    parts = [divmod(total * line, base) for line in counted]
    points = [whole for whole, _ in parts]
    by_fraction = sorted(range(len(points)), key=lambda index: (-parts[index][1], index))
    for index in by_fraction[: total - sum(points)]:
        points[index] += 1
    return points


def taken_back(points: int, base: int, given_up: int) -> int:
    """Of a line's points, what goes with units that had earned on `given_up` of its base.

    Rounded once over all of them, never by unit: all units take exactly all
    points, in whatever parts and order they are given up.
    """
    return points * min(max(given_up, 0), base) // base if base > 0 else 0


def activation(handover: datetime, program: Program, zone: ZoneInfo) -> datetime:
    """When points of goods handed over then become active: at once, or at the end of the last pending day."""
    return _end_of_day(handover, program.pending_days, zone) if program.pending_days else handover


def expiry(earn: datetime, program: Program, zone: ZoneInfo) -> datetime | None:
    """Until when points earned then may be spent; None for ever."""
    return _end_of_day(earn, program.expire_days, zone) if program.expire_days else None


def _end_of_day(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), tzinfo=zone)


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as far as points care; lines of one `group` are handed over together."""

    line_no: int
    earn_base: int
    net: int
    group: str
    handed_over: bool
    # a good sold by measure is one
    units: int = 1


@dataclass(frozen=True, slots=True)
class Sale:
    """A member's order, online or in a store."""

    order_id: str
    member_id: str
    business_time: datetime
    lines: tuple[SoldLine, ...]
    points_spent: int


@dataclass(frozen=True, slots=True)
class HandedRun:
    """Units of a line that are in the shopper's hands."""

    order_id: str
    line_no: int
    first: int
    last: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class CancelledRun:
    """Units of a line that nobody will hand over; amounts in minor units."""

    order_id: str
    line_no: int
    first: int
    last: int
    net: int
    earn_base: int
    points_returned: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that were earned together; `available` is what of it can be spent."""

    lot_id: str
    available: int
    earn_time: datetime
    expire_time: datetime | None


def take(lots: Sequence[Lot], points: int) -> list[tuple[str, int]]:
    """Which lots pay: earliest expiry first, then earliest earned (features 2.1.5). Raises Insufficient."""
    available = sum(lot.available for lot in lots)
    if points > available:
        raise Insufficient(f"{points} points were asked for and {available} can be spent", available=available)
    taken: list[tuple[str, int]] = []
    rest = points
    for lot in sorted(lots, key=lambda lot: (lot.expire_time is None, lot.expire_time, lot.earn_time, lot.lot_id)):
        part = min(rest, lot.available)
        if part:
            taken.append((lot.lot_id, part))
        rest -= part
    return taken


def give_back(parts: Sequence[tuple[str, int]], done: int, points: int) -> list[tuple[str, int]]:
    """Into which lots points go back that were spent from `parts`, when `done` of them went back before.

    What was taken last goes back first: what is left is what a smaller
    spending would have taken.
    """
    given: list[tuple[str, int]] = []
    for lot_id, part in reversed(parts):
        skipped = min(done, part)
        done -= skipped
        back = min(points, part - skipped)
        points -= back
        if back:
            given.append((lot_id, back))
    return given
