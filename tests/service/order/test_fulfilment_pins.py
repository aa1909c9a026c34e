"""Handover PINs: seen by the shopper alone, guessed by nobody, used once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import OTHER, Rig

State = order_pb2.FulfilmentState


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def store(rig: Rig) -> Store:
    return Store(rig)


async def test_the_pin_is_the_shoppers_alone(rig: Rig, store: Store) -> None:
    order = await rig.place()
    await store.made_ready(order.order_id)
    pin = await store.pin(order.order_id)
    assert len(pin) == 6
    assert pin.isdecimal()
    for token in (rig.hq(), rig.staff("TPE01")):
        reply = await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id), token)
        assert reply.order.pickup_pin == ""
    row = (await rig.rows("SELECT pin_hash, pin_sealed FROM fulfilments"))[0]
    assert pin.encode() not in row["pin_hash"] + row["pin_sealed"]
    for (payload,) in await rig.rows("SELECT payload FROM outbox"):
        assert pin.encode() not in payload
    with pytest.raises(Fault):
        await rig.call(rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id), rig.member(OTHER))


async def test_five_wrong_pins_lock_and_a_manager_makes_a_new_one(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    pin = await store.pin(order.order_id)
    wrong = store.other_than(pin)
    for left in (4, 3, 2, 1, 0):
        fault = await rig.fault(store.hand_over(ready.fulfilment_id, wrong))
        assert (fault.reason, fault.metadata["tries_left"]) == ("PIN_WRONG", str(left))
    for tried in (wrong, pin):
        assert (await rig.fault(store.hand_over(ready.fulfilment_id, tried))).reason == "PIN_LOCKED"
    assert (await store.step("Ready", ready.fulfilment_id)).version == ready.version
    assert (await rig.fault(store.hand_over(ready.fulfilment_id, pin))).reason == "PIN_LOCKED"
    renewed = await store.step("Ready", ready.fulfilment_id, token=store.manager())
    assert renewed.reason == "PIN_RENEWED"
    fresh = await store.pin(order.order_id)
    assert (await store.hand_over(ready.fulfilment_id, fresh)).state == State.FULFILMENT_STATE_HANDED_OVER


async def test_guesses_at_once_are_counted_one_by_one(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    wrong = store.other_than(await store.pin(order.order_id))
    faults = await asyncio.gather(*(rig.fault(store.hand_over(ready.fulfilment_id, wrong)) for _ in range(60)))
    reasons = [fault.reason for fault in faults]
    assert reasons.count("PIN_WRONG") <= 5
    assert set(reasons) <= {"PIN_WRONG", "PIN_LOCKED", "OVERLOADED", "CONFLICT"}
    (row,) = await rig.rows("SELECT pin_tries FROM fulfilments")
    assert row["pin_tries"] == reasons.count("PIN_WRONG")


async def test_a_hundred_handovers_at_once_hand_over_once(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    pin = await store.pin(order.order_id)

    async def attempt() -> str:
        try:
            return State.Name((await store.hand_over(ready.fulfilment_id, pin)).state)
        except Fault as fault:
            return fault.reason

    ends = await asyncio.gather(*(attempt() for _ in range(100)))
    assert ends.count("FULFILMENT_STATE_HANDED_OVER") >= 1
    assert set(ends) <= {"FULFILMENT_STATE_HANDED_OVER", "OVERLOADED", "CONFLICT"}
    assert len(await store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)) == 1
    await store.captured(ready.fulfilment_id, 3000)
    assert len(await rig.rows("SELECT FROM order_tenders WHERE entry = 'CAPTURED'")) == 1
    await rig.settled()


async def test_a_pin_that_could_not_be_one_is_refused_uncounted(rig: Rig, store: Store) -> None:
    ready = await store.made_ready((await rig.place()).order_id)
    for pin in ("", "12345", "12345a", "１２３４５６"):
        fault = await rig.fault(store.hand_over(ready.fulfilment_id, pin))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "pin")
    assert (await rig.rows("SELECT pin_tries FROM fulfilments"))[0]["pin_tries"] == 0
