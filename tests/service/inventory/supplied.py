"""Goods that are to come, as tests write and receive them, and who waits for them."""

from datetime import timedelta
from typing import Any

from omo.inventory.v1 import supply_pb2 as pb
from omo.inventory.v1 import supply_service_pb2 as rpc
from services.inventory import wire as fields
from tests.service.inventory.conftest import HQ, Inventory
from tests.service.inventory.floor_rig import Floor

ORDERED, NOTICE = pb.SUPPLY_KIND_PURCHASE_ORDER, pb.SUPPLY_KIND_SHIPPING_NOTICE


def line(inventory: Inventory, quantity: int, place: str = "A", days: float = 3, **more: Any) -> pb.SupplyLine:
    """So many coats to a place in some days."""
    at = fields.timestamp(inventory.clock() + timedelta(days=days))
    given: dict[str, Any] = {"sku": "COAT", "location_id": place, "expected_time": at, "promisable": True} | more
    return pb.SupplyLine(quantity=quantity, **given)


def document(document_id: str, *lines: pb.SupplyLine, kind: Any = ORDERED, **more: Any) -> pb.SupplyDocument:
    return pb.SupplyDocument(document_id=document_id, kind=kind, lines=lines, **more)


async def expect(inventory: Inventory, *documents: pb.SupplyDocument, **more: Any) -> Any:
    """The documents as they are kept."""
    return (await Floor(inventory).do("PutSupply", documents=documents, **more)).documents


async def receive(inventory: Inventory, document_id: str, accepted: int, **more: Any) -> Any:
    """Coats came in, of a document's first line unless said otherwise."""
    who = more.pop("who", HQ)
    arrival = rpc.SupplyArrival(**({"line_no": 1, "accepted": accepted} | more))
    given = {"document_id": document_id, "arrivals": [arrival]}
    return (await Floor(inventory).do("ReceiveSupply", who, **given)).document


async def waits(inventory: Inventory, owner_id: str = "") -> list[tuple[str, int, float | None]]:
    """Who waits for how much, and for how many days from now; by place and owner."""
    found = (await Floor(inventory).do("ListBackorders", owner_id=owner_id)).backorders
    return [
        (
            one.owner_id,
            one.quantity,
            (fields.moment(one.promise_time) - inventory.clock()) / timedelta(days=1)
            if one.HasField("promise_time")
            else None,
        )
        for one in found
    ]
