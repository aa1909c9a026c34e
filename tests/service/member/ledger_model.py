"""The points ledger in words of its own: what every lot and every sum must be after whatever happens, day by day."""

from dataclasses import dataclass, field
from typing import Any

PENDING_DAYS, EXPIRE_DAYS, GRACE_DAYS = 2, 9, 3


@dataclass(slots=True)
class Lot:
    """Points that were earned together; `ends` is the first day on which they are gone."""

    who: int
    points: int
    earned: int
    ends: int
    pending: int = 0
    active: int = 0
    held: int = 0
    taken: int = 0
    spared: int = 0
    expired: int = 0
    starts: int | None = None


@dataclass(slots=True)
class Order:
    """What was sold, what it earned into which lot, and what was spent on it out of which lots."""

    who: int
    base: int = 0
    units: int = 1
    lot: Lot | None = None
    back: set[int] = field(default_factory=set)
    handed: bool = False
    ended: bool = False
    parts: list[tuple[Lot, int]] = field(default_factory=list)
    # of a spending: held, spent, or given back
    state: str = ""


@dataclass(slots=True)
class Model:
    """Two members, of whom one may turn out to be the other."""

    day: int = 0
    lots: list[Lot] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    holds: list[Order] = field(default_factory=list)
    sums: list[dict[str, int]] = field(default_factory=lambda: [{"spent": 0, "expired": 0, "debt": 0} for _ in "ab"])
    merged: bool = False

    def whom(self, who: int) -> int:
        return 1 if self.merged else who

    def sell(self, who: int, base: int, units: int) -> Order:
        order = Order(self.whom(who), base, units)
        if base // 10:
            order.lot = Lot(order.who, base // 10, self.day, self.day + EXPIRE_DAYS + 1, pending=base // 10)
            self.lots.append(order.lot)
        self.orders.append(order)
        return order

    def hand(self, order: Order) -> None:
        order.handed = True
        if order.lot and order.lot.starts is None and order.lot.pending:
            order.lot.starts = self.day + PENDING_DAYS + 1

    def wait(self, days: int) -> None:
        self.day += days
        for lot in sorted(self.lots, key=lambda one: one.earned):
            if lot.starts is not None and lot.starts <= self.day and lot.pending:
                paid = min(lot.pending, self.sums[lot.who]["debt"])
                self.sums[lot.who]["debt"] -= paid
                lot.active += lot.pending - paid
                lot.pending = 0
        for lot in self.lots:
            if lot.ends <= self.day and lot.active:
                self.sums[lot.who]["expired"] += lot.active
                lot.expired += lot.active
                lot.active = 0

    def spendable(self, who: int) -> list[Lot]:
        mine = [lot for lot in self.lots if lot.who == who and lot.active and lot.ends > self.day]
        return sorted(mine, key=lambda lot: (lot.ends, lot.earned))

    def take(self, who: int, points: int) -> list[tuple[Lot, int]] | None:
        lots = self.spendable(who)
        if sum(lot.active for lot in lots) < points:
            return None
        parts = []
        for lot in lots:
            part = min(points, lot.active)
            if part:
                lot.active -= part
                parts.append((lot, part))
            points -= part
        return parts

    def hold(self, who: int, points: int) -> Order | None:
        parts = self.take(self.whom(who), points)
        if parts is None:
            return None
        for lot, part in parts:
            lot.held += part
        order = Order(self.whom(who), parts=parts, state="held")
        self.holds.append(order)
        return order

    def release(self, order: Order) -> None:
        order.state = "released"
        for lot, part in order.parts:
            lot.held -= part
            lot.active += part

    def commit(self, order: Order) -> None:
        order.state = "spent"
        for lot, part in order.parts:
            lot.held -= part
            self.sums[lot.who]["spent"] += part

    def give_back(self, order: Order) -> None:
        order.state = "given back"
        for lot, part in order.parts:
            self.sums[lot.who]["spent"] -= part
            lot.active += part
            if lot.ends <= self.day:
                lot.ends = self.day + GRACE_DAYS + 1

    def come_back(self, order: Order, unit: int) -> None:
        order.back.add(unit)
        lot = order.lot
        if lot is None:
            return
        gone = sum(part(order.base, one, order.units) for one in order.back)
        due = lot.points * gone // order.base - lot.taken
        lot.taken += due
        for name in ("pending", "active"):
            step = min(due, getattr(lot, name))
            setattr(lot, name, getattr(lot, name) - step)
            due -= step
        ended = min(due, lot.expired - lot.spared)
        lot.spared += ended
        due -= ended
        for other in self.spendable(lot.who):
            step = min(due, other.active)
            other.active -= step
            due -= step
        self.sums[lot.who]["debt"] += due

    def cancel(self, order: Order) -> None:
        order.ended = True
        if order.lot:
            order.lot.taken = order.lot.points
            order.lot.pending = 0

    def adjust(self, who: int, points: int) -> bool:
        who = self.whom(who)
        if points < 0:
            return self.take(who, -points) is not None
        paid = min(points, self.sums[who]["debt"])
        self.sums[who]["debt"] -= paid
        if points > paid:
            rest = points - paid
            self.lots.append(Lot(who, rest, self.day, self.day + EXPIRE_DAYS + 1, active=rest, starts=self.day))
        return True

    def merge(self) -> None:
        self.merged = True
        for name, points in self.sums[0].items():
            self.sums[1][name] += points
            self.sums[0][name] = 0
        things: tuple[Any, ...] = (*self.lots, *self.orders, *self.holds)
        for one in things:
            one.who = 1

    def expected(self) -> list[tuple[int, ...]]:
        """Each lot, in the order in which they were opened."""
        return [(lot.who, lot.pending, lot.active, lot.held, lot.taken, lot.spared, lot.expired) for lot in self.lots]

    def balance(self, who: int) -> tuple[int, ...]:
        """Pending, active, held, spent, expired, debt."""
        mine = [lot for lot in self.lots if lot.who == who]
        inside = (sum(getattr(lot, name) for lot in mine) for name in ("pending", "active", "held"))
        return (*inside, *(self.sums[who][name] for name in ("spent", "expired", "debt")))


def part(whole: int, unit: int, units: int) -> int:
    """A unit's part, so that all units together are the whole."""
    return whole * (unit + 1) // units - whole * unit // units
