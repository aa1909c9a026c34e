"""Goods that are sold ahead, as headquarters, shoppers and inventory say it."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

from kit.errors import Code, Fault
from omo.inventory.v1 import supply_events_pb2, supply_pb2
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import preorder_service_pb2 as pb
from omo.order.v1 import preorder_service_pb2_grpc as rpc
from tests.service.order.rig import CONFIRMED, Rig
from tests.service.order.sourcing_rig import meta

OFFER = "CUPS"
ON_HOLD, PLACED = order_pb2.FULFILMENT_STATE_ON_HOLD, order_pb2.FULFILMENT_STATE_PLACED
_AT_ONCE, _TRIES = 20, 5
_TROUBLE = (Code.ABORTED, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED)


def offer(rig: Rig, **changed: Any) -> pb.Preorder:
    """Scarves, sold for a week from now on, handed over in ten days."""
    now = rig.clock().replace(microsecond=0)
    given = {"start_time": now - timedelta(hours=1), "end_time": now + timedelta(days=7),
             "release_time": now + timedelta(days=10), **changed}  # fmt: skip
    made = pb.Preorder(offer_id=given.pop("offer_id", OFFER), sku=given.pop("sku", "SCARF"))
    for name in ("start_time", "end_time", "release_time"):
        getattr(made, name).FromDatetime(given.pop(name))
    for name in ("channel_caps", "location_caps"):
        caps = given.pop(name, {})
        getattr(made, name).extend(pb.PreorderCap(code=code, units=units) for code, units in caps.items())
    for name, value in given.items():
        setattr(made, name, value)
    return made


async def put(rig: Rig, **changed: Any) -> pb.Preorder:
    asked = pb.PutPreorderRequest(request_id=str(uuid.uuid4()), preorder=offer(rig, **changed))
    reply = await rig.call(rpc.PreorderServiceStub(rig.channel).PutPreorder, asked, rig.hq())
    return reply.preorder  # type: ignore[no-any-return]


async def sold(rig: Rig) -> dict[str, int]:
    """What is counted of the offer, by scope."""
    rows = await rig.rows("SELECT scope, units FROM preorder_counts WHERE offer_id = $1 AND units > 0", OFFER)
    return {row["scope"]: row["units"] for row in rows}


async def ends(rig: Rig, *wishes: dict[str, Any]) -> list[str]:
    """What becomes of these orders, as many at once as the test's few connections serve: CONFIRMED, or why not."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(wish: dict[str, Any]) -> str:
        async with turn:
            return await _end(rig, {"request_id": str(uuid.uuid4()), **wish})

    return list(await asyncio.gather(*map(one, wishes)))


async def _end(rig: Rig, wish: dict[str, Any]) -> str:
    """As any client does it: no answer is no refusal, and the same key asks again."""
    for _ in range(_TRIES):
        try:
            order = await rig.place(**wish)
        except Fault as fault:
            if fault.code not in _TROUBLE:
                return fault.reason
        else:
            return "CONFIRMED" if order.state == CONFIRMED else str(order.state)
    return "NO_ANSWER"


async def shown(rig: Rig, channel_id: str = "web") -> list[pb.ShownPreorder]:
    asked = pb.ShowPreordersRequest(channel_id=channel_id)
    reply = await rig.call(rpc.PreorderServiceStub(rig.channel).ShowPreorders, asked, "")
    return list(reply.preorders)


async def tasks(rig: Rig, order_id: str) -> list[tuple[int, str, list[int]]]:
    order = await rig.get(order_id)
    found = [
        (one.state, one.reason.removeprefix("ACCEPT_LATE"), [each.line_no for each in one.lines])
        for one in order.fulfilments
    ]
    return sorted(found, key=lambda one: one[2])


async def cancel(rig: Rig, order_id: str) -> Any:
    asked = orders_pb.CancelOrderRequest(request_id=str(uuid.uuid4()), order_id=order_id, reason="CHANGED_MIND")
    return (await rig.call(rig.orders.CancelOrder, asked, rig.hq())).order


def there(order_id: str, version: int, line_no: int = 2) -> Any:
    """Inventory's word that nothing of a line waits any more."""
    told = supply_pb2.Backorder(
        owner_id=order_id, order_id=order_id, line_no=line_no, quantity=0, sku="SCARF", location_id="TPE01"
    )
    return supply_events_pb2.BackorderChanged(meta=meta(order_id, version), backorder=told)
