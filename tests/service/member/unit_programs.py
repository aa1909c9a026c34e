"""Orders whose units leave in parts or not at all, as events in any order; and what must come of them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.points import store
from tests.service.member.points_rig import COLLECT, NOW, Book, cancelled, hold, new, rich

HANDED, GIVEN_UP, OPEN = "handed over", "given up", "open"
# points that the shopper had before
PURSE = 1000


def part(whole: int, first: int, last: int, quantity: int) -> int:
    """What of a whole falls on a run of units, so that all runs together are the whole."""
    return whole * (last + 1) // quantity - whole * first // quantity


@dataclass(frozen=True, slots=True)
class Sold:
    """A line: what it earned on, how many units at which place, and what becomes of them, run by run."""

    base: int
    place: str
    fates: tuple[str, ...]
    cuts: tuple[bool, ...]

    @property
    def quantity(self) -> int:
        return len(self.fates)

    def runs(self, fate: str) -> list[tuple[int, int]]:
        """Runs of units with one fate, also cut in between."""
        found: list[tuple[int, int]] = []
        for unit, (own, cut) in enumerate(zip(self.fates, self.cuts, strict=True)):
            if own != fate:
                continue
            if found and found[-1][1] == unit - 1 and not cut:
                found[-1] = (found[-1][0], unit)
            else:
                found.append((unit, unit))
        return found

    def given_up(self, whole: int) -> int:
        return sum(part(whole, *run, self.quantity) for run in self.runs(GIVEN_UP))


@dataclass(slots=True)
class Program:
    """An order and its news, as they arrive."""

    lines: list[Sold]
    spent: int
    ended: bool
    order_id: str = field(default_factory=new)
    shopper: str = ""

    def facts(self) -> order_facts_pb2.OrderFacts:
        found = order_facts_pb2.OrderFacts(
            order_id=self.order_id,
            member_id=self.shopper,
            channel_kind=channel_pb2.CHANNEL_KIND_ONLINE,
            currency_code="TWD",
            points_spent=self.spent,
        )
        for number, line in enumerate(self.lines, 1):
            found.lines.add(
                line_no=number,
                sku="S",
                quantity=line.quantity,
                net_total=line.base + 7,  # what points paid counts toward the tier, and earns nothing
                earn_base=line.base,
                method=COLLECT,
                fulfilment_location_id=line.place,
            )
        found.business_time.FromDatetime(NOW)
        return found

    def news(self) -> list[Any]:
        """Every event once."""
        confirmed = order_events_pb2.OrderConfirmed(facts=self.facts())
        confirmed.meta.aggregate_id = self.order_id
        found: list[Any] = [confirmed]
        done = 0
        for number, line in enumerate(self.lines, 1):
            found += [self.handed(number, *run) for run in line.runs(HANDED)]
            for run in line.runs(GIVEN_UP):
                found.append(self.given_up(number, *run, upto=done))
            done += line.quantity
        return [*found, *([cancelled(self.order_id, self.shopper)] if self.ended else [])]

    def handed(self, number: int, first: int, last: int, days: int = 0) -> order_events_pb2.UnitsHandedOver:
        event = order_events_pb2.UnitsHandedOver(order_id=self.order_id, member_id=self.shopper)
        line = event.lines.add(sku="S", quantity=last - first + 1)
        line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = self.order_id, number, first, last
        event.meta.aggregate_id = self.order_id
        event.meta.business_time.FromDatetime(NOW + timedelta(days=days))
        return event

    def given_up(self, number: int, first: int, last: int, upto: int = 0) -> order_events_pb2.UnitsCancelled:
        """As order announces it; `upto` units of the order stand before the line."""
        sold = self.lines[number - 1]
        event = order_events_pb2.UnitsCancelled(order_id=self.order_id, member_id=self.shopper, reason="UNFILLABLE")
        line = event.lines.add(sku="S", quantity=last - first + 1)
        line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = self.order_id, number, first, last
        line.net_total = part(sold.base + 7, first, last, sold.quantity)
        line.earn_base = part(sold.base, first, last, sold.quantity)
        line.points_returned = part(self.spent, upto + first, upto + last, self.units)
        event.meta.aggregate_id = self.order_id
        event.meta.business_time.FromDatetime(NOW)
        return event

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    async def begin(self, book: Book) -> None:
        self.shopper = await rich(book, PURSE)
        if self.spent:
            await hold(book, self.order_id, self.shopper, self.spent)

    async def judge(self, book: Book) -> None:
        """Everything is as the rule says, whatever came first."""
        pending, active = (0, 0) if self.ended else self._earned()
        spent = 0 if self.ended else self.spent - self._returned()
        found = await book.balance(self.shopper)
        assert found == (pending, PURSE - spent + active, 0, spent, 0)
        count = 0 if self.ended else sum(line.base + 7 - line.given_up(line.base + 7) for line in self.lines)
        assert await book.spend(self.shopper) == count
        async with book.db.read() as tx:
            tier = (await store.balance(tx, self.shopper)).tier
        wanted = "gold" if count >= 30_000 else "silver" if count >= 10_000 else "basic"
        assert tier == wanted or (self.ended and not tier), "what is ended before it is heard of never raised anybody"

    def _returned(self) -> int:
        done = returned = 0
        for line in self.lines:
            returned += sum(part(self.spent, done + a, done + b, self.units) for a, b in line.runs(GIVEN_UP))
            done += line.quantity
        return returned

    def _earned(self) -> tuple[int, int]:
        """What is pending and what is active in the end, said in words of its own."""
        total = sum(line.base for line in self.lines)
        whole = total // 10
        exact = [divmod(whole * line.base, total) if total else (0, 0) for line in self.lines]
        points = [quotient for quotient, _ in exact]
        for index in sorted(range(len(exact)), key=lambda at: (-exact[at][1], at))[: whole - sum(points)]:
            points[index] += 1
        left: dict[str, int] = {}
        for line, earned in zip(self.lines, points, strict=True):
            taken = earned * line.given_up(line.base) // line.base if earned else 0
            left[line.place] = left.get(line.place, 0) + earned - taken
        waiting = {line.place for line, earned in zip(self.lines, points, strict=True) if earned and OPEN in line.fates}
        pending = sum(points for place, points in left.items() if place in waiting)
        return pending, sum(left.values()) - pending


@st.composite
def sold(draw: st.DrawFn) -> Sold:
    fates = draw(st.lists(st.sampled_from([HANDED, GIVEN_UP, GIVEN_UP, OPEN]), min_size=1, max_size=4))
    cuts = draw(st.lists(st.booleans(), min_size=len(fates), max_size=len(fates)))
    base = draw(st.one_of(st.integers(0, 60), st.integers(0, 40_000)))
    return Sold(base, draw(st.sampled_from(["TPE01", "TPE02"])), tuple(fates), tuple(cuts))


PROGRAMS = st.builds(
    Program,
    lines=st.lists(sold(), min_size=1, max_size=3),
    spent=st.sampled_from([0, 0, 1, 7, 100]),
    ended=st.sampled_from([False, False, True]),
)
