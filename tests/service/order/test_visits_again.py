"""Visits that are asked for again, and visits that cross."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import counter_service_pb2 as pb
from omo.order.v1 import order_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER
from tests.service.order.counter_rig import COLLECT, Desk, amounts, later
from tests.service.order.returns_rig import units
from tests.service.order.rig import Rig, eventually, line
from tests.service.order.sales_rig import line as sold

_WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""
_FREE = "SELECT order_id FROM return_orders WHERE order_id = $1 FOR UPDATE SKIP LOCKED"


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        await running.rows("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", MEMBER)
        yield running


@pytest_asyncio.fixture
async def desk(rig: Rig) -> AsyncIterator[Desk]:
    found = Desk(rig)
    yield found
    await found.quiet()
    assert await rig.proofs() == {}


async def test_a_settled_visit_is_told_again_whatever_has_changed_since(rig: Rig, desk: Desk) -> None:
    """The good is not sold any more, and the task is over: neither is a matter of a visit that was settled."""
    async with rig.db.transaction() as tx:
        await reactions.on_product_changed(tx, [brand.product("CAP", 1)])
        await reactions.on_price_list_changed(tx, [brand.priced("CAP", 500, 50)])
    order = await rig.place(lines=[line("COAT"), line("SCARF")])
    asked: Any = {"key": str(uuid.uuid4()), "pickup": await desk.pickup(order, (2, 1)), "takes": [("CAP", 1)]}
    first = await desk.visit(**asked)
    assert amounts(first.visit) == {"dropped": 990, "sale": 500, "exchanged": 500, "released": 490}
    gone = brand.priced("COAT", 3_000, 51)
    gone.removed_skus.append("CAP")
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [gone])
    assert await desk.visit(**asked) == first
    other = await rig.fault(desk.visit(**asked | {"key": str(uuid.uuid4())}))
    assert other.reason == "UNKNOWN_SKU", "a visit of its own is priced as ever"


async def test_visits_that_cross_take_their_orders_in_one_order(rig: Rig, desk: Desk) -> None:
    """Each brings back a scarf of the order that the other collects of: who comes second waits, and holds nothing."""
    orders = [await desk.sold(sold(1, "SCARF", 1, 990), later(2, "COAT", 1, 3_000, "TPE01", COLLECT)) for _ in range(2)]
    first, last = sorted(orders, key=lambda one: one.order_id)
    crossing = [(last, first), (first, last)]
    asked: list[Any] = [
        {"key": str(uuid.uuid4()), "pickup": await desk.pickup(collected), "returned": _back(returned)}
        for collected, returned in crossing
    ]
    ids = [first.order_id, last.order_id]
    await rig.rows("INSERT INTO return_orders (order_id, version) SELECT unnest($1::uuid[]), 1", ids)
    async with rig.db.transaction() as tx:  # somebody has to do with the first
        await tx.execute("SELECT FROM return_orders WHERE order_id = $1 FOR UPDATE", first.order_id)
        visit = asyncio.create_task(_settled(desk, **asked[0]))

        async def waits() -> bool:
            return bool((await rig.rows(_WAITING))[0][0])

        await eventually(waits)
        free = await tx.fetchval(_FREE, last.order_id)
    assert free == last.order_id, "it is waited for before the other is taken"
    done = [await visit, *await asyncio.gather(*(_settled(desk, **one) for one in asked))]
    assert [amounts(one.visit) for one in done] == [{"returned": 990, "refunded": 990}] * 3
    assert done[0] == done[1]


def _back(order: order_pb2.Order) -> pb.VisitReturn:
    return pb.VisitReturn(order_id=order.order_id, units=[units(1)], reason="COLOUR", verified=True)


async def _settled(desk: Desk, **asked: Any) -> pb.SettleVisitResponse:
    """As any till does it: whoever waited too long asks again, under the same key."""
    while True:
        try:
            return await desk.visit(**asked)
        except Fault as fault:
            if fault.code is not Code.ABORTED:
                raise
