"""Guests' orders become a member's beside whatever else happens to them, and after it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from kit import access
from omo.order.v1 import order_events_pb2, order_pb2, returns_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from services.order.fulfilment import store as tasks
from tests.service.order.brand import MEMBER, line
from tests.service.order.fulfilment_rig import Store
from tests.service.order.returns_rig import Counter, units
from tests.service.order.rig import CANCELLED, Rig, eventually
from tests.service.order.test_guests import hear, place, proven, rig, token

__all__ = ["rig"]


async def collected(rig: Rig, **changed: Any) -> order_pb2.Order:
    """A guest's order that he has collected."""
    store, order = Store(rig), await place(rig, **changed)
    ready = await store.made_ready(order.order_id)
    shown = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id), token(rig))
    await store.hand_over(ready.fulfilment_id, shown.order.pickup_pin)
    return order


async def test_units_that_were_put_elsewhere_since_are_told_only_to_who_counts_for_members(rig: Rig) -> None:
    """Stock and commission know them by the runs that they were when they came."""
    counter, order = Counter(rig), await collected(rig, lines=[line("SCARF", 3)])
    given = await counter.back(order.order_id, units(quantity=3, disposition=returns_pb2.DISPOSITION_QUARANTINE))
    one: dict[str, Any] = {"return_id": given.return_id, "line_no": 1, "first_unit": 1, "last_unit": 1}
    await counter.step("DisposeUnits", **one, disposition=returns_pb2.DISPOSITION_DAMAGED, reason="torn")
    await hear(rig, proven())
    first, again = await counter.told()
    assert [one.disposition for one in again.lines] == ["quarantine", "damaged", "quarantine"]
    assert sum(one.net_total for one in again.lines) == sum(one.net_total for one in first.lines)
    assert (first.for_member_only, again.for_member_only, again.member_id) == (False, True, MEMBER)
    assert (await rig.proofs()) == {}


async def test_a_return_beside_a_claim_is_the_members(rig: Rig) -> None:
    """Told of nobody, and not told again, its goods would keep what they earned."""
    counter, order = Counter(rig), await collected(rig)
    async with claiming(rig):
        back = await waiting(rig, counter.back(order.order_id))
    given = await back
    (told,) = await counter.told()
    assert (told.refund_id, told.member_id) == (given.return_id, MEMBER)
    (refund,) = await rig.rows("SELECT member_id FROM refunds")
    assert refund["member_id"] == MEMBER
    assert (await rig.proofs()) == {}


async def test_a_cancellation_beside_a_claim_is_the_members(rig: Rig) -> None:
    order = await place(rig)
    async with claiming(rig):
        asked = orders_pb.CancelOrderRequest(request_id="c", order_id=order.order_id, reason="no stock")
        cancelled = await waiting(rig, rig.call(rig.orders.CancelOrder, asked, rig.hq()))
    assert (await cancelled).order.state == CANCELLED
    (told,) = await Store(rig).events("OrderCancelled", order_events_pb2.OrderCancelled)
    assert (told.member_id, told.was_confirmed) == (MEMBER, True)
    assert (await rig.proofs()) == {}


async def test_a_claim_waits_for_whoever_changes_a_task_and_then_its_order(rig: Rig) -> None:
    """As a handover does: taken the other way round, one of the two would be refused."""
    order = await place(rig)
    async with rig.db.transaction() as tx:
        await tasks.lock_of_order(tx, order.order_id)
        claim = await waiting(rig, hear(rig, proven()))
        await tasks.touch_order(tx, order.order_id)
    await claim
    assert (await rig.get(order.order_id)).member_id == MEMBER


@asynccontextmanager
async def claiming(rig: Rig) -> AsyncIterator[None]:
    """A claim that is not committed yet."""
    (on,) = rig.parts.guests.ears()
    async with rig.db.transaction() as tx:
        with access.acting_as(access.service("order")):
            await on.handler(tx, [proven()])
        yield


async def waiting(rig: Rig, call: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """It runs, and waits for a lock."""
    task = asyncio.ensure_future(call)
    blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def stuck() -> bool:
        return bool(await rig.rows(blocked))

    await eventually(stuck)
    return task
