"""Gift cards, coupons, prepaid packs and vouchers in words of their own: what each must be, day by day."""

from dataclasses import dataclass, field

REINSTATED_DAYS, VOUCHER_DAYS = 30, 2
UNITS, PAID, LIST_PRICE = 6, 480, 110


@dataclass(slots=True)
class Thing:
    """Something that is spent in parts or whole; `ends` is the first day on which it is gone."""

    amount: int
    ends: int
    opener: bool = False
    restores: bool = True
    active: int = 0
    held: int = 0
    spent: int = 0

    def __post_init__(self) -> None:
        self.active = self.amount


@dataclass(slots=True)
class Order:
    """What an order took of one thing."""

    name: str
    amount: int
    state: str = "held"
    back: int = 0


@dataclass(slots=True)
class Model:
    """One member with one of each; his credit is what vouchers are of, and what an ended pack becomes."""

    day: int = 0
    things: dict[str, Thing] = field(
        default_factory=lambda: {
            "card": Thing(100, 20),
            "coupon": Thing(1, 10, opener=True),
            "once": Thing(1, 40, opener=True, restores=False),
            "pack": Thing(UNITS, 30),
        }
    )
    orders: list[Order] = field(default_factory=list)
    credit: int = 100
    held: int = 0
    spent: int = 0
    owed: int = 0
    left: int = 0
    voucher_ends: int | None = None
    refunded: bool = False

    def usable(self, name: str, amount: int) -> bool:
        thing = self.things[name]
        return thing.active >= amount and thing.ends > self.day

    def hold(self, name: str, amount: int) -> Order | None:
        amount = 1 if self.things[name].opener else amount
        if not self.usable(name, amount):
            return None
        self.things[name].active -= amount
        self.things[name].held += amount
        self.orders.append(Order(name, amount))
        return self.orders[-1]

    def drink(self, units: int) -> bool:
        """Over the counter."""
        if not self.usable("pack", units):
            return False
        self.things["pack"].active -= units
        self.things["pack"].spent += units
        return True

    def commit(self, order: Order) -> None:
        order.state = "spent"
        self.things[order.name].held -= order.amount
        self.things[order.name].spent += order.amount

    def release(self, order: Order) -> None:
        order.state = "released"
        self.things[order.name].held -= order.amount
        self._came(order.name, order.amount)

    def give_back(self, order: Order, amount: int) -> None:
        """In part, or all of it where the order ends."""
        thing = self.things[order.name]
        amount = min(amount, order.amount - order.back)
        if thing.opener and not thing.restores:
            return
        order.back += amount
        thing.spent -= amount
        if amount:
            self._came(order.name, amount)

    def issue(self, amount: int) -> bool:
        """A voucher goes out."""
        if self.voucher_ends is not None or self.credit < amount:
            return False
        self.credit -= amount
        self.held += amount
        self.left, self.voucher_ends = amount, self.day + VOUCHER_DAYS
        return True

    def offline(self, amount: int) -> None:
        """A sale by that voucher, which may take more than is on it."""
        taken = min(amount, self.left)
        self.left -= taken
        self.held -= taken
        if not self.left:
            self.voucher_ends = None
        more = min(amount - taken, self.credit)
        self.credit -= more
        self.spent += amount
        self.owed += amount - taken - more

    def wait(self, days: int) -> None:
        self.day += days
        if self.voucher_ends is not None and self.voucher_ends <= self.day:
            self.credit += self.left
            self.held -= self.left
            self.left, self.voucher_ends = 0, None
        for name, thing in self.things.items():
            if thing.ends <= self.day and (name != "pack" or not thing.held):
                thing.active = self._ended(name, thing)

    def sums(self) -> dict[str, tuple[int, ...]]:
        things = {name: (one.active, one.held, one.spent) for name, one in self.things.items()}
        return things | {"credit": (self.credit, self.held, self.spent, self.owed)}

    def _ended(self, name: str, thing: Thing) -> int:
        """Nothing is left of it; the first end of a pack is refunded, less what was drunk at its single price."""
        if name == "pack" and thing.active and not self.refunded:
            self.refunded = True
            refund = max(PAID - LIST_PRICE * thing.spent, 0)
            paid = min(refund, self.owed)
            self.owed -= paid
            self.credit += refund - paid
        return 0

    def _came(self, name: str, amount: int) -> None:
        thing = self.things[name]
        thing.active += amount
        if thing.ends <= self.day and not thing.opener:
            thing.ends = self.day + REINSTATED_DAYS
