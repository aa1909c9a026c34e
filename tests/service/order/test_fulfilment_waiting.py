"""What waits for goods: told to its shopper by line, the newest word, whenever it is heard."""

import itertools
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from omo.inventory.v1 import supply_events_pb2, supply_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import Rig
from tests.service.order.sourcing_rig import Sourcing, meta

DAY, LATER = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


def waits(order_id: str, version: int, line_no: int, units: int, until: datetime | None, **more: str) -> Any:
    """Inventory's word."""
    given: dict[str, Any] = {"sku": "SCARF", "location_id": "WH1", **more}
    told = supply_pb2.Backorder(owner_id=order_id, order_id=order_id, line_no=line_no, quantity=units, **given)
    if until:
        told.promise_time.FromDatetime(until)
    return supply_events_pb2.BackorderChanged(meta=meta(order_id, version), backorder=told)


async def seen(rig: Rig, order_id: str) -> dict[int, tuple[int, datetime | None]]:
    """As the shopper reads it."""
    reply = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order_id))
    return {
        line.line_no: (one.quantity, one.promise_time.ToDatetime(UTC) if one.HasField("promise_time") else None)
        for line in reply.order.lines
        if line.HasField("backordered")
        for one in [line.backordered]
    }


async def test_the_newest_word_counts_in_whatever_order_it_is_heard(rig: Rig, sourcing: Sourcing) -> None:
    for number, heard in enumerate(itertools.permutations(range(3))):
        order = (await sourcing.order(("SCARF", 5), request_id=f"o{number}")).order_id
        words = [waits(order, 2, 1, 3, DAY), waits(order, 4, 1, 2, None), waits(order, 6, 1, 2, LATER)]
        for one in heard:
            await sourcing.hear(words[one])
        assert await seen(rig, order) == {1: (2, LATER)}, heard
        await sourcing.hear(waits(order, 8, 1, 0, None), words[2])
        assert await seen(rig, order) == {}


async def test_what_waits_is_told_by_line_until_the_last_of_it(rig: Rig, sourcing: Sourcing) -> None:
    order = (await sourcing.order(("SCARF", 5), ("COAT", 2))).order_id
    await sourcing.hear(
        waits(order, 2, 1, 2, DAY),
        waits(order, 2, 1, 1, LATER, location_id="TPE01"),
        # the second line is a kit: two belts and a lining of each
        waits(order, 3, 2, 4, DAY, sku="BELT"),
        waits(order, 3, 2, 1, DAY, sku="LINING"),
        waits("transfer:7:1", 1, 1, 9, DAY),
        waits(str(uuid.uuid4()), 1, 1, 9, DAY),
    )
    assert await seen(rig, order) == {1: (3, LATER), 2: (2, DAY)}
    await sourcing.hear(waits(order, 5, 2, 1, None, sku="LINING"))
    assert await seen(rig, order) == {1: (3, LATER), 2: (2, None)}, "nobody knows when"
    asked = orders_pb.CancelOrderRequest(request_id="c1", order_id=order, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, asked)
    assert await seen(rig, order) == {}
    assert await rig.proofs() == {}
