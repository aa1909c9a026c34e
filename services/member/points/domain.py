"""The arithmetic of points: accounts, what is taken back, and which lots pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault
from services.member.points.domain_earning import Sale, SoldLine
from services.member.program.domain import NO_PROGRAM, WHOLE, Program, Tier

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
    # taken off a refund instead, in money
    SETTLED = 8


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


class ProgramUnknown(Fault):
    """The program has no such version."""

    code = Code.NOT_FOUND
    reason = "PROGRAM_UNKNOWN"


class LotUnknown(Fault):
    """The member has no such lot, or nothing in it is pending."""

    code = Code.NOT_FOUND
    reason = "LOT_UNKNOWN"


class MemberUnknown(Fault):
    """No member has that id."""

    code = Code.NOT_FOUND
    reason = "MEMBER_UNKNOWN"


def taken_back(points: int, base: int, given_up: int) -> int:
    """Of a line's points, what goes with units that had earned on `given_up` of its base.

    Rounded once over all of them, never by unit: all units take exactly all
    points, in whatever parts and order they are given up.
    """
    return points * min(max(given_up, 0), base) // base if base > 0 else 0


def activation(handover: datetime, program: Program, zone: ZoneInfo) -> datetime:
    """When points of goods sold and handed over then become active."""
    return program.activates(handover, handover, zone) or handover


def expiry(earn: datetime, program: Program, zone: ZoneInfo) -> datetime | None:
    """Until when points earned then may be spent; None for ever."""
    return program.expires(earn, zone)


@dataclass(frozen=True, slots=True)
class HandedRun:
    """Units of a line that are in the shopper's hands."""

    order_id: str
    line_no: int
    first: int
    last: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class ReturnedRun:
    """Units of a line that came back; amounts in minor units."""

    order_id: str
    line_no: int
    first: int
    last: int
    net: int
    earn_base: int
    points_returned: int
    moment: datetime
    refund_id: str
    # of a good sold by measure, how much of its one unit; 0 where pieces came back
    measure: int = 0
    # where: a return is told by each store that received a part of it
    location_id: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """A return of units of one order, as far as points and tiers care, and what was settled of it so far."""

    refund_id: str
    order_id: str
    member_id: str
    moment: datetime
    # in how many parts; taken back, owed, and given back until now
    parts: int = 0
    taken: int = 0
    short: int = 0
    given: int = 0


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
    # of a good sold by measure, how much of its one unit; 0 where pieces were given up
    measure: int = 0


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


__all__ = [
    "MAX_UNITS",
    "NO_PROGRAM",
    "WHOLE",
    "Account",
    "CancelledRun",
    "HandedRun",
    "Insufficient",
    "Kind",
    "Lot",
    "LotUnknown",
    "MemberUnknown",
    "Program",
    "ProgramUnknown",
    "Refund",
    "ReturnedRun",
    "Sale",
    "SoldLine",
    "Tier",
    "activation",
    "expiry",
    "give_back",
    "take",
    "taken_back",
]
