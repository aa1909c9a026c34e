"""What bringing goods costs, once it need not be paid: cancelled, returned, changed; and proofs that notice."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_edit_service_pb2 as edit_pb
from omo.order.v1 import order_edit_service_pb2_grpc as edit_rpc
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import returns_pb2
from omo.order.v1 import shipping_fees_pb2 as fees_pb
from omo.type.v1 import spend_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.edits_rig import apply, home, less, more, preview, why, wish
from tests.service.order.freight_rig import HOME, charged, fee, journal, put, shipped
from tests.service.order.fulfilment_rig import Store
from tests.service.order.neighbours_faults import Refused
from tests.service.order.pickups_rig import Desk
from tests.service.order.returns_rig import Counter, units
from tests.service.order.rig import COLLECT, SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided, given_up
from tests.service.order.test_contacts import sealed


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def test_the_checkers_notice(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    order = await rig.place(lines=[shipped("SCARF")])
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "d1")))
    assert await rig.proofs() == {}
    forge = "UPDATE order_freight SET state = '{}', fulfilment_id = {}, return_id = {} WHERE order_id = $1"
    for harm, check in (
        (forge.format("CHARGED", "gen_random_uuid()", "NULL"), "freight.charges_are_of_their_orders"),
        (forge.format("REFUNDED", "gen_random_uuid()", "gen_random_uuid()"), "freight.given_back_with_its_return"),
        (forge.format("RELEASED", "NULL", "NULL"), "freight.released_only_with_all_its_goods"),
        ("UPDATE order_freight SET total = total + 1 WHERE order_id = $1", "orders.totals_equal_lines"),
    ):
        assert check not in await rig.proofs()
        await rig.rows(harm, order.order_id)
        assert any(order.order_id in drift for drift in (await rig.proofs())[check])


async def test_a_fee_that_was_never_taken_is_noticed(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    order = await rig.place(lines=[shipped("SCARF")])
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990 + 80)
    assert await rig.proofs() == {}
    less = "UPDATE order_freight SET total = total - 1 WHERE order_id = $1"
    free = "UPDATE fulfilments SET capture = 'DUE', amount = 0 WHERE order_id = $1"
    owed = "UPDATE order_freight SET state = 'OWED', fulfilment_id = NULL WHERE order_id = $1"
    for harm, check in (
        (less, "freight.captured_with_its_task"),
        (free, "fulfilment.captures_are_pursued"),
        (owed, "freight.taken_with_the_first_that_is_sent"),
    ):
        assert check not in await rig.proofs()
        await rig.rows(harm, order.order_id)
        assert (await rig.proofs())[check]


async def test_who_gets_none_of_the_shipped_goods_pays_for_no_way(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    lines = [shipped("COAT"), line("SCARF")]
    order = await rig.place(lines=lines)
    assert charged(order) == ("home", 80, "OWED")
    await sourcing.hear(given_up(order.order_id, 2, lacking=[(1, 1)]))
    assert charged(await rig.get(order.order_id)) == ("home", 80, "RELEASED")
    store = sourcing.store
    ready = await store.made_ready(order.order_id, "TPE01")
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    assert await eventually(lambda: journal(rig, "VOIDED")) == [3000 + 80]
    assert await journal(rig, "CAPTURED") == [990]
    whole = await rig.place(lines=[shipped()])
    asked = orders_pb.CancelOrderRequest(request_id="c", order_id=whole.order_id, reason="CHANGED_MIND")
    assert charged((await rig.call(rig.orders.CancelOrder, asked)).order) == ("home", 80, "RELEASED")

    async def back() -> bool:
        return await journal(rig, "VOIDED") == [3080, 3080]

    await eventually(back)
    assert await rig.proofs() == {}


async def test_value_that_paid_for_the_way_comes_back_with_it(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    credit = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT, amount=9000)
    order = await rig.place(lines=[shipped("COAT"), line("SCARF")], spends=[credit])
    assert [tender.amount.minor_units for tender in order.tenders] == [3000 + 990 + 80]
    await sourcing.hear(given_up(order.order_id, 2, lacking=[(1, 1)]))
    assert await journal(rig, "REFUNDED") == [3080]
    assert await rig.proofs() == {}


@pytest.mark.parametrize(
    ("policy", "reason", "back"),
    [
        ({}, "WRONG_SIZE", 80),
        ({"delivery_back": returns_pb2.DELIVERY_BACK_FREE_REASONS}, "WRONG_SIZE", 0),
        ({"delivery_back": returns_pb2.DELIVERY_BACK_FREE_REASONS}, "DEFECTIVE", 80),
    ],
)
async def test_the_fee_comes_back_once_all_that_was_brought_did(
    rig: Rig, sourcing: Sourcing, policy: dict[str, Any], reason: str, back: int
) -> None:
    await put(rig)
    counter = Counter(rig)
    given = {"days": 30, "late_seconds": 60, "free_reasons": ["DEFECTIVE"], **policy}
    await counter.step("PutReturnPolicy", policy=returns_pb2.ReturnPolicy(**given))
    order = await rig.place(lines=[shipped("SCARF", 2)])
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    await sourcing.sent(order.order_id, "WH1", 2 * 990 + 80)
    first = await counter.back(order.order_id, units(1, 1), reason=reason)
    assert (first.refund.amount.minor_units, len(first.refund.deductions)) == (990, 0)
    rest = await counter.back(order.order_id, units(1, 1), reason=reason)
    assert rest.refund.amount.minor_units == 990 + back
    told = [(one.kind, one.amount.minor_units) for one in rest.refund.deductions]
    assert told == ([(returns_pb2.DEDUCTION_KIND_DELIVERY, -80)] if back else [])
    for one in (first, rest):
        await counter.paid(one.return_id)
    assert sum(await journal(rig, "REFUNDED")) == 2 * 990 + back
    assert charged(await rig.get(order.order_id)) == ("home", 80, "REFUNDED" if back else "CHARGED")
    assert await rig.proofs() == {}


async def test_what_is_added_goes_along_and_no_change_makes_the_way_cheaper(rig: Rig) -> None:
    await put(rig)
    order = await rig.place(lines=[shipped("SCARF", 2)])
    stub = edit_rpc.OrderEditServiceStub(rig.channel)

    async def preview(*actions: edit_pb.EditAction) -> Any:
        asked = edit_pb.PreviewEditRequest(order_id=order.order_id, actions=actions)
        return (await rig.call(stub.PreviewEdit, asked, rig.hq())).preview

    more = await preview(edit_pb.EditAction(set_quantity=edit_pb.SetQuantity(line_no=1, quantity=3)))
    sums = (more.before.grand_total.minor_units, more.after.grand_total.minor_units)
    assert (list(more.failures), sums) == ([], (2060, 3050))
    assert more.after.shipping_total.minor_units == 80
    faster = await preview(edit_pb.EditAction(set_shipping=edit_pb.SetShipping(shipping_method="express")))
    assert [one.reason for one in faster.failures] == ["EDIT_REFUSED"]


def another() -> Any:
    return more(method=SHIP, fulfilment_location_id="")


async def cancel(rig: Rig, order_id: str) -> Any:
    asked = orders_pb.CancelOrderRequest(request_id=f"c {order_id}", order_id=order_id, reason="CHANGED_MIND")
    return (await rig.call(rig.orders.CancelOrder, asked)).order


async def test_what_replaces_all_shipped_goods_pays_for_its_own_way(rig: Rig) -> None:
    await put(rig)
    order = await rig.place(lines=[line("COAT"), shipped("SCARF")])
    actions = less(2, 0), another()
    seen = await preview(rig, order.order_id, *actions)
    assert seen.possible
    assert (charged(seen.added), seen.after.shipping_total.minor_units) == (("home", 80, "OWED"), 80)
    asked = wish(order.order_id, seen.version, *actions, quote_id=seen.added.quote_id)
    done = await apply(rig, asked)
    assert charged(done.order) == ("home", 80, "RELEASED")
    assert charged(await rig.get(done.edit.added_order_id)) == ("home", 80, "OWED")
    assert await rig.proofs() == {}


async def test_what_pays_for_the_way_of_others_does_not_end_before_them(rig: Rig) -> None:
    await put(rig)
    order = await rig.place(lines=[line("COAT"), shipped("SCARF")])
    seen = await preview(rig, order.order_id, another())
    assert not seen.added.HasField("shipping_charge"), "it goes along"
    stolen = await rig.fault(rig.place(quote_id=seen.added.quote_id, lines=[], channel_id=""))
    assert (stolen.reason, stolen.metadata["field"]) == ("QUOTE_MISMATCH", "quote_id")
    done = await apply(rig, wish(order.order_id, seen.version, another(), quote_id=seen.added.quote_id))
    added = done.edit.added_order_id
    refused = await rig.fault(cancel(rig, order.order_id))
    assert (refused.reason, refused.metadata["added_order_id"]) == ("TRANSITION_REFUSED", added)
    away = await preview(rig, order.order_id, less(2, 0))
    assert [one.reason for one in away.failures] == ["EDIT_REFUSED"]
    assert charged(await rig.get(order.order_id)) == ("home", 80, "OWED")
    await cancel(rig, added)
    assert (await preview(rig, order.order_id, less(2, 0))).possible
    assert charged(await cancel(rig, order.order_id)) == ("home", 80, "RELEASED")
    assert await rig.proofs() == {}


async def test_what_is_shipped_instead_is_brought_for_the_orders_fee_and_keeps_it(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    goods = [shipped("COAT"), line("SCARF")]
    order = await rig.place(lines=goods, contact_id=sealed())
    store = Store(rig)
    await Desk(rig, store).do("NameProxy", fulfilment_id=await store.fulfilment_id(order.order_id), name="陳小華")
    rig.world.before["stock.move"] = Refused("not now")
    asked = wish(order.order_id, order.version, home(2))
    assert [(await rig.fault(apply(rig, asked))).reason for _ in range(2)] == ["OUT_OF_STOCK"] * 2
    rig.world.before.clear()
    back = await rig.get(order.order_id)
    assert [(one.method, one.fulfilment_location_id) for one in back.lines] == [(SHIP, ""), (COLLECT, "TPE01")]
    assert [one[:2] for one in await sourcing.tasks(order.order_id)] == [("TPE01", "CANCELLED"), ("TPE01", "PLACED")]
    assert list(back.shipping_charge.line_nos) == [1]
    collects = "SELECT fulfilments.state FROM pickup_proxies JOIN fulfilments USING (fulfilment_id) WHERE order_id = $1"
    assert [row["state"] for row in await rig.rows(collects, order.order_id)] == ["PLACED"]
    done = await apply(rig, wish(order.order_id, back.version, home()))
    assert list(done.order.shipping_charge.line_nos) == [1, 2]
    seen = await preview(rig, order.order_id, less(1, 0))
    assert (seen.release.minor_units, seen.after.shipping_total.minor_units) == (3000, 80)
    await apply(rig, wish(order.order_id, seen.version, less(1, 0)))
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1")))
    await sourcing.sent(order.order_id, "WH1", 990 + 80)
    by_unit = fee("home", HOME, fees_pb.SHIPPING_FEE_BASIS_QUANTITY, (1, 80), (2, 120))
    await put(rig, fees_pb.ShippingFees(tax_class="standard", rules=[by_unit]))
    dearer = await rig.place(lines=goods, contact_id=sealed())
    assert (await preview(rig, dearer.order_id, home(2))).delivery_fee.minor_units == 40
    assert await why(rig, dearer, home(2)) == ("EDIT_REFUSED", "")
    assert await rig.proofs() == {}
