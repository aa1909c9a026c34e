"""Tasks come to an end: of two ways into one store, after a hold, beside a parcel that nobody booked yet."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit import timers
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.fulfilment.parcels import BOOK
from tests.harness.databases import Databases
from tests.service.order.rig import Rig, eventually
from tests.service.order.shipping_rig import Sender, sending, states
from tests.service.order.sourcing_rig import decided, state_of
from tests.service.order.test_legs import HERE, Van
from tests.service.order.test_shipping import units


@pytest_asyncio.fixture
async def sender(databases: Databases) -> AsyncIterator[Sender]:
    async with sending(databases) as found:
        yield found


@pytest.fixture
def rig(sender: Sender) -> Rig:
    return sender.rig


async def _left(van: Van, task: str, place: str) -> None:
    for verb in ("Accept", "Pick"):
        await van.sourcing.store.step(verb, task, token=van.sourcing.store.adviser(place))
    await van.do("DispatchLeg", place, fulfilment_id=task)


async def test_what_two_places_send_by_one_decision_comes_beside_what_the_store_has(rig: Rig) -> None:
    van = Van(rig, Sender(rig).sourcing)
    sourcing = van.sourcing
    order = await sourcing.order(("COAT", 1), ("SCARF", 2), delivery=HERE)
    word = decided(order.order_id, 2, (1, "TPE01", 1, "d1"), (2, "WH1", 1, "d1"), (2, "TPE02", 1, "d1"))
    await sourcing.hear(word)
    for place in ("WH1", "TPE02"):
        task = await sourcing.store.fulfilment_id(order.order_id, place)
        await _left(van, task, place)
        came = await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)
        assert (came.fulfilment.location_id, state_of(came.fulfilment)) == ("TPE01", "ARRIVED")
    found = [state_of(one) for one in (await rig.get(order.order_id)).fulfilments if one.location_id == "TPE01"]
    assert sorted(found) == ["ARRIVED", "ARRIVED", "CANCELLED", "PLACED"]
    assert await rig.proofs() == {}


async def test_what_arrives_waits_while_the_money_of_another_part_is_refused(rig: Rig) -> None:
    van = Van(rig, Sender(rig).sourcing)
    order_id, task = await van.left(("COAT", 1), ("SCARF", 1))
    await rig.rows("UPDATE fulfilments SET capture = 'FAILED' WHERE fulfilment_id = $1", task)
    own = (await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)).fulfilment
    assert (state_of(own), own.reason) == ("ON_HOLD", "CAPTURE_FAILED")
    assert len((await rig.get(order_id)).fulfilments) == 2


@pytest.mark.parametrize("days", [1, 9])
async def test_what_was_held_ready_expires_all_the_same(sender: Sender, days: int) -> None:
    rig, store = sender.rig, sender.sourcing.store
    order = await rig.place()
    task = (await store.made_ready(order.order_id)).fulfilment_id
    await sender.tend("HoldFulfilment", fulfilment_id=task, reason="FRAUD_CHECK")
    rig.clock.advance(days=8)

    async def passed() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.pickup_deadline'")

    await eventually(passed)
    freed = (await sender.tend("ReleaseFulfilment", fulfilment_id=task)).fulfilment
    assert state_of(freed) == "READY"
    assert freed.pickup_deadline_time.ToSeconds() > rig.clock().timestamp(), "he could not come: his time begins anew"
    rig.clock.advance(days=days)

    async def over() -> bool:
        return state_of(await sender.task(order.order_id)) == ("EXPIRED" if days > 7 else "READY")

    await eventually(over)


async def test_a_parcel_that_was_not_booked_yet_is_once_its_fellow_left(sender: Sender) -> None:
    task = await sender.picked(("SCARF", 3))
    wanted = [pb.ParcelToPack(units=[units(1, 0, 1)]), pb.ParcelToPack(units=[units(1, 1, 2)], weight_grams=90_000)]
    await sender.do("PackFulfilment", fulfilment_id=task.fulfilment_id, parcels=wanted)

    async def answered() -> bool:
        return states(await sender.task(task.order_id)) == ("PACKED", ["BOOKED", "REFUSED"])

    await eventually(answered)
    first, second = (await sender.task(task.order_id)).parcels
    await sender.scan(first, "PICKED_UP")
    assert states(await sender.task(task.order_id)) == ("SHIPPED", ["SHIPPED", "REFUSED"])
    await sender.do("BookParcel", parcel_id=second.parcel_id)
    assert states(await sender.task(task.order_id))[0] == "SHIPPED"


async def test_a_parcel_whose_carrier_was_away_is_booked_once_its_fellow_left(sender: Sender) -> None:
    task = await sender.picked(("SCARF", 3))
    wanted = [pb.ParcelToPack(units=[units(1, 0, 1)]), pb.ParcelToPack(units=[units(1, 1, 2)])]
    packed = await sender.packed(task, *wanted)
    first, second = packed.parcels
    # as a carrier that did not answer yet leaves it
    await sender.rig.rows("UPDATE parcels SET state = 'PACKED' WHERE parcel_id = $1", second.parcel_id)
    await sender.scan(first, "PICKED_UP")
    assert states(await sender.task(task.order_id)) == ("SHIPPED", ["SHIPPED", "PACKED"]), "no carrier has it"
    async with sender.rig.db.transaction() as tx:
        await timers.schedule(tx, BOOK, second.parcel_id, sender.rig.clock())

    async def booked() -> bool:
        found = await sender.task(task.order_id)
        return states(found) == ("SHIPPED", ["SHIPPED", "BOOKED"]) and bool(found.parcels[1].tracking_no)

    await eventually(booked)
    for parcel in (await sender.task(task.order_id)).parcels:
        await sender.scan(parcel, "DELIVERED")
    assert states(await sender.task(task.order_id)) == ("DELIVERED", ["DELIVERED", "DELIVERED"])
    await sender.rig.settled()


async def test_what_the_other_place_has_not_waits_here_for_money(sender: Sender) -> None:
    sender.rig.world.sending.full.add("WH1")
    (task,) = (await sender.order(("SCARF", 2))).fulfilments
    part = (await sender.tend("SplitFulfilment", fulfilment_id=task.fulfilment_id, units=[units(1, 0, 1)])).part
    await sender.rig.rows("UPDATE fulfilments SET capture = 'FAILED' WHERE fulfilment_id = $1", task.fulfilment_id)
    await sender.tend("MoveFulfilment", fulfilment_id=part.fulfilment_id, location_id="WH1", reason="TOO_BUSY")

    async def back() -> bool:
        found = [one for one in (await sender.rig.get(task.order_id)).fulfilments if one.part_no]
        return [(state_of(one), one.reason) for one in found] == [("ON_HOLD", "CAPTURE_FAILED")]

    await eventually(back)
