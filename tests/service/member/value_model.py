"""Shopping credit in words of its own: what every lot must be after whatever happens, day by day."""

from dataclasses import dataclass, field

REINSTATED_DAYS = 30


@dataclass(slots=True)
class Lot:
    """Credit that was given at once; `ends` is the first day on which it is gone."""

    who: int
    issued: int
    ends: int | None
    active: int = 0
    held: int = 0
    spent: int = 0
    owed: int = 0


@dataclass(slots=True)
class Order:
    """What an order takes, and of which lots."""

    who: int
    amount: int
    parts: list[list[object]] = field(default_factory=list)
    debt: Lot | None = None
    state: str = "held"


@dataclass(slots=True)
class Model:
    """Two members, of whom one may turn out to be the other."""

    day: int = 0
    lots: list[Lot] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    merged: bool = False

    def whom(self, who: int) -> int:
        return 1 if self.merged else who

    def give(self, who: int, amount: int, days: int | None) -> None:
        lot = Lot(self.whom(who), amount, self.day + days if days else None, active=amount)
        self.lots.append(lot)
        for debt in [one for one in self.lots if one.who == lot.who and one.owed]:
            paid = min(debt.owed, lot.active)
            debt.owed -= paid
            lot.active -= paid

    def usable(self, who: int) -> list[Lot]:
        mine = [lot for lot in self.lots if lot.who == who and lot.active and (lot.ends is None or lot.ends > self.day)]
        return sorted(mine, key=lambda lot: (lot.ends is None, lot.ends or 0, self.lots.index(lot)))

    def take(self, who: int, amount: int) -> list[tuple[Lot, int]]:
        taken = []
        for lot in self.usable(who):
            part = min(amount, lot.active)
            if part:
                lot.active -= part
                amount -= part
                taken.append((lot, part))
        return taken

    def hold(self, who: int, amount: int) -> Order | None:
        who = self.whom(who)
        if sum(lot.active for lot in self.usable(who)) < amount:
            return None
        order = Order(who, amount, [[lot, part, 0] for lot, part in self.take(who, amount)])
        for lot, part, _ in order.parts:
            lot.held += part  # type: ignore[attr-defined]
        self.orders.append(order)
        return order

    def sell(self, who: int, amount: int) -> Order:
        """A store sale that nobody held for."""
        who = self.whom(who)
        order = Order(who, amount, [[lot, part, 0] for lot, part in self.take(who, amount)], state="spent")
        for lot, part, _ in order.parts:
            lot.spent += part  # type: ignore[attr-defined]
        rest = amount - sum(part for _, part, _ in order.parts)  # type: ignore[misc]
        if rest:
            order.debt = Lot(who, 0, None, spent=rest, owed=rest)
            self.lots.append(order.debt)
        self.orders.append(order)
        return order

    def end(self, order: Order, state: str) -> None:
        """Released, or spent."""
        order.state = state
        for lot, part, _ in order.parts:
            lot.held -= part  # type: ignore[attr-defined]
            if state == "spent":
                lot.spent += part  # type: ignore[attr-defined]
            else:
                self._back(lot, part)  # type: ignore[arg-type]

    def cancel(self, order: Order) -> None:
        order.state = "cancelled"
        for part in order.parts:
            left = part[1] - part[2]  # type: ignore[operator]
            part[0].spent -= left  # type: ignore[attr-defined]
            if left:
                self._back(part[0], left)  # type: ignore[arg-type]
        debt = order.debt
        if debt is not None and debt.spent:
            paid = debt.spent - debt.owed
            debt.spent = debt.owed = 0
            if paid:
                self.give(debt.who, paid, None)

    def wait(self, days: int) -> None:
        self.day += days
        for lot in self.lots:
            if lot.ends is not None and lot.ends <= self.day:
                lot.active = 0

    def merge(self) -> None:
        self.merged = True
        for lot in self.lots:
            lot.who = 1
        for order in self.orders:
            order.who = 1

    def sums(self, who: int) -> tuple[int, int, int, int]:
        mine = [lot for lot in self.lots if lot.who == who]
        return tuple(sum(getattr(lot, name) for lot in mine) for name in ("active", "held", "spent", "owed"))

    def _back(self, lot: Lot, amount: int) -> None:
        lot.active += amount
        if lot.ends is not None and lot.ends <= self.day:
            lot.ends = self.day + REINSTATED_DAYS
