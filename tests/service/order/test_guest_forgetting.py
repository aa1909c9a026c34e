"""Orders of guests whom nobody turned out to be tell of nobody, once nothing is open."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from kit.timers import Due
from omo.order.v1 import order_service_pb2 as pb
from services.order.guests.forgetting import FORGET
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import Rig
from tests.service.order.test_guests import STRANGER, hear, place, proven, token

_OLD = "UPDATE orders SET business_time = business_time - $1::interval"
_PROXIES = """
INSERT INTO pickup_proxies (proxy_id, fulfilment_id, masked_name, state, pin_hash, create_time)
SELECT gen_random_uuid(), fulfilment_id, '王○明', 'ACTIVE', '\\x00', now() FROM fulfilments
"""
_BUYERS = """
INSERT INTO invoice_orders (order_id, masked_carrier, sealed, carrier_hash, business_time)
SELECT order_id, '/AB…', '\\x00', '\\x00', now() FROM orders
ON CONFLICT (order_id) DO UPDATE SET masked_carrier = excluded.masked_carrier, sealed = excluded.sealed
"""


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def sweep(rig: Rig) -> None:
    async with rig.db.transaction() as tx:
        await rig.parts.guests.forgetting.sweep(tx, Due(FORGET, FORGET))


async def older(rig: Rig, days: int) -> None:
    async with rig.db.transaction() as tx:
        await tx.execute(_OLD, timedelta(days=days))


async def tell(rig: Rig) -> set[str]:
    """The orders that tell of somebody, in any table."""
    rows = await rig.rows(
        "SELECT order_id FROM orders WHERE masked_name <> '' OR contact_id <> '' OR reason LIKE '%陳%'"
        " UNION SELECT order_id FROM fulfilments WHERE masked_name <> '' OR contact_id <> '' OR reason LIKE '%陳%'"
        " UNION SELECT order_id FROM invoice_orders WHERE sealed IS NOT NULL OR masked_carrier <> ''"
        " UNION SELECT order_id FROM fulfilments JOIN pickup_proxies AS p USING (fulfilment_id)"
        " WHERE p.masked_name <> ''"
    )
    return {str(row["order_id"]) for row in rows}


async def test_a_guests_orders_tell_of_nobody_once_they_are_old_and_ended(rig: Rig) -> None:
    store = Store(rig)
    handed, cancelled, waiting = await place(rig), await place(rig), await place(rig)
    claimed, members = await place(rig, STRANGER), await rig.place(masked_name="陳○明")
    ready = await store.made_ready(handed.order_id)
    shown = await rig.call(rig.orders.GetOrder, pb.GetOrderRequest(order_id=handed.order_id), token(rig))
    await store.hand_over(ready.fulfilment_id, shown.order.pickup_pin)
    cancel = pb.CancelOrderRequest(request_id="c", order_id=cancelled.order_id, reason="陳小明 rang")
    await rig.call(rig.orders.CancelOrder, cancel, token(rig))
    await hear(rig, proven(STRANGER))
    async with rig.db.transaction() as tx:
        await tx.execute(_PROXIES)
        await tx.execute(_BUYERS)
    everybody = {one.order_id for one in (handed, cancelled, waiting, claimed, members)}
    await older(rig, 179)
    await sweep(rig)
    assert await tell(rig) == everybody, "they may still come back, or be claimed"
    await older(rig, 2)
    await sweep(rig)
    assert await tell(rig) == everybody - {handed.order_id, cancelled.order_id}, "what waits for him must reach him"
    rows = await rig.rows("SELECT order_id, state, reason FROM orders WHERE contact_id = ''")
    assert {(row["order_id"], row["state"], row["reason"]) for row in rows} >= {
        (handed.order_id, "CONFIRMED", ""),
        (cancelled.order_id, "CANCELLED", "ERASED"),
    }, "the book stays"
    hidden = await rig.rows("SELECT FROM invoice_orders WHERE carrier_hash IS NULL")
    assert len(hidden) == 2
    assert (await rig.proofs()) == {}


async def test_it_is_looked_at_each_day(rig: Rig) -> None:
    async with rig.db.transaction() as tx:
        await rig.parts.guests.forgetting.begin(tx)
    old = await place(rig)
    cancel = pb.CancelOrderRequest(request_id="c", order_id=old.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, cancel, token(rig))
    await older(rig, 181)

    async def forgotten() -> bool:
        rig.clock.advance(hours=9)
        return await tell(rig) == set()

    await rigs.eventually(forgotten)
