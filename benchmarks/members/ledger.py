"""What generated members earned, as rows for COPY: double entries, lots, and the balances that they lead to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np

from benchmarks.members import binary, people
from benchmarks.members.binary import Column
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT

# two lots earned and activated, part of the first expired: five transfers of two entries
ENTRIES_EACH = 10
_LIVES = 730 * 24 * 60
_PER_POINT = 10
_AMOUNTS = range(200, 2_000)

TABLES = {
    "points_balances": ("member_id", "version", "active", "expired", "newest_sale_time"),
    "points_lots": (
        "member_id", "lot_id", "order_id", "line_nos", "line_points", "points", "pending", "active", "earn_time",
        "activate_time", "expire_time", "rule_version", "line_bases", "line_units", "expired",
    ),
    "qualifying_spend": ("member_id", "order_id", "business_time", "amount", "points"),
    "points_transfers": (
        "member_id", "transfer_id", "kind", "natural_key", "points", "business_time", "reason", "rule_version",
        "actor_kind", "actor_id", "terminal_id",
    ),
    "points_entries": ("member_id", "transfer_id", "account", "lot_id", "amount"),
}  # fmt: skip


class Step(IntEnum):
    """What is written for everybody before the next thing is: a member's rows lie as far apart as in life."""

    FIRST_LOT = 0
    SECOND_LOT = 1
    FIRST_EARNED = 2
    FIRST_READY = 3
    FIRST_EXPIRED = 4
    SECOND_EARNED = 5
    SECOND_READY = 6
    BALANCES = 7


@dataclass(frozen=True, slots=True)
class Drawn:
    """What so many members earned: points, when (minutes), and what of it is gone; of two lots each."""

    first: int
    count: int
    points: tuple[Column, Column]
    at: tuple[Column, Column]
    gone: Column

    @classmethod
    def by_seed(cls, first: int, count: int) -> Self:
        chance = np.random.default_rng([people.SEED, first, 1])
        points = chance.integers(_AMOUNTS.start, _AMOUNTS.stop, (2, count))
        at = chance.integers(0, people.MINUTES, (2, count))
        return cls(first, count, (points[0], points[1]), (at[0], at[1]), points[0] // 4)

    @property
    def member(self) -> Column:
        return people.member_ids(self.first, self.count)

    def lot(self, place: int) -> Column:
        return people.ids(self.first, self.count, place)


def rows(step: Step, first: int, count: int) -> dict[str, bytes]:
    """What one step writes of so many members, by table."""
    drawn = Drawn.by_seed(first, count)
    match step:
        case Step.FIRST_LOT | Step.SECOND_LOT:
            return _lots(drawn, int(step))
        case Step.FIRST_EARNED | Step.SECOND_EARNED:
            place = int(step is Step.SECOND_EARNED)
            earned = (Account.ISSUED, None), (Account.PENDING, drawn.lot(place))
            return _transfers(drawn, step, place, Kind.EARN, drawn.points[place], earned)
        case Step.FIRST_READY | Step.SECOND_READY:
            place = int(step is Step.SECOND_READY)
            ready = (Account.PENDING, drawn.lot(place)), (Account.ACTIVE, drawn.lot(place))
            return _transfers(drawn, step, place, Kind.ACTIVATE, drawn.points[place], ready)
        case Step.FIRST_EXPIRED:
            lost = (Account.ACTIVE, drawn.lot(0)), (Account.EXPIRED, None)
            return _transfers(drawn, step, 0, Kind.EXPIRE, drawn.gone, lost)
        case Step.BALANCES:
            return _balances(drawn)


def _lots(drawn: Drawn, place: int) -> dict[str, bytes]:
    points, at = drawn.points[place], binary.times(people.BEGIN, drawn.at[place])
    gone = drawn.gone if place == 0 else np.zeros_like(drawn.gone)
    end, order = binary.times(people.BEGIN, drawn.at[place] + _LIVES), people.ids(drawn.first, drawn.count, 100 + place)
    lots = (
        drawn.member, drawn.lot(place), order, binary.integers(1), binary.bigints(points), binary.int8(points),
        binary.same_number(0), binary.int8(points - gone), at, at, end, binary.same("1"),
        binary.bigints(points * _PER_POINT), binary.bigints(np.ones(1)), binary.int8(gone),
    )  # fmt: skip
    counted = (drawn.member, order, at, binary.int8(points * _PER_POINT), binary.int8(points))
    return {
        "points_lots": binary.rows(drawn.count, lots),
        "qualifying_spend": binary.rows(drawn.count, counted),
    }


def _transfers(
    drawn: Drawn, step: Step, place: int, kind: Kind, points: Column, sides: Sequence[tuple[Account, Column | None]]
) -> dict[str, bytes]:
    member, transfer = drawn.member, people.ids(drawn.first, drawn.count, 10 + step)
    shown = -points if kind is Kind.EXPIRE else points
    key, at = binary.hexadecimal(transfer), binary.times(people.BEGIN, drawn.at[place])
    fixed = (binary.same(text) for text in ("generated", "1", "service", "operator", ""))
    head = (member, transfer, binary.same_number(kind, 2), key, binary.int8(shown), at, *fixed)
    # out of the first side, into the second: so they sum to 0
    entries = [
        binary.rows(
            drawn.count,
            (member, transfer, binary.same_number(account, 2), _lot(lot), binary.int8(sign * points)),
        )
        for sign, (account, lot) in zip((-1, 1), sides, strict=True)
    ]
    return {"points_transfers": binary.rows(drawn.count, head), "points_entries": b"".join(entries)}


def _lot(lot: Column | None) -> Column:
    return binary.same(bytes.fromhex(NO_LOT.replace("-", ""))) if lot is None else lot


def _balances(drawn: Drawn) -> dict[str, bytes]:
    active = drawn.points[0] + drawn.points[1] - drawn.gone
    newest = binary.times(people.BEGIN, np.maximum(*drawn.at))
    told = (drawn.member, binary.same_number(5), binary.int8(active), binary.int8(drawn.gone), newest)
    return {"points_balances": binary.rows(drawn.count, told)}
