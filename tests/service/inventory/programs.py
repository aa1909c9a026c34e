"""Random programs of stock, and what a dictionary says must come of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from kit.errors import Fault
from omo.inventory.v1 import stock_service_pb2
from omo.storefacts.v1 import facts_pb2
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Hold, Line, Who
from services.inventory.stock.domain_commands import Ask, Command, Extend, Release
from services.inventory.stock.facts import Facts
from services.inventory.stock.wire_facts import frame
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, movement, new

WHO = Who("service", "order")
SKUS = 3
PLACE = "TPE01"
_numbers = count()

_sku = st.integers(0, SKUS - 1)
_some = st.integers(1, 6)
_lines = st.lists(st.tuples(_sku, _some), min_size=1, max_size=4).map(tuple)
_which = st.integers(0, 9)
STEPS = st.one_of(
    st.tuples(st.just("receive"), _sku, _some),
    st.tuples(st.just("hold"), _lines, st.sampled_from([0, 60, 120]), st.booleans(), st.none() | _which),
    st.tuples(st.just("confirm"), _which),
    st.tuples(st.just("hand_over"), _which),
    st.tuples(st.just("release"), _which),
    st.tuples(st.just("cancel"), _which),
    st.tuples(st.just("extend"), _which, st.sampled_from([60, 600])),
    st.tuples(st.just("wait"), st.sampled_from([30, 60])),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("sell"), _sku, _some),
    st.tuples(st.just("sell_late"), _sku, _some),
    st.tuples(st.just("count"), _sku, st.integers(0, 12)),
)
PROGRAMS = st.lists(STEPS, min_size=1, max_size=14)
_KEPT = "SELECT DISTINCT hold_id FROM hold_lines WHERE sku = ANY($1) AND active"


@dataclass(slots=True)
class Promised:
    """A hold as the dictionary knows it."""

    lines: dict[int, tuple[int, int]]
    expires: datetime | None
    order: bool
    state: str = "ACTIVE"
    made: datetime = field(default_factory=datetime.now)


class Run:
    """Plays one program on goods of its own, step by step beside the dictionary."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.number = next(_numbers)
        self.on_hand: Counter[int] = Counter()
        self.committed: Counter[int] = Counter()
        self.holds: dict[str, Promised] = {}
        self.ids: list[str] = []
        self.sequence = 0
        self.counted: set[int] = set()

    def sku(self, number: int) -> str:
        return f"R{self.number}-{number}"

    async def play(self, program: Sequence[tuple[Any, ...]]) -> None:
        await self.inventory.stocked({(self.sku(n), PLACE): 0 for n in range(SKUS)})
        for verb, *given in program:
            await getattr(self, verb)(*given)
            await self.compare((verb, *given))
        await self.inventory.proving.example()

    async def compare(self, step: Any) -> None:
        now = self.inventory.clock()
        async with self.inventory.db.read() as tx:
            seen = await store_levels.see(tx, [self.sku(n) for n in range(SKUS)], [PLACE], now)
            kept = await tx.fetch(_KEPT, [self.sku(n) for n in range(SKUS)])
        assert all(self.holds[row["hold_id"]].state == "ACTIVE" for row in kept), (step, "what has ended holds nothing")
        found = [(one.on_hand, one.committed, one.held - expired, one.available + expired) for one, expired in seen]
        assert found == [(self.on_hand[n], self.committed[n], self.held(n), self.available(n)) for n in range(SKUS)], (
            step
        )

    def held(self, sku: int) -> int:
        return sum(q for one in self.holds.values() if self.alive(one) for s, q in one.lines.values() if s == sku)

    def available(self, sku: int) -> int:
        return self.on_hand[sku] - self.committed[sku] - self.held(sku)

    def alive(self, one: Promised) -> bool:
        return one.state == "ACTIVE" and (one.expires is None or one.expires > self.inventory.clock())

    async def do(self, command: Command) -> Hold | Fault:
        try:
            return await self.inventory.ground.holds.do(command)
        except Fault as fault:
            return fault

    def pick(self, which: int) -> str:
        return self.ids[which % len(self.ids)] if self.ids else new()

    async def receive(self, sku: int, quantity: int) -> None:
        self.on_hand[sku] += quantity
        await self.inventory.post(movement(self.sku(sku), PLACE, quantity, "RECEIPT"))

    async def hold(self, lines: Any, ttl: int, partial: bool, replaces: int | None) -> None:
        hold_id, now = new(), self.inventory.clock()
        cart = self.pick(replaces) if replaces is not None and self.ids else ""
        if cart and (self.holds[cart].order):
            cart = ""
        expires = timedelta(seconds=ttl) if ttl else None
        wanted = tuple(Line(n, self.sku(sku), PLACE, quantity) for n, (sku, quantity) in enumerate(lines, 1))
        order_id = "" if ttl else hold_id
        ask = Ask(hold_id, wanted, b"f", WHO, expires, order_id, "", partial, cart)
        granted = self.granted(lines, partial, cart)
        held = await self.do(ask)
        if isinstance(held, Fault):
            assert (held.reason, granted) == ("OUT_OF_STOCK", {})
            return
        number = {self.sku(n): n for n in range(SKUS)}
        assert {one.line_no: (number[one.sku], one.quantity) for one in held.lines} == granted
        if cart and self.holds[cart].state == "ACTIVE":
            self.holds[cart].state = "RELEASED"
        self.ids.append(hold_id)
        self.holds[hold_id] = Promised(granted, now + expires if expires else None, not ttl, made=now)

    def granted(self, lines: Any, partial: bool, cart: str) -> dict[int, tuple[int, int]]:
        free = {n: self.available(n) for n in range(SKUS)}
        if cart and self.alive(self.holds[cart]):
            for sku, quantity in self.holds[cart].lines.values():
                free[sku] += quantity
        wanted: Counter[int] = Counter()
        for sku, quantity in lines:
            wanted[sku] += quantity
        if all(free[sku] >= quantity for sku, quantity in wanted.items()):
            return dict(enumerate(lines, 1))
        found = {}
        for number, (sku, quantity) in enumerate(lines, 1) if partial else ():
            got = min(quantity, max(0, free[sku]))
            free[sku] -= got
            if got:
                found[number] = (sku, got)
        return found

    async def confirm(self, which: int) -> None:
        hold_id = self.pick(which)
        one = self.holds.get(hold_id)
        if one is None or not one.order:
            return
        lines = [(self.sku(sku), quantity) for sku, quantity in one.lines.values()]
        event = news.confirmed(hold_id, *lines)
        for line, number in zip(event.facts.lines, one.lines, strict=True):
            line.line_no = number
        if one.state in ("ACTIVE", "RELEASED"):
            one.state = "COMMITTED"
            for sku, quantity in one.lines.values():
                self.committed[sku] += quantity
        await self.inventory.hear(event)

    async def hand_over(self, which: int) -> None:
        hold_id = self.pick(which)
        one = self.holds.get(hold_id)
        if one is None or one.state != "COMMITTED":
            return
        goods = [(self.sku(sku), quantity) for sku, quantity in one.lines.values()]
        # now: what left before a count is in what was counted
        event = news.handed_over(hold_id, *goods, at=self.inventory.clock())
        for line, number in zip(event.lines, one.lines, strict=True):
            line.unit.line_no = number
        one.state = "GONE"
        for sku, quantity in one.lines.values():
            self.committed[sku] -= quantity
            self.on_hand[sku] -= quantity
        await self.inventory.hear(event)

    async def cancel(self, which: int) -> None:
        hold_id = self.pick(which)
        one = self.holds.get(hold_id)
        if one is None or not one.order:
            return
        if one.state == "COMMITTED":
            for sku, quantity in one.lines.values():
                self.committed[sku] -= quantity
        one.state = "CANCELLED"
        await self.inventory.hear(news.cancelled(hold_id))

    async def release(self, which: int) -> None:
        hold_id = self.pick(which)
        one = self.holds.get(hold_id)
        ended = await self.do(Release(hold_id, WHO))
        assert isinstance(ended, Fault) == (one is not None and one.state in ("COMMITTED", "GONE"))
        if one is not None and one.state == "ACTIVE":
            one.state = "RELEASED"

    async def extend(self, which: int, seconds: int) -> None:
        hold_id, now = self.pick(which), self.inventory.clock()
        one = self.holds.get(hold_id)
        moved = await self.do(Extend(hold_id, timedelta(seconds=seconds)))
        assert isinstance(moved, Hold) == (one is not None and self.alive(one))
        if isinstance(moved, Hold) and one is not None and one.expires is not None:
            one.expires = max(one.expires, now + timedelta(seconds=seconds))

    async def wait(self, seconds: int) -> None:
        self.inventory.clock.advance(seconds=seconds)

    async def sweep(self) -> None:
        await self.inventory.ground.holds.sweep()

    async def sell(self, sku: int, quantity: int) -> None:
        self.on_hand[sku] -= quantity
        at = self.inventory.clock()
        await self.inventory.hear(news.recorded(news.sale(new(), (self.sku(sku), quantity), at=at)))

    async def sell_late(self, sku: int, quantity: int) -> None:
        """A till that was offline: every count since has seen the goods gone."""
        if sku not in self.counted:
            self.on_hand[sku] -= quantity
        at = self.inventory.clock() - timedelta(days=2)
        await self.inventory.hear(news.recorded(news.sale(new(), (self.sku(sku), quantity), at=at)))

    async def count(self, sku: int, quantity: int) -> None:
        """All that happened is in the count: time stands still in the program, but goes on after each count."""
        self.on_hand[sku] = quantity
        self.sequence += 1
        self.counted.add(sku)
        one = facts_pb2.StockFact(fact_id=new(), counted=facts_pb2.StockCounted(sku=self.sku(sku), quantity=quantity))
        one.business_time.FromDatetime(self.inventory.clock())
        given = facts_pb2.StockFrame(first_sequence=self.sequence, facts=[one])
        terminal = f"till-{self.number}"
        payloads, entries, _ = frame(_request(terminal, given), self.inventory.clock())
        await Facts(self.inventory.db, self.inventory.clock, "UTC").take(terminal, self.sequence, payloads, entries)
        self.inventory.clock.advance(seconds=1)


def _request(terminal_id: str, given: facts_pb2.StockFrame) -> Any:
    return stock_service_pb2.RecordStockRequest(terminal_id=terminal_id, location_id=PLACE, frame=given)
