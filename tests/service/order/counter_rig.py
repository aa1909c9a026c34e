"""A counter in TPE01: its till's frames, its visits, and shoppers who come with what they have."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from omo.order.v1 import counter_service_pb2 as pb
from omo.order.v1 import counter_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import trade_pb2
from tests.service.order.brand import MEMBER
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import Rig, eventually
from tests.service.order.sales_rig import STORE, TILL, frame, sale
from tests.service.order.sales_rig import line as sold

CASH = trade_pb2.TENDER_KIND_CASH
SHIP, COLLECT = trade_pb2.FULFILMENT_METHOD_SHIP, trade_pb2.FULFILMENT_METHOD_COLLECT


@dataclass(slots=True)
class Desk:
    """The staff of TPE01 and their till."""

    rig: Rig
    store: Store = field(init=False)
    stub: Any = field(init=False)

    def __post_init__(self) -> None:
        self.store, self.stub = Store(self.rig), rpc.CounterServiceStub(self.rig.channel)

    def device(self) -> str:
        return self.rig.issuer.token("device", TILL, terminal=TILL, locations=[STORE])

    async def ask(self, verb: str, request: Any, token: str = "") -> Any:
        return await self.rig.call(getattr(self.stub, verb), request, token or self.store.adviser())

    async def sold(self, *lines: facts_pb2.SaleLine, **more: Any) -> order_pb2.Order:
        """What the till sold, as the stream brings it."""
        fact = sale(*lines, member_id=more.pop("member_id", MEMBER), cashier_staff_code="", **more)
        self.rig.world.calls["frames"] += 1
        request = frame(fact, first=self.rig.world.calls["frames"])
        await self.rig.call(sales_rpc.SalesServiceStub(self.rig.channel).RecordSales, request, self.device())
        return await self.rig.get(fact.sale_id)

    async def visit(self, token: str = "", **asked: Any) -> pb.SettleVisitResponse:
        """One visit, all at once."""
        tenders = [facts_pb2.SaleTender(kind=CASH, amount=amount) for amount in asked.pop("paid", ())]
        lines = [pb.VisitLine(sku=sku, quantity=many) for sku, many in asked.pop("takes", ())]
        request = pb.SettleVisitRequest(
            request_id=asked.pop("key", "") or str(uuid.uuid4()), location_id=STORE, lines=lines, channel_id="stores",
            tenders=tenders, **asked,
        )  # fmt: skip
        return await self.ask("SettleVisit", request, token)  # type: ignore[no-any-return]

    async def pickup(self, order: order_pb2.Order, *dropped: tuple[int, int]) -> pb.VisitPickup:
        """What waits for the shopper, who has his PIN, and leaves some of it."""
        ready = await self.store.made_ready(order.order_id)
        pin = await self.store.pin(order.order_id)
        left = [pb.DroppedUnits(line_no=no, quantity=many) for no, many in dropped]
        return pb.VisitPickup(fulfilment_id=ready.fulfilment_id, pin=pin, dropped=left)

    async def journal(self, order_id: str) -> list[tuple[str, str, int, str]]:
        """What moved by which tender, and why."""
        rows = await self.rig.rows(
            "SELECT entry, kind, amount, code FROM order_tenders WHERE order_id = $1 ORDER BY record_time, entry",
            order_id,
        )
        return [tuple(row) for row in rows]

    async def quiet(self) -> None:
        """Until nothing about money falls due."""

        async def done() -> bool:
            return not await self.rig.rows(
                "SELECT FROM timers WHERE kind IN ('fulfilment.capture', 'payment.let_go', 'payment.give_back')"
                " AND due_time <= now() + interval '1 minute'"
            )

        await eventually(done)

    async def told(self, name: str, kind: Any, order_id: str) -> list[Any]:
        """Events of a type about one order."""
        found = await self.store.events(name, kind)
        return [one for one in found if getattr(one, "order_id", one.meta.aggregate_id) == order_id]


def amounts(visit: pb.Visit) -> dict[str, int]:
    """What is not nothing."""
    names = ("returned", "dropped", "sale", "exchanged", "charged", "refunded", "released")
    found = {name: getattr(visit, f"{name}_total").minor_units for name in names}
    return {name: amount for name, amount in found.items() if amount}


def later(number: int, sku: str, quantity: int, listed: int, place: str = "", method: int = SHIP) -> Any:
    """A line of a till's sale that is not carried out."""
    return sold(number, sku, quantity, listed, method=method, fulfilment_location_id=place)
