"""What is collected goes elsewhere before anybody works on it: inventory first, then the order, or neither."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import pytest
import pytest_asyncio

from kit import faultpoints
from kit.errors import Fault
from omo.order.v1 import appointment_service_pb2 as when
from omo.order.v1 import order_edit_service_pb2 as pb
from omo.order.v1 import order_edit_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import shipping_fees_pb2 as fees_pb
from omo.order.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from tests.harness.databases import Databases
from tests.service.order import freight_rig
from tests.service.order import rig as rigs
from tests.service.order.counter_rig import Desk as Counter
from tests.service.order.edits_rig import apply, ended, home, less, more, preview, there, why, wish
from tests.service.order.fulfilment_rig import Store
from tests.service.order.neighbours_faults import Away, Refused, Unheard
from tests.service.order.pickups_rig import Desk
from tests.service.order.rig import COLLECT, SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided, pickup_rejected
from tests.service.order.test_contacts import sealed

TO = "TPE02"
BOTH = [line("COAT", 2), line("SCARF")]


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def rig(world: Rig) -> AsyncIterator[Rig]:
    await world.rows("UPDATE locations SET pickup = true WHERE location_id = $1", TO)
    world.world.pickups.there = {TO: [1, 2]}
    world.world.before.clear()
    yield world
    faultpoints.arm("")
    await Counter(world).quiet()
    assert await world.proofs() == {}


async def test_lines_are_collected_in_another_store(rig: Rig) -> None:
    order, store, tasks = await rig.place(lines=BOTH), Store(rig), Sourcing(rig).tasks
    task = await store.fulfilment_id(order.order_id)
    await store.step("Accept", task)
    seen = await preview(rig, order.order_id, there(1), token=rig.member())
    assert (seen.possible, seen.before, seen.delivery_fee.minor_units) == (True, seen.after, 0)
    asked = wish(order.order_id, seen.version, there(1), reason="ASKED_BY_PHONE")
    done = await apply(rig, asked)
    assert (done.edit.state, done.edit.reason, done.edit.actor.id) == ("APPLIED", "ASKED_BY_PHONE", "u1")
    assert await tasks(order.order_id) == [("TPE01", "ACCEPTED", [(2, 0, 1)]), (TO, "PLACED", [(1, 0, 2)])]
    assert [one.fulfilment_location_id for one in done.order.lines] == [TO, "TPE01"]
    assert rig.world.pickups.moved[f"{done.edit.edit_id}:move"] == (order.order_id, "TPE01", TO, (1,))
    assert await apply(rig, asked) == done, "asked again, answered the same"
    listed = pb.GetEditsRequest(order_id=order.order_id)
    (mine,) = (await rig.call(rpc.OrderEditServiceStub(rig.channel).GetEdits, listed, rig.member())).edits
    assert (mine.actions[0].set_fulfilment.fulfilment_location_id, mine.HasField("actor")) == (TO, False)
    ready = await store.made_ready(order.order_id, TO)
    await store.step("HandOver", ready.fulfilment_id, token=rig.staff(TO), pin=await store.pin(order.order_id))
    await store.captured(ready.fulfilment_id, 6000)


async def test_whoever_was_named_collects_it_there(rig: Rig) -> None:
    order, desk = await rig.place(lines=BOTH), Desk(rig, Store(rig))
    task = await desk.store.fulfilment_id(order.order_id)
    proxy = (await desk.do("NameProxy", fulfilment_id=task, name="陳小華")).proxy
    done = await apply(rig, wish(order.order_id, order.version, there()), rig.member())
    assert [(one.location_id, one.reason) for one in done.order.fulfilments] == [("TPE01", "EDITED"), (TO, "")]
    ready = await desk.store.made_ready(order.order_id, TO)
    await desk.store.step("HandOver", ready.fulfilment_id, token=rig.staff(TO), pin=proxy.pin)


async def test_what_is_not_begun_is_shipped_instead_where_that_costs_nothing(rig: Rig) -> None:
    nobodys = await rig.place(lines=BOTH)
    assert await why(rig, nobodys, home()) == ("EDIT_REFUSED", "")
    order, sourcing = await rig.place(lines=BOTH, contact_id=sealed()), Sourcing(rig)
    await freight_rig.put(rig)
    seen = await preview(rig, order.order_id, home(2))
    assert (seen.possible, seen.delivery_fee.minor_units) == (False, 80)
    assert await why(rig, order, home(2)) == ("EDIT_REFUSED", "")
    assert (await preview(rig, order.order_id, home())).possible, "6990 are brought for nothing"
    await freight_rig.put(rig, fees_pb.ShippingFees())
    done = await apply(rig, wish(order.order_id, order.version, home(1)))
    assert [(one.method, one.fulfilment_location_id) for one in done.order.lines] == [(SHIP, ""), (COLLECT, "TPE01")]
    assert done.order.delivery.shipping_method == "standard"
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    assert await sourcing.tasks(order.order_id) == [("TPE01", "PLACED", [(2, 0, 1)]), ("WH1", "PLACED", [(1, 0, 2)])]
    assert await why(rig, await rig.get(order.order_id), there(1)) == ("EDIT_REFUSED", "line_nos")


async def test_what_has_left_keeps_its_address(rig: Rig) -> None:
    old, new = sealed(), sealed()
    goods = [line("COAT"), line("SCARF", method=SHIP, fulfilment_location_id="WH1")]
    order = await rig.place(lines=goods, contact_id=old)
    await Sourcing(rig).sent(order.order_id, "WH1", 990)
    moved = pb.EditAction(set_contact=pb.SetContact(contact_id=new, masked_name="陳小明"))
    done = await apply(rig, wish(order.order_id, (await rig.get(order.order_id)).version, moved))
    assert {one.location_id: one.contact_id for one in done.order.fulfilments} == {"WH1": old, "TPE01": new}
    assert done.order.contact_id == new


async def test_what_stands_in_its_way_is_told_by_field(rig: Rig) -> None:
    order, store = await rig.place(lines=BOTH), Store(rig)
    assert await why(rig, order, there(7)) == ("EDIT_REFUSED", "line_nos")
    assert await why(rig, order, there(place="TPE01")) == ("EDIT_REFUSED", "fulfilment_location_id")
    assert await why(rig, order, there(place="WH1")) == ("PICKUP_NOT_OFFERED", "fulfilment_location_id")
    assert (await why(rig, order, there(1), less(2, 0)))[0] == "EDIT_REFUSED"
    rig.world.pickups.there = {TO: [1]}
    assert (await why(rig, order, there()))[0] == "OUT_OF_STOCK"
    for wrong in (there(1, 1), there(place=""), there(method=SHIP), there(method=0)):
        assert (await rig.fault(preview(rig, order.order_id, wrong))).reason == "FIELD_INVALID"
    said = wish(order.order_id, order.version, there(1), reason="rang from 0912345678")
    assert (await rig.fault(apply(rig, said))).metadata["field"] == "reason"
    await store.put_into(order.order_id, "PICKING")
    begun = await rig.get(order.order_id)
    assert await why(rig, begun, there(1)) == ("EDIT_TOO_LATE", "line_nos")
    held = "UPDATE fulfilments SET state = $2, held_state = $3, reason = $4 WHERE order_id = $1"
    await rig.rows(held, order.order_id, "ON_HOLD", "PLACED", "PREORDER")
    assert await why(rig, begun, there(1)) == ("EDIT_REFUSED", "line_nos")
    await rig.rows(held, order.order_id, "PICKING", "", "")


async def test_what_inventory_refuses_after_all_goes_on_where_it_was(rig: Rig) -> None:
    order, tasks = await rig.place(lines=BOTH), Sourcing(rig).tasks
    rig.world.before["stock.move"] = Refused("gone a moment ago", location_id=TO)
    asked = wish(order.order_id, order.version, there(1))
    assert [(await rig.fault(apply(rig, asked))).reason for _ in range(2)] == ["OUT_OF_STOCK"] * 2
    rig.world.before.clear()
    assert await tasks(order.order_id) == [("TPE01", "PLACED", [(1, 0, 2), (2, 0, 1)])]
    assert (await rig.get(order.order_id)).fulfilments[0].reason == "MOVE_REFUSED"
    done = await apply(rig, wish(order.order_id, order.version, there(1)))
    assert done.edit.state == "APPLIED"


@pytest.mark.parametrize("lost", [False, True])
async def test_what_waited_goes_on_later_by_that_or_ends_as_inventory_said_meanwhile(rig: Rig, lost: bool) -> None:
    order, tasks = await rig.place(lines=BOTH), Sourcing(rig).tasks
    rig.world.before["stock.move"] = Away("not there")
    moving = await apply(rig, wish(order.order_id, order.version, there(1)))
    (task,) = moving.order.fulfilments
    sla = "timers WHERE kind = 'fulfilment.accept_sla' AND key = $1"
    await rig.rows(f"UPDATE {sla.replace('WHERE', 'SET next_time = now() WHERE')}", task.fulfilment_id)

    async def passed() -> bool:
        return not await rig.rows(f"SELECT FROM {sla}", task.fulfilment_id)

    await eventually(passed)
    if lost:
        await Sourcing(rig).hear(pickup_rejected(order.order_id, 2, "TPE01", 1))
    rig.world.before["stock.move"] = Refused("gone a moment ago", location_id=TO)
    assert await ended(rig, order.order_id) == "REFUSED"
    assert await tasks(order.order_id) == [("TPE01", "REJECTED" if lost else "PLACED", [(1, 0, 2), (2, 0, 1)])]
    late = await rig.rows(
        f"SELECT FROM {sla} AND due_time > $2", task.fulfilment_id, task.accept_deadline_time.ToDatetime(UTC)
    )
    assert len(late) == (0 if lost else 1)


@pytest.mark.parametrize("away", [Away("not there"), Unheard("?", order_id="?")], ids=["away", "has-not-heard-yet"])
async def test_while_inventory_is_away_nobody_begins_and_it_is_carried_out_later(rig: Rig, away: Fault) -> None:
    order, store = await rig.place(lines=BOTH), Store(rig)
    rig.world.before["stock.places"] = away
    assert (await rig.fault(apply(rig, wish(order.order_id, order.version, there(1))))).reason == "UNAVAILABLE"
    rig.world.before = {"stock.move": away}
    moving = await apply(rig, wish(order.order_id, order.version, there(1)))
    assert (moving.edit.state, moving.order.fulfilments[0].reason) == ("MOVING", "MOVING")
    begun = await rig.fault(store.step("Accept", moving.order.fulfilments[0].fulfilment_id))
    other = await rig.fault(apply(rig, wish(order.order_id, moving.order.version, more())))
    coming = when.BookAppointmentRequest(request_id="b", fulfilment_id=moving.order.fulfilments[0].fulfilment_id)
    coming.start_time.FromDatetime(rig.clock())
    booked = await rig.fault(rig.call(AppointmentServiceStub(rig.channel).BookAppointment, coming))
    assert [one.reason for one in (begun, other, booked)] == ["TRANSITION_REFUSED", "CONFLICT", "TRANSITION_REFUSED"]
    timer = "timers WHERE kind = 'order.edit.move'"
    await rig.rows(f"UPDATE {timer.replace('WHERE', 'SET attempt = 11, next_time = now(), lease_until = NULL WHERE')}")
    on = f"SELECT FROM {timer} AND attempt = 0 AND next_time > now() AND NOT needs_attention"
    assert await eventually(lambda: rig.rows(on)), "as long as it takes, without a person"
    rig.world.before.clear()
    assert await ended(rig, order.order_id) == "APPLIED"
    assert [one[:2] for one in await Sourcing(rig).tasks(order.order_id)] == [("TPE01", "PLACED"), (TO, "PLACED")]


@pytest.mark.parametrize("action", [there, home])
async def test_a_move_that_died_is_carried_out_once(rig: Rig, action: Any) -> None:
    """At every commit boundary, whoever asks again or does not."""
    for point in ("after_hold", "after_move", "after_moved"):
        order = await rig.place(lines=BOTH, contact_id=sealed())
        asked = wish(order.order_id, order.version, action(1))
        faultpoints.arm(f"edits.{point}=raise")
        await rig.fault(apply(rig, asked))
        faultpoints.arm("")
        assert await ended(rig, order.order_id) == "APPLIED", point
        assert (await apply(rig, asked)).edit.state == "APPLIED"
        assert len([one for one in rig.world.pickups.moved.values() if one[0] == order.order_id]) == 1
        places = [one[:2] for one in await Sourcing(rig).tasks(order.order_id)]
        assert places == [("TPE01", "PLACED"), *([(TO, "PLACED")] if action is there else [])]


async def test_an_order_that_ends_meanwhile_goes_nowhere(rig: Rig) -> None:
    order = await rig.place(lines=BOTH)
    rig.world.before["stock.move"] = Away("not there")
    await apply(rig, wish(order.order_id, order.version, there()))
    gone = orders_pb.CancelOrderRequest(request_id="c", order_id=order.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, gone)
    rig.world.before.clear()
    assert await ended(rig, order.order_id) == "REFUSED"
    assert [one[:2] for one in await Sourcing(rig).tasks(order.order_id)] == [("TPE01", "CANCELLED")]


async def test_of_changes_and_a_store_at_once_each_unit_is_asked_of_one_place(rig: Rig) -> None:
    order, store = await rig.place(lines=BOTH), Store(rig)
    task = await store.fulfilment_id(order.order_id)
    wishes = [wish(order.order_id, order.version, *one) for one in ([there(1)], [there()], [less(1, 1)])]
    calls = [*(apply(rig, one) for one in wishes), store.step("Accept", task), store.step("Pick", task)]
    await asyncio.gather(*calls, return_exceptions=True)
    parts = (await rig.get(order.order_id)).fulfilments
    standing = [one for one in parts if one.state != order_pb2.FULFILMENT_STATE_CANCELLED]
    served = [
        (each.line_no, each.first_unit + n) for one in standing for each in one.lines for n in range(each.quantity)
    ]
    assert len(served) == len(set(served)) >= 2
    assert not await rig.rows("SELECT FROM order_edits WHERE order_id = $1 AND state = 'MOVING'", order.order_id)


async def test_every_proof_about_places_has_been_seen_to_fail(rig: Rig) -> None:
    order = await rig.place(lines=BOTH)
    done = await apply(rig, wish(order.order_id, order.version, there(1)))
    wrong = "UPDATE order_lines SET fulfilment_location_id = $2 WHERE order_id = $1 AND line_no = 1"
    await rig.rows(wrong, order.order_id, "TPE01")
    assert "edits.moved_lines_stand_where_they_were_asked" in await rig.proofs()
    await rig.rows(wrong, order.order_id, TO)
    for name in ("MOVING", "APPLIED"):
        await rig.rows("UPDATE order_edits SET state = $2 WHERE edit_id = $1", done.edit.edit_id, name)
        assert ("edits.running_edits_have_a_timer" in await rig.proofs()) == (name == "MOVING")
