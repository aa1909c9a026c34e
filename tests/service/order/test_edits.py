"""Confirmed orders are changed: looked at first, then all of it or nothing, against the version that was seen."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from kit import faultpoints
from kit.errors import Fault
from omo.order.v1 import order_edit_service_pb2 as pb
from omo.order.v1 import order_edit_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import SHIP
from tests.service.order.edits_rig import apply, less, more, preview, units, wish
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import CONFIRMED, Rig, eventually, line
from tests.service.order.test_contacts import sealed
from tests.service.order.test_promotions import document, percent, put

PLACED, ACCEPTED = order_pb2.FULFILMENT_STATE_PLACED, order_pb2.FULFILMENT_STATE_ACCEPTED
ENDED = order_pb2.FULFILMENT_STATE_CANCELLED


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running
    faultpoints.arm("")


async def test_units_are_given_up_and_those_that_stay_keep_their_price(rig: Rig) -> None:
    """A tenth off everything: what goes gives back its own part, and the rest is paid to the last cent."""
    await put(rig, document(percent("tenth", 1000)), "p")
    order, shop = await rig.place(lines=[line("SCARF", 3), line("COAT")]), Store(rig)
    assert order.totals.grand_total.minor_units == 2673 + 2700
    seen = await preview(rig, order.order_id, less(1, 1))
    assert (seen.possible, seen.version) == (True, order.version)
    assert [one.grand_total.minor_units for one in (seen.before, seen.after)] == [5373, 3591]
    assert (seen.release.minor_units, seen.charge.minor_units) == (1782, 0)
    asked = wish(order.order_id, seen.version, less(1, 1))
    done = await apply(rig, asked)
    assert (done.edit.state, done.edit.released.minor_units) == ("APPLIED", 1782)
    assert units(done.order) == [(PLACED, [(1, 0, 1), (2, 0, 1)])]
    assert [(one.first, one.last, one.reason) for one in done.order.lines[0].cancelled_units] == [(1, 2, "EDITED")]
    assert await apply(rig, asked) == done, "asked again, answered the same"
    reused = await rig.fault(apply(rig, wish(order.order_id, 9, less(1, 0), request_id=asked.request_id)))
    assert reused.reason == "REQUEST_REUSED"
    stale = await rig.fault(apply(rig, wish(order.order_id, seen.version, less(2, 0))))
    assert (stale.reason, stale.metadata["seen"], stale.metadata["version"]) == (
        "EDIT_STALE", str(seen.version), str(done.order.version),
    )  # fmt: skip
    assert (await shop.events("UnitsCancelled", order_events_pb2.UnitsCancelled))[0].lines[0].net_total == 1782
    ready = await shop.made_ready(order.order_id)
    late = await rig.fault(apply(rig, wish(order.order_id, done.order.version, less(1, 0))))
    assert (late.reason, late.metadata["action_no"]) == ("EDIT_TOO_LATE", "0")
    await shop.hand_over(ready.fulfilment_id, await shop.pin(order.order_id))
    await shop.captured(ready.fulfilment_id, 3591)

    async def let_go() -> bool:
        return bool(
            await rig.rows("SELECT FROM order_tenders WHERE entry = 'VOIDED' AND order_id = $1", order.order_id)
        )

    await eventually(let_go)
    await rig.settled()


async def test_what_is_added_is_paid_at_todays_price_and_promised_beside_it(rig: Rig) -> None:
    order = await rig.place(lines=[line("COAT", 2)])
    seen = await preview(rig, order.order_id, less(1, 1), more("SCARF", 2), less(1, 3))
    assert [(one.action_no, one.reason) for one in seen.failures] == [(2, "EDIT_REFUSED")]
    seen = await preview(rig, order.order_id, less(1, 1), more("SCARF", 2))
    assert [one.grand_total.minor_units for one in (seen.before, seen.after)] == [6000, 3000 + 1980]
    assert (seen.charge.minor_units, seen.release.minor_units) == (1980, 3000)
    assert [(one.sku, one.quantity) for one in seen.added.lines] == [("SCARF", 2)]
    await put(rig, document(percent("dearer", 1)), "a price that changed meanwhile is not theirs")
    foreign = wish(order.order_id, seen.version, less(1, 1), more("COAT"), quote_id=seen.added.quote_id)
    assert (await rig.fault(apply(rig, foreign))).reason == "QUOTE_MISMATCH"
    done = await apply(rig, wish(order.order_id, seen.version, less(1, 1), more("SCARF", 2),
                                 quote_id=seen.added.quote_id))  # fmt: skip
    assert (done.edit.state, done.edit.charged.minor_units) == ("APPLIED", 1980)
    added = await rig.get(done.edit.added_order_id)
    assert (added.state, added.totals.grand_total.minor_units) == (CONFIRMED, 1980)
    assert (added.member_id, [one.sku for one in added.lines]) == (rigs.MEMBER, ["SCARF"])
    assert units(done.order) == [(PLACED, [(1, 0, 1)])]
    listed = pb.GetEditsRequest(order_id=order.order_id)
    reply = await rig.call(rpc.OrderEditServiceStub(rig.channel).GetEdits, listed, rig.member())
    assert [(one.state, one.added_order_id) for one in reply.edits] == [
        ("REFUSED", ""), ("APPLIED", added.order_id),
    ]  # fmt: skip
    bigger = await apply(rig, wish(order.order_id, done.order.version, less(1, 4)))
    assert [(one.sku, one.quantity) for one in (await rig.get(bigger.edit.added_order_id)).lines] == [("COAT", 3)]
    await rig.settled()


async def test_what_cannot_be_paid_changes_nothing(rig: Rig) -> None:
    order = await rig.place(lines=[line("COAT", 2)])
    for instrument, reason in (("sim_decline", "PAYMENT_DECLINED"), ("sim_redirect", "EDIT_UNPAID")):
        asked = wish(order.order_id, order.version, less(1, 1), more(), instrument=instrument)
        assert (await rig.fault(apply(rig, asked))).reason == reason
        assert (await rig.fault(apply(rig, asked))).reason == reason, "asked again, refused the same"
    after = await rig.get(order.order_id)
    assert (after.version, units(after)) == (order.version, [(PLACED, [(1, 0, 2)])])
    away = wish(order.order_id, order.version, more("NOTHING"))
    assert (await rig.fault(apply(rig, away))).reason == "UNKNOWN_SKU"
    await rig.settled()


async def test_what_makes_no_sense_is_told_all_at_once(rig: Rig) -> None:
    order = await rig.place(lines=[line("COAT"), line("WOOL", 250)])
    express = pb.EditAction(set_shipping=pb.SetShipping(shipping_method="rocket"))
    seen = await preview(rig, order.order_id, less(7, 1), less(2, 100), express)
    assert (seen.possible, [one.action_no for one in seen.failures]) == (False, [0, 1, 2])
    seen = await preview(rig, order.order_id, less(1, 0), less(2, 0))
    assert [(one.action_no, one.reason) for one in seen.failures] == [(-1, "EDIT_REFUSED")]
    refused = await rig.fault(apply(rig, wish(order.order_id, order.version, less(1, 0), less(2, 0))))
    assert (refused.reason, refused.metadata["action_no"]) == ("EDIT_REFUSED", "-1")
    unknown = await preview(rig, order.order_id, more("NOTHING"))
    assert [one.reason for one in unknown.failures] == ["UNKNOWN_SKU"]
    with pytest.raises(Fault, match="actions"):
        await preview(rig, order.order_id)
    foreign = await rig.fault(preview(rig, order.order_id, less(1, 0), token=rig.member(rigs.OTHER)))
    assert foreign.reason == "NOT_FOUND"
    gone = await apply(rig, wish(order.order_id, order.version, less(2, 0)))
    assert units(gone.order) == [(PLACED, [(1, 0, 1)])]
    await rig.settled()


async def test_shoppers_change_orders_as_the_brand_lets_them(rig: Rig) -> None:
    order, stub = await rig.place(lines=[line("COAT", 3)]), rpc.OrderEditServiceStub(rig.channel)
    done = await apply(rig, wish(order.order_id, order.version, less(1, 2)), rig.member())
    rig.clock.advance(minutes=31)
    late = await rig.fault(preview(rig, order.order_id, less(1, 1), token=rig.member()))
    assert late.reason == "EDIT_NOT_ALLOWED"
    assert (await rig.call(stub.GetEditPolicy, pb.GetEditPolicyRequest(), rig.hq())).policy.minutes == 30
    for number, (shoppers, minutes) in enumerate(((True, 0), (False, 0)), 1):
        policy = pb.PutEditPolicyRequest(
            request_id=f"p{number}", policy=pb.EditPolicy(shoppers=shoppers, minutes=minutes)
        )
        assert (await rig.call(stub.PutEditPolicy, policy, rig.hq())).policy.version == number
        if shoppers:
            done = await apply(rig, wish(order.order_id, done.order.version, less(1, 1)), rig.member())
    barred = await rig.fault(preview(rig, order.order_id, less(1, 0), token=rig.member()))
    assert barred.reason == "EDIT_NOT_ALLOWED"
    assert (await preview(rig, order.order_id, more())).possible, "service may"


async def test_shipping_is_changed_while_nothing_is_packed(rig: Rig) -> None:
    order = await rig.place(lines=[line("SCARF", 2, method=SHIP, fulfilment_location_id="WH1")])
    express = pb.EditAction(set_shipping=pb.SetShipping(shipping_method="express"))
    done = await apply(rig, wish(order.order_id, order.version, express, less(1, 1)))
    assert (done.order.delivery.shipping_method, units(done.order)) == ("express", [(PLACED, [(1, 0, 1)])])
    shop = Store(rig)
    await shop.made_ready(order.order_id, "WH1")
    late = await rig.fault(apply(rig, wish(order.order_id, done.order.version, express)))
    assert late.reason == "EDIT_TOO_LATE"
    await rig.settled()


async def test_somebody_else_collects_it(rig: Rig) -> None:
    order, shop = await rig.place(lines=[line("COAT", 2)]), Store(rig)
    mine, foreign = sealed(), sealed(rigs.OTHER)
    named = [pb.EditAction(set_contact=pb.SetContact(contact_id=one, masked_name="王小明")) for one in (mine, foreign)]
    assert (await rig.fault(preview(rig, order.order_id, named[1]))).reason == "NOT_FOUND"
    assert (await rig.fault(apply(rig, wish(order.order_id, order.version, named[1])))).reason == "NOT_FOUND"
    both = await preview(rig, order.order_id, named[0], more())
    assert [one.action_no for one in both.failures] == [-1]
    done = await apply(rig, wish(order.order_id, order.version, named[0], less(1, 1)))
    assert done.order.contact_id == mine
    assert [(one.contact_id, one.masked_name) for one in done.order.fulfilments] == [(mine, "王○明")]
    assert units(done.order) == [(PLACED, [(1, 0, 1)])]
    kept = await rig.rows("SELECT asked FROM order_edits")
    assert not [row for row in kept if "王".encode() in row["asked"] or mine.encode() in row["asked"]], "of nobody"
    await shop.made_ready(order.order_id)
    late = await rig.fault(apply(rig, wish(order.order_id, done.order.version, named[0])))
    assert late.reason == "EDIT_TOO_LATE"
    await rig.settled()


async def test_a_store_that_accepts_at_the_same_moment_works_on_what_is_left(rig: Rig) -> None:
    order, shop = await rig.place(lines=[line("COAT", 2)]), Store(rig)
    task = await shop.fulfilment_id(order.order_id)
    changes = [wish(order.order_id, order.version, less(1, 1)) for _ in range(3)]
    ends = await asyncio.gather(
        shop.step("Accept", task), *(apply(rig, one) for one in changes), return_exceptions=True
    )
    refused = [one.reason for one in ends if isinstance(one, Fault)]
    assert refused == ["EDIT_STALE"] * 2
    after = await rig.get(order.order_id)
    assert units(after) == [(ACCEPTED, [(1, 0, 1)])]
    assert len(await shop.events("UnitsCancelled", order_events_pb2.UnitsCancelled)) == 1
    await rig.settled()


async def test_a_change_that_died_is_finished_or_undone(rig: Rig) -> None:
    """At every commit boundary: both halves of it, or neither."""
    for point in ("after_begin", "after_place", "before_apply", "after_apply"):
        order = await rig.place(lines=[line("COAT", 2)])
        asked = wish(order.order_id, order.version, less(1, 1), more())
        faultpoints.arm(f"edits.{point}=raise")
        await rig.fault(apply(rig, asked))
        faultpoints.arm("")
        rig.clock.advance(minutes=1)
        state = await eventually(partial(_ended, rig, order.order_id))
        assert (point, state) == (point, "REFUSED" if point == "after_begin" else "APPLIED")
        if state == "APPLIED":
            assert (await apply(rig, asked)).edit.charged.minor_units == 990
        else:
            assert (await rig.fault(apply(rig, asked))).reason == "CHECKOUT_UNDONE"
        assert units(await rig.get(order.order_id))[0][1] == [(1, 0, 1 if state == "APPLIED" else 2)]
    await rig.settled()


async def _ended(rig: Rig, order_id: str) -> str:
    """How a change of the order ended, if it did."""
    over = "SELECT state FROM order_edits WHERE order_id = $1 AND state IN ('APPLIED', 'REFUSED')"
    rows = await rig.rows(over, order_id)
    return rows[0]["state"] if rows else ""


async def test_an_order_that_changed_meanwhile_gives_back_what_was_added(rig: Rig) -> None:
    order = await rig.place(lines=[line("COAT", 2)])
    asked = wish(order.order_id, order.version, less(1, 1), more())
    faultpoints.arm("edits.after_place=raise")
    await rig.fault(apply(rig, asked))
    faultpoints.arm("")
    await rig.rows("UPDATE orders SET version = version + 1 WHERE order_id = $1", order.order_id)
    stale = await rig.fault(apply(rig, asked))
    assert (stale.reason, stale.metadata["seen"]) == ("EDIT_STALE", str(order.version))
    assert (await rig.fault(apply(rig, asked))).reason == "EDIT_STALE"
    rows = await rig.rows("SELECT state FROM orders WHERE order_id <> $1", order.order_id)
    assert [row["state"] for row in rows] == ["CANCELLED"]
    assert units(await rig.get(order.order_id)) == [(PLACED, [(1, 0, 2)])]
    assert await rig.proofs() == {}
    await rig.rows("UPDATE orders SET state = 'CONFIRMED'")
    assert "edits.what_is_added_is_promised" in await rig.proofs()
    await rig.rows("UPDATE order_edits SET state = 'PLACING'")
    assert "edits.running_edits_have_a_timer" in await rig.proofs()
