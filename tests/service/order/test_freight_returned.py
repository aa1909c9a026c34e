"""What bringing goods cost comes back with those goods: once, with the last of them, and with nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.order.v1 import counter_service_pb2 as counter_pb
from omo.order.v1 import order_pb2, returns_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from services.order.returns import store as returns_store
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.counter_rig import Desk
from tests.service.order.edits_rig import apply, more, preview, wish
from tests.service.order.freight_rig import charged, journal, put, shipped
from tests.service.order.returns_rig import Counter, units
from tests.service.order.rig import SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided

_WAIT = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""
_FREE_REASONS = returns_pb2.DELIVERY_BACK_FREE_REASONS


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def terms(counter: Counter, back: int) -> None:
    policy = returns_pb2.ReturnPolicy(days=30, late_seconds=60, free_reasons=["DEFECTIVE"], delivery_back=back)  # type: ignore[arg-type]
    await counter.step("PutReturnPolicy", policy=policy)


async def brought(rig: Rig, sourcing: Sourcing) -> order_pb2.Order:
    """A coat that was collected, and a scarf that was brought for 80."""
    await put(rig)
    order = await rig.place(lines=[line("COAT"), shipped("SCARF")])
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990 + 80)
    ready = await sourcing.store.made_ready(order.order_id, "TPE01")
    await sourcing.store.hand_over(ready.fulfilment_id, await sourcing.store.pin(order.order_id))
    await sourcing.store.captured(ready.fulfilment_id, 3000)
    return await rig.get(order.order_id)


async def test_of_two_returns_at_once_one_brings_the_fee(rig: Rig, sourcing: Sourcing) -> None:
    order, counter = await brought(rig, sourcing), Counter(rig)
    async with rig.db.transaction() as tx:
        await returns_store.lock_order(tx, order.order_id)
        both = list[asyncio.Task[returns_pb2.Return]]()

        async def waits() -> bool:
            return bool((await rig.rows(_WAIT))[0][0] == len(both))

        for line_no in (2, 1):
            both.append(asyncio.create_task(counter.back(order.order_id, units(line_no, 1))))
            await eventually(waits)
    back = [one.refund.amount.minor_units for one in await asyncio.gather(*both)]
    assert back == [990 + 80, 3000]
    assert charged(await rig.get(order.order_id)) == ("home", 80, "REFUNDED")
    assert await rig.proofs() == {}


async def test_what_was_not_brought_brings_no_fee_back(rig: Rig, sourcing: Sourcing) -> None:
    order, counter = await brought(rig, sourcing), Counter(rig)
    await terms(counter, _FREE_REASONS)
    kept = await counter.back(order.order_id, units(2, 1), reason="WRONG_SIZE")
    assert kept.refund.amount.minor_units == 990
    other = await counter.back(order.order_id, units(1, 1), reason="DEFECTIVE")
    assert (other.refund.amount.minor_units, len(other.refund.deductions)) == (3000, 0)
    assert charged(await rig.get(order.order_id)) == ("home", 80, "CHARGED")


@pytest.mark.parametrize(("back", "fee"), [(returns_pb2.DELIVERY_BACK_WHOLE, 80), (_FREE_REASONS, 0)])
async def test_what_was_given_up_last_brings_the_fee_back_too(
    rig: Rig, sourcing: Sourcing, back: int, fee: int
) -> None:
    """Of two scarves one was sent and came back; the other never will be."""
    await put(rig)
    counter = Counter(rig)
    await terms(counter, back)
    order = await rig.place(lines=[line("COAT"), shipped("SCARF", 2)])
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1"), (2, "TPE02", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990 + 80)
    first = await counter.back(order.order_id, units(2, 1))
    assert first.refund.amount.minor_units == 990
    await counter.paid(first.return_id)
    asked = orders_pb.CancelOrderRequest(request_id="rest", order_id=order.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, asked)

    async def looked() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'freight.back'")

    await eventually(looked)
    assert charged(await rig.get(order.order_id)) == ("home", 80, "REFUNDED" if fee else "CHARGED")
    if fee:
        (refund_id,) = (row[0] for row in await rig.rows("SELECT return_id FROM order_freight"))
        told = (await counter.paid(refund_id)).deductions
        assert [(one.kind, one.amount.minor_units) for one in told] == [(returns_pb2.DEDUCTION_KIND_DELIVERY, -80)]
        assert (await counter.board(refund_id)).pending == 0, "nobody else has anything to do"
    assert sum(await journal(rig, "REFUNDED")) == 990 + fee
    assert await rig.proofs() == {}
    undone = "UPDATE order_freight SET state = 'CHARGED', return_id = NULL"
    await rig.rows(undone)
    assert ("freight.goes_back_with_the_last_of_its_goods" in await rig.proofs()) is bool(fee)


async def test_a_pickup_that_pays_for_other_goods_makes_it_an_exchange(rig: Rig, sourcing: Sourcing) -> None:
    order, desk = await brought(rig, sourcing), Desk(rig)
    waiting = await rig.place(lines=[line("SCARF", 2)])
    back = counter_pb.VisitReturn(order_id=order.order_id, units=[units(2)], reason="COLOUR", verified=True)
    visit = (await desk.visit(pickup=await desk.pickup(waiting, (1, 1)), returned=back, takes=[("SCARF", 1)])).visit
    assert (visit.exchanged_total.minor_units, visit.refunded_total.minor_units) == (990, 990)
    assert charged(await rig.get(order.order_id)) == ("home", 80, "CHARGED")


async def test_the_fee_stays_while_goods_that_went_along_are_with_the_shopper(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    counter, order = Counter(rig), await rig.place(lines=[shipped("SCARF")])
    another = more(method=SHIP, fulfilment_location_id="")
    seen = await preview(rig, order.order_id, another)
    added = (await apply(rig, wish(order.order_id, seen.version, another))).edit.added_order_id
    for order_id, paid in ((order.order_id, 990 + 80), (added, 990)):
        await sourcing.hear(decided(order_id, 2, (1, "WH1", 1, "d1")))
        await sourcing.sent(order_id, "WH1", paid)
    back = await counter.back(order.order_id, units(1, 1))
    assert (back.refund.amount.minor_units, sorted(await journal(rig, "CAPTURED"))) == (990, [990, 990 + 80])
    assert charged(await rig.get(order.order_id)) == ("home", 80, "CHARGED")
