"""Counters: goods of a receipt that come from elsewhere, and visits that change what is taken."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import counter_service_pb2 as pb
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import returns_service_pb2 as returns_pb
from omo.storefacts.v1 import facts_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.counter_rig import COLLECT, Desk, amounts, later
from tests.service.order.returns_rig import units
from tests.service.order.rig import CONFIRMED, Rig, line
from tests.service.order.sales_rig import line as sold
from tests.service.order.sales_rig import sale
from tests.service.order.sourcing_rig import Sourcing, decided, given_up


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        for member in (MEMBER, OTHER):
            await running.rows("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", member)
        yield running


@pytest_asyncio.fixture
async def desk(rig: Rig) -> AsyncIterator[Desk]:
    found = Desk(rig)
    yield found
    await found.quiet()
    assert await rig.proofs() == {}


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as no:
        await call
    return no.value


async def test_one_receipt_of_what_is_carried_out_sent_and_collected(rig: Rig, desk: Desk) -> None:
    """The carried-out line is closed at once; the others are tasks of places that have them, and cost nothing more."""
    way = facts_pb2.SaleDelivery(shipping_method="express", country_code="TW", postal_code="10699")
    order = await desk.sold(
        sold(1, "SCARF", 1, 990), later(2, "COAT", 2, 6_000), later(3, "SCARF", 1, 990, "TPE01", COLLECT), delivery=way
    )
    assert (order.state, list(order.review_flags)) == (CONFIRMED, [])
    assert [one.fulfilment_location_id for one in order.lines] == ["TPE01", "", "TPE01"]
    assert [(one.location_id, [part.line_no for part in one.lines]) for one in order.fulfilments] == [("TPE01", [3])]
    (told,) = (one for event in await desk.store.events("SalesRecorded", events.SalesRecorded)
               for one in event.sales if one.order_id == order.order_id)  # fmt: skip
    assert (told.hold_id, told.shipping.shipping_method, told.shipping.destination.postal_code) == (
        order.order_id, "express", "106",
    )  # fmt: skip
    sourcing = Sourcing(rig)
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 2, "d1")))
    await sourcing.sent(order.order_id, "WH1")
    due = await rig.rows("SELECT location_id, amount FROM fulfilments WHERE order_id = $1", order.order_id)
    assert {tuple(row) for row in due} == {("TPE01", 0), ("WH1", 0)}, "the till has the money"
    (out,) = await desk.told("UnitsHandedOver", events.UnitsHandedOver, order.order_id)
    assert (out.location_id, [(one.unit.line_no, one.quantity) for one in out.lines]) == ("WH1", [(2, 2)])
    # either part comes back anywhere: what was carried out, and one coat that was sent
    visit = await desk.visit(
        returned=pb.VisitReturn(order_id=order.order_id, units=[units(1), units(2)], reason="WRONG_SIZE", verified=True)
    )
    assert amounts(visit.visit) == {"returned": 3_990, "refunded": 3_990}


async def test_what_nobody_can_send_of_a_receipt_is_paid_out_at_a_counter_once(rig: Rig, desk: Desk) -> None:
    order = await desk.sold(sold(1, "SCARF", 1, 990), later(2, "COAT", 2, 6_000), delivery=facts_pb2.SaleDelivery())
    request = pb.PayOutUndeliveredRequest(request_id="nothing yet", order_id=order.order_id)
    assert list((await desk.ask("PayOutUndelivered", request)).tenders) == []
    sourcing = Sourcing(rig)
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1"), lacking=[(2, 1)]))
    await sourcing.hear(given_up(order.order_id, 3, (2, "WH1", 1, "d1"), lacking=[(2, 1)]))
    shown = await rig.get(order.order_id)
    assert (shown.state, [(one.location_id, one.lines[0].quantity) for one in shown.fulfilments]) == (
        CONFIRMED, [("WH1", 1)],
    )  # fmt: skip
    cancelled = orders_pb.CancelOrderRequest(request_id=str(uuid.uuid4()), order_id=order.order_id, reason="TOO_LATE")
    after = (await rig.call(rig.orders.CancelOrder, cancelled)).order
    assert after.state == CONFIRMED, "what was carried out stays sold"
    keys = [f"pay {number}" for number in range(3)]
    paid = await asyncio.gather(
        *(desk.ask("PayOutUndelivered", pb.PayOutUndeliveredRequest(request_id=key, order_id=order.order_id))
          for key in keys)
    )  # fmt: skip
    assert sum(one.amount.minor_units for each in paid for one in each.tenders) == 6_000
    assert [row for row in await desk.journal(order.order_id) if row[0] == "REFUNDED"] == [
        ("REFUNDED", "CASH", 6_000, "")
    ]
    again = (await rig.call(rig.orders.CancelOrder, cancelled)).order
    assert again.state == CONFIRMED


async def test_what_stays_of_a_store_sale_is_given_back_by_the_visit_alone(rig: Rig, desk: Desk) -> None:
    """A scarf is carried out and paid for too: its money pays for nobody's coat a second time."""
    order = await desk.sold(sold(1, "SCARF", 3, 2_970), later(2, "COAT", 2, 6_000, "TPE01", COLLECT))
    visit = (await desk.visit(pickup=await desk.pickup(order, (2, 1)), takes=[("SCARF", 1)])).visit
    assert amounts(visit) == {"dropped": 3_000, "sale": 990, "exchanged": 990, "refunded": 2_010}
    asked = pb.PayOutUndeliveredRequest(request_id="once more", order_id=order.order_id)
    assert list((await desk.ask("PayOutUndelivered", asked)).tenders) == []
    assert {row[1:] for row in await desk.journal(order.order_id) if row[0] == "REFUNDED"} == {
        ("CASH", 990, "EXCHANGED"), ("CASH", 2_010, ""),
    }  # fmt: skip


async def test_a_till_promises_before_it_closes_and_gives_back_what_it_does_not_sell(rig: Rig, desk: Desk) -> None:
    sale_id = str(uuid.uuid4())
    asked = pb.HoldDeliveryRequest(
        sale_id=sale_id, channel_id="stores",
        lines=[pb.DeliveredLine(line_no=1, sku="COAT", quantity=1),
               pb.DeliveredLine(line_no=2, sku="SCARF", quantity=1, location_id="TPE02")],
    )  # fmt: skip
    await desk.ask("HoldDelivery", asked, desk.device())
    assert rig.world.places[sale_id] == [("", "stores"), ("TPE02", "")]
    await desk.ask("ReleaseDelivery", pb.ReleaseDeliveryRequest(sale_id=sale_id), desk.device())
    assert rig.world.stock_holds[sale_id] == "released"
    order = await rig.place()
    stolen = await refused(desk.ask("ReleaseDelivery", pb.ReleaseDeliveryRequest(sale_id=order.order_id)))
    assert (stolen.reason, rig.world.stock_holds[order.order_id]) == ("NOT_FOUND", "active")
    rig.world.stock["SCARF"] = 0
    none = pb.HoldDeliveryRequest(sale_id=str(uuid.uuid4()), channel_id="stores", lines=asked.lines)
    assert (await refused(desk.ask("HoldDelivery", none))).reason == "OUT_OF_STOCK"
    rig.world.stock["SCARF"] = 1_000


async def test_an_exchange_charges_the_difference_once_and_is_linked_both_ways(rig: Rig, desk: Desk) -> None:
    """The coat of 3,000 for four scarves of 990: 960 on top, and the tax of each is its own."""
    order = await desk.sold(sold(1, "COAT", 1, 3_000, tax_total=143))
    back = pb.VisitReturn(order_id=order.order_id, units=[units()], reason="WRONG_SIZE", verified=True)
    short = await refused(desk.visit(returned=back, takes=[("SCARF", 4)], paid=[900]))
    assert (short.reason, short.metadata["owed"], short.metadata["paid"]) == ("VISIT_UNBALANCED", "960", "900")
    assert await rig.rows("SELECT FROM returns WHERE order_id = $1", order.order_id) == [], "nothing of it stands"
    key = str(uuid.uuid4())
    asked: Any = {"key": key, "returned": back, "takes": [("SCARF", 4)], "paid": [960]}
    done = await asyncio.gather(*(desk.visit(**asked) for _ in range(3)), return_exceptions=True)
    (first, *_) = [one for one in done if not isinstance(one, BaseException)]
    visit = (await desk.visit(**asked)).visit
    assert visit == first.visit
    assert amounts(visit) == {"returned": 3_000, "sale": 3_960, "exchanged": 3_000, "charged": 960}
    assert await desk.journal(visit.sale_id) == [("CAPTURED", "RETURN", 3_000, ""), ("CAPTURED", "CASH", 960, "")]
    assert [row for row in await desk.journal(order.order_id) if row[0] == "REFUNDED"] == [
        ("REFUNDED", "CASH", 3_000, "EXCHANGED")
    ]
    (given,) = await rig.rows("SELECT exchange_order_id::text FROM returns WHERE order_id = $1", order.order_id)
    assert given[0] == visit.sale_id
    paid = await rig.rows("SELECT reference FROM order_tenders WHERE order_id = $1 ORDER BY kind DESC", visit.sale_id)
    assert paid[0][0] == visit.return_id
    made = await rig.get(visit.sale_id)
    assert (made.totals.tax_total.minor_units, made.channel_kind) == (189, 2)
    seen = await desk.ask("GetVisit", pb.GetVisitRequest(visit_id=visit.visit_id))
    assert seen.visit == visit
    strange = await refused(desk.ask("GetVisit", pb.GetVisitRequest(visit_id=visit.visit_id), rig.staff("TPE02")))
    assert strange.reason == "NOT_FOUND"


async def test_an_even_and_a_cheaper_exchange(rig: Rig, desk: Desk) -> None:
    order = await desk.sold(sold(1, "SCARF", 2, 1_980), sold(2, "COAT", 1, 3_000))
    even = pb.VisitReturn(order_id=order.order_id, units=[units(1)], reason="COLOUR", verified=True)
    assert amounts((await desk.visit(returned=even, takes=[("SCARF", 1)])).visit) == {
        "returned": 990, "sale": 990, "exchanged": 990,
    }  # fmt: skip
    cheaper = pb.VisitReturn(order_id=order.order_id, units=[units(2)], reason="COLOUR", verified=True)
    assert amounts((await desk.visit(returned=cheaper, takes=[("SCARF", 1)])).visit) == {
        "returned": 3_000, "sale": 990, "exchanged": 990, "refunded": 2_010,
    }  # fmt: skip
    again = await refused(desk.visit(returned=cheaper, takes=[("SCARF", 1)]))
    assert again.reason == "UNITS_NOT_RETURNABLE"


async def test_a_change_of_mind_at_the_counter_is_one_visit(rig: Rig, desk: Desk) -> None:
    """Two coats and a scarf wait; one coat stays, three scarves are taken for it: 30 of it are let go."""
    order = await rig.place(lines=[line("COAT", 2), line("SCARF", 1)])
    pickup = await desk.pickup(order, (1, 1))
    wrong = pb.VisitPickup(fulfilment_id=pickup.fulfilment_id, pin=desk.store.other_than(pickup.pin))
    assert (await refused(desk.visit(pickup=wrong))).reason == "PIN_WRONG"
    visit = (await desk.visit(pickup=pickup, takes=[("SCARF", 3)])).visit
    assert amounts(visit) == {"dropped": 3_000, "sale": 2_970, "exchanged": 2_970, "released": 30}
    await desk.quiet()
    assert [row[:3] for row in await desk.journal(order.order_id) if row[0] != "REQUESTED"] == [
        ("AUTHORISED", "PROVIDER", 6_990), ("REFUNDED", "PROVIDER", 2_970), ("CAPTURED", "PROVIDER", 6_960),
        ("VOIDED", "PROVIDER", 30),
    ]  # fmt: skip
    (ended,) = await desk.told("UnitsCancelled", events.UnitsCancelled, order.order_id)
    assert [(one.unit.line_no, one.unit.first, one.quantity) for one in ended.lines] == [(1, 1, 1)]
    (out,) = await desk.told("UnitsHandedOver", events.UnitsHandedOver, order.order_id)
    assert [(one.unit.line_no, one.quantity) for one in out.lines] == [(1, 1), (2, 1)]
    twice = await refused(desk.visit(pickup=pickup))
    assert twice.reason == "TRANSITION_REFUSED"


async def test_who_takes_more_than_he_leaves_pays_the_rest_and_who_leaves_all_nothing(rig: Rig, desk: Desk) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 2)])
    visit = (await desk.visit(pickup=await desk.pickup(order, (2, 1)), takes=[("COAT", 1)], paid=[2_010])).visit
    assert amounts(visit) == {"dropped": 990, "sale": 3_000, "exchanged": 990, "charged": 2_010}
    await desk.quiet()
    assert ("CAPTURED", "PROVIDER", 4_980, "") in await desk.journal(order.order_id)
    other = await rig.place(token=rig.member(OTHER), member_id=OTHER)
    ready = await desk.store.made_ready(other.order_id)
    shown = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=other.order_id), rig.member(OTHER))
    none = pb.VisitPickup(fulfilment_id=ready.fulfilment_id, pin=shown.order.pickup_pin,
                          dropped=[pb.DroppedUnits(line_no=1, quantity=1)])  # fmt: skip
    more = pb.VisitPickup(fulfilment_id=ready.fulfilment_id, pin=shown.order.pickup_pin,
                          dropped=[pb.DroppedUnits(line_no=1, quantity=2)])  # fmt: skip
    assert (await refused(desk.visit(pickup=more))).metadata["field"] == "pickup.dropped"
    left = (await desk.visit(pickup=none)).visit
    assert amounts(left) == {"dropped": 3_000, "released": 3_000}
    await desk.quiet()
    entries = [row[:2] for row in await desk.journal(other.order_id)]
    assert ("VOIDED", "PROVIDER") in entries
    assert ("CAPTURED", "PROVIDER") not in entries


async def test_a_visit_that_is_none_is_refused(rig: Rig, desk: Desk) -> None:
    assert (await refused(desk.visit(takes=[("SCARF", 1)], paid=[990]))).metadata["field"] == "returned"
    order = await desk.sold(sold(1, "COAT", 1, 3_000))
    back = pb.VisitReturn(order_id=order.order_id, units=[returns_pb.ReturnedUnits(line_no=1, quantity=1)], reason="X",
                          verified=True)  # fmt: skip
    foreign = await refused(desk.visit(rig.staff("TPE02"), returned=back))
    assert foreign.reason == "NOT_FOUND"
    twice = sale(sold(1, "SCARF", 1, 990), sale_id=order.order_id, tenders=[])
    assert (await refused(desk.visit(returned=back, sale=twice))).metadata["field"] == "sale.sale_id"
    looped = facts_pb2.SaleFact(returned=facts_pb2.UnitsTakenBack())
    assert (await refused(desk.visit(returned=back, sale=looped))).metadata["field"] == "sale"


async def test_proofs_of_visits_have_been_seen_to_fail(rig: Rig) -> None:
    """The last one here: what it breaks stays broken."""
    desk = Desk(rig)
    order = await desk.sold(sold(1, "SCARF", 1, 990))
    back = pb.VisitReturn(order_id=order.order_id, units=[units()], reason="COLOUR", verified=True)
    visit = (await desk.visit(returned=back, takes=[("SCARF", 1)])).visit
    assert await rig.proofs() == {}
    less = "UPDATE counter_visits SET exchanged_total = exchanged_total - 1, charged_total = charged_total + 1"
    await rig.rows(f"{less} WHERE visit_id = $1", visit.visit_id)
    name = f"visit={visit.visit_id}"
    found = await rig.proofs()
    assert found["counter.sales_are_paid_by_what_came_back"] == [name]
    assert found["counter.what_pays_for_other_goods_was_given_back_for_that"] == [name]
