"""Random days of goods that ask for lots, and what a dictionary says must come of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

from hypothesis import strategies as st

from omo.inventory.v1 import stock_service_pb2
from omo.storefacts.v1 import facts_pb2
from services.inventory.lots import naming
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, Inventory, device, movement, new
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.lots_rig import EXPIRY, LOT, Lots, answer, units

PLACES = ("TPE01", "TPE02")
NAMES = "AB"
_numbers = count()

_place = st.integers(0, 1)
_lot = st.sampled_from(NAMES)
_some = st.integers(1, 6)
STEPS = st.one_of(
    st.tuples(st.just("receive"), _place, _lot, _some),
    st.tuples(st.just("come"), _place, _some),
    st.tuples(st.just("sell"), _place, _lot, _some, st.integers(0, 8), st.booleans()),
    st.tuples(st.just("write_off"), _place, _lot, _some),
    st.tuples(st.just("count"), _place, st.integers(0, 9)),
    st.tuples(st.just("vanish"), _place),
    st.tuples(st.just("count_lots"), _place, st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.just("move"), _place, _lot, _some, st.booleans()),
    st.tuples(st.just("recall"), _lot),
    st.tuples(st.just("release"), _lot),
    st.tuples(st.just("expire")),
)
PROGRAMS = st.lists(STEPS, min_size=1, max_size=8)


class Run:
    """Plays one program on a good of its own, step by step beside the dictionary."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.floor = inventory, Floor(inventory)
        self.lots = Lots(inventory, self.floor)
        self.sku = f"L{next(_numbers)}"
        self.on_hand: Counter[str] = Counter()
        self.named: Counter[tuple[str, str]] = Counter()
        self.blocked: set[str] = set()
        # the last day of each lot that was ever named
        self.until: dict[str, date] = {}
        # places where units ever left without a name, so that nobody knows what is left of which lot
        self.doubtful: set[str] = set()
        self.sequence = 0

    async def play(self, program: Sequence[tuple[Any, ...]]) -> None:
        await shop.put(self.inventory, shop.product(self.sku, shop.variant(self.sku, tracking=[LOT, EXPIRY])))
        await self.inventory.put_locations(*PLACES)
        for verb, *given in program:
            await getattr(self, verb)(*given)
            await self.compare((verb, *given))
        await self.inventory.proving.example()

    async def compare(self, step: Any) -> None:
        for place in PLACES:
            level = await self.inventory.level(self.sku, place)
            listed = await self.floor.do("ListLots", HQ, sku=self.sku, location_id=place)
            found, nameless = listed.balances, sum(one.quantity for one in listed.unnamed)
            assert level.on_hand == self.on_hand[place], step
            named = {one.lot: one.on_hand for one in found}
            assert named == {lot: self.named[place, lot] for lot in NAMES if self.named[place, lot]}, step
            # whatever was named or not, it is one level
            assert sum(named.values()) + nameless == level.on_hand, step
            if nameless + sum(min(0, one) for one in named.values()) < 0:
                self.doubtful.add(place)
            assert level.quality_control == sum(one.put_aside for one in found), step
            for one in found:
                most = max(0, one.on_hand) if one.lot in self.blocked else 0
                assert (0 if place in self.doubtful else most) <= one.put_aside <= most, (step, one)

    def units(self, lot: str, quantity: int) -> Any:
        """Units that are named for good."""
        return units(lot, quantity, until=self.until.setdefault(lot, self.lots.day(5)))

    async def receive(self, at: int, lot: str, quantity: int) -> None:
        await self.lots.receive(self.sku, self.units(lot, quantity), place=PLACES[at])
        self.on_hand[PLACES[at]] += quantity
        self.named[PLACES[at], lot] += quantity

    async def come(self, at: int, quantity: int) -> None:
        await self.inventory.post(movement(self.sku, PLACES[at], quantity, "ADJUSTMENT"))
        self.on_hand[PLACES[at]] += quantity

    async def sell(self, at: int, lot: str, quantity: int, said: int, twice: bool) -> None:
        """A till sells, and says of some of the units, of none or of too many which they were."""
        order_id = new()
        named = [self.units(lot, said)] if said else []
        for _ in range(1 + twice):
            await self.lots.sell(self.sku, *named, place=PLACES[at], quantity=quantity, order_id=order_id)
        self.on_hand[PLACES[at]] -= quantity
        self.named[PLACES[at], lot] -= min(said, quantity)

    async def write_off(self, at: int, lot: str, quantity: int) -> None:
        said = await answer(self.lots.leave(self.sku, units(lot, quantity), place=PLACES[at]))
        assert said == ("FIELD_INVALID" if self.named[PLACES[at], lot] < quantity else "")
        if said:
            return
        self.on_hand[PLACES[at]] -= quantity
        self.named[PLACES[at], lot] -= quantity

    async def count(self, at: int, quantity: int) -> None:
        self.inventory.clock.advance(seconds=1)
        self.sequence += 1
        fact = facts_pb2.StockFact(fact_id=new(), counted=facts_pb2.StockCounted(sku=self.sku, quantity=quantity))
        fact.business_time.FromDatetime(self.inventory.clock())
        frame = facts_pb2.StockFrame(first_sequence=self.sequence, facts=[fact])
        till = device(PLACES[at]) | {"terminal": self.sku, "sub": self.sku}
        request = stock_service_pb2.RecordStockRequest(terminal_id=self.sku, location_id=PLACES[at], frame=frame)
        await self.inventory.call(self.inventory.facts.RecordStock, request, till)
        self.inventory.clock.advance(seconds=1)
        self.on_hand[PLACES[at]] = quantity

    async def vanish(self, at: int) -> None:
        await self.floor.do("PostVariance", HQ, sku=self.sku, location_id=PLACES[at], reason_id="NOT_IN_STOCK")
        self.on_hand[PLACES[at]] = 0
        for lot in NAMES:
            self.named[PLACES[at], lot] = 0

    async def count_lots(self, at: int, *quantities: int) -> None:
        given = {"sku": self.sku, "location_id": PLACES[at]}
        if sum(quantities) > max(0, self.on_hand[PLACES[at]]):
            seen = [units(lot, some) for lot, some in zip(NAMES, quantities, strict=True) if some]
            assert (await shop.refused(self.floor.do("CountLots", HQ, **given, units=seen))).reason == "FIELD_INVALID"
            return
        seen = [self.units(lot, some) for lot, some in zip(NAMES, quantities, strict=True) if some]
        await self.floor.do("CountLots", HQ, **given, units=seen)
        for lot, some in zip(NAMES, quantities, strict=True):
            self.named[PLACES[at], lot] = some

    async def move(self, at: int, lot: str, quantity: int, named: bool) -> None:
        """Some go to the other place, and come there as they left."""
        here, there = PLACES[at], PLACES[1 - at]
        line = {"sku": self.sku, "quantity": quantity}
        made = await self.floor.do("CreateTransfer", HQ, from_location_id=here, to_location_id=there, lines=[line])
        step: dict[str, Any] = {"transfer_id": made.transfer.transfer_id}
        fit = self.named[here, lot] >= quantity and lot not in self.blocked
        left = [line | {"lots": [units(lot, quantity)]}] if named and fit else []
        said = await answer(self.floor.do("ApproveTransfer", HQ, **step))
        assert said in ("", "OUT_OF_STOCK")
        if said:
            return
        await self.floor.do("ShipTransfer", HQ, **step, lines=left)
        await self.floor.do("ReceiveTransfer", HQ, **step, lines=[{"sku": self.sku, "accepted": quantity}])
        self.on_hand[here] -= quantity
        self.on_hand[there] += quantity
        if left:
            self.named[here, lot] -= quantity
            self.named[there, lot] += quantity

    async def recall(self, lot: str) -> None:
        await self._block("RecallLot", lot)

    async def release(self, lot: str) -> None:
        later = self.lots.day(5)
        if await self._block("ReleaseLot", lot, expire_date=later.isoformat()):
            self.until[lot] = later

    async def _block(self, verb: str, lot: str, **more: str) -> bool:
        said = await answer(self.floor.do(verb, HQ, sku=self.sku, lot=lot, **more))
        assert said == ("" if lot in self.until else "LOT_UNKNOWN")
        if said:
            return False
        self.blocked = self.blocked | {lot} if verb == "RecallLot" else self.blocked - {lot}
        return True

    async def expire(self) -> None:
        """The last day of every lot is over."""
        for lot, last in sorted(self.until.items(), key=lambda one: one[1]):
            self.inventory.clock.advance(days=max(0, (last - self.lots.day(0)).days + 1))
            await self.floor.due(naming.EXPIRE, f"{last.isoformat()}:{self.sku}")
            self.blocked.add(lot)
