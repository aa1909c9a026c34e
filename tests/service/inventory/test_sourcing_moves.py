"""Shipments that people move, and parts of tasks that a place says no to: so many units, and no more."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import shipment_service_pb2 as pb
from omo.inventory.v1 import shipment_service_pb2_grpc as shipments
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from tests.service.inventory.conftest import ORDER, Inventory, new
from tests.service.inventory.sourcing_rig import Sourced
from tests.service.inventory.test_promises import brand
from tests.service.inventory.test_promises_broken import allocated
from tests.service.inventory.test_sourcing_orders import last, promised, refused


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def move(sourced: Sourced, order_id: str, decision_id: str, units: int, target: str, **more: Any) -> Any:
    given = {"request_id": new(), "order_id": order_id, "from_location_id": "A", "decision_id": decision_id,
             "to_location_id": target, "reason": "STORE_CLOSED"} | more  # fmt: skip
    lines = [pb.ShipmentUnits(line_no=1, quantity=units)]
    stub = shipments.ShipmentServiceStub(sourced.inventory.channel)
    return await sourced.inventory.call(stub.MoveShipment, pb.MoveShipmentRequest(lines=lines, **given), ORDER)


async def why_not(sourced: Sourced, *asked: Any) -> str:
    try:
        await move(sourced, *asked)
    except Fault as fault:
        return fault.reason
    raise AssertionError("was not refused")


async def settled(sourced: Sourced, order_id: str) -> list[tuple[str, int]]:
    """What order is told last of where the goods leave from, which is where they are promised."""
    told = [(one.location_id, one.quantity) for one in (await last(sourced)).assignments]
    assert await allocated(sourced.inventory, order_id) == dict(told)
    assert await sourced.inventory.drifts() == []
    return sorted(told)


async def test_a_promise_moves_whole_or_not_at_all(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 3, ("COAT", "B"): 1})
    order_id = await promised(sourced, "COAT", 3)
    await sourced.fire()
    first = await last(sourced)
    assert await settled(sourced, order_id) == [("A", 3)]
    assert await why_not(sourced, order_id, first.decision_id, 2, "B") == "OUT_OF_STOCK"
    assert await why_not(sourced, order_id, first.decision_id, 4, "B") == "NOT_ASSIGNED"
    assert await why_not(sourced, order_id, "d0", 1, "B") == "NOT_ASSIGNED"
    assert await settled(sourced, order_id) == [("A", 3)]
    key = new()
    moved = await move(sourced, order_id, first.decision_id, 1, "B", request_id=key)
    again = await move(sourced, order_id, first.decision_id, 1, "B", request_id=key)
    assert moved == again
    assert await settled(sourced, order_id) == [("A", 2), ("B", 1)]
    told = await last(sourced)
    assert (told.decision_id, told.meta.sequence) == (moved.decision_id, first.meta.sequence + 1)
    decision = (await sourced.explained(order_id))[-1]
    assert (decision.mode, "Line 1 was moved from A to B (STORE_CLOSED)." in decision.lines_en) == ("MOVE", True)


async def test_a_part_that_is_refused_leaves_its_fellow_where_it_is(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 3, ("COAT", "B"): 2})
    order_id = await promised(sourced, "COAT", 3)
    await sourced.fire()
    decision_id = (await last(sourced)).decision_id
    word = refused(order_id, "A", decision_id)
    del word.lines[:]
    word.lines.extend([order_pb2.FulfilmentLine(line_no=1, quantity=1, first_unit=unit) for unit in (0, 2)])
    await sourced.hear(word)
    await sourced.fire()
    assert await settled(sourced, order_id) == [("A", 1), ("B", 2)]
