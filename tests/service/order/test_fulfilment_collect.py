"""Collect in store: from the confirmed order to the shopper's hands, against a PIN, and the money after it."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import CANCELLED, COLLECT, MEMBER, SHIP, Rig, eventually, line

State = order_pb2.FulfilmentState


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def store(rig: Rig) -> Store:
    return Store(rig)


async def test_a_confirmed_order_is_a_task_of_its_store(rig: Rig, store: Store) -> None:
    order = await rig.place(masked_name="陳○明")
    (task,) = (await store.tasks()).tasks
    assert (task.order_id, task.order_no, task.location_id, task.masked_name) == (
        order.order_id, order.order_no, "TPE01", "陳○明",
    )  # fmt: skip
    assert task.state == State.FULFILMENT_STATE_PLACED
    assert [(each.sku, each.name, each.quantity) for each in task.lines] == [("COAT", "Coat", 1)]
    shown = await rig.get(order.order_id)
    assert [each.fulfilment_id for each in shown.fulfilments] == [task.fulfilment_id]
    assert shown.pickup_pin == ""
    await rig.settled()


async def test_from_the_task_to_the_shoppers_hands(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    assert ready.picker_staff_code == "A102"
    assert ready.HasField("pickup_deadline_time")
    pin = await store.pin(order.order_id)
    done = await store.hand_over(ready.fulfilment_id, pin)
    assert (done.state, done.handed_over_by_staff_code) == (State.FULFILMENT_STATE_HANDED_OVER, "A102")
    (told,) = await store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)
    assert (told.order_id, told.member_id, told.location_id, told.staff_code) == (
        order.order_id, MEMBER, "TPE01", "A102",
    )  # fmt: skip
    assert [(each.unit.line_no, each.unit.first, each.unit.last, each.quantity) for each in told.lines] == [
        (1, 0, 0, 1)
    ]
    changed = await store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    assert [event.meta.sequence for event in changed] == [1, 2, 3, 4, 5]
    assert [State.Name(event.fulfilment.state).removeprefix("FULFILMENT_STATE_") for event in changed] == [
        "PLACED", "ACCEPTED", "PICKING", "READY", "HANDED_OVER",
    ]  # fmt: skip
    await store.captured(ready.fulfilment_id, 3000)
    assert (await rig.get(order.order_id)).pickup_pin == ""
    await rig.settled()


async def test_every_step_repeats_without_effect(rig: Rig, store: Store) -> None:
    order = await rig.place()
    task = (await store.tasks()).tasks[0]
    for verb in ("Accept", "Pick", "Ready"):
        request_id = str(uuid.uuid4())
        first = await store.step(verb, task.fulfilment_id, request_id=request_id)
        assert await store.step(verb, task.fulfilment_id, request_id=request_id) == first
        assert await store.step(verb, task.fulfilment_id) == first
    pin = await store.pin(order.order_id)
    done = await store.hand_over(task.fulfilment_id, pin)
    assert await store.hand_over(task.fulfilment_id, pin) == done
    assert len(await store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)) == 1
    assert len(await rig.rows("SELECT FROM fulfilment_steps")) == 5
    fault = await rig.fault(store.hand_over(task.fulfilment_id, store.other_than(pin)))
    assert fault.reason == "TRANSITION_REFUSED"


_PATH = ("PLACED", "ACCEPTED", "PICKING", "READY", "HANDED_OVER")


@pytest.mark.parametrize("state", [*_PATH, "REJECTED", "CANCELLED", "ON_HOLD", "EXPIRED"])
async def test_every_illegal_step_is_refused(rig: Rig, store: Store, state: str) -> None:
    order = await rig.place()
    fulfilment_id = await store.put_into(order.order_id, state)
    allowed = {
        "PLACED": {"Accept", "Reject"}, "ACCEPTED": {"Accept", "Pick", "Reject"},
        "PICKING": {"Pick", "Ready", "Reject"},
        "READY": {"Ready", "HandOver"}, "HANDED_OVER": {"HandOver"}, "REJECTED": {"Reject"}, "EXPIRED": {"Ready"},
    }.get(state, set())  # fmt: skip
    before = (await rig.rows("SELECT version, state FROM fulfilments"))[0]
    for verb in {"Accept", "Pick", "Ready", "HandOver", "Reject"} - allowed:
        more: dict[str, Any] = {"HandOver": {"pin": "123456"}, "Reject": {"reason": "DAMAGED"}}.get(verb, {})
        fault = await rig.fault(store.step(verb, fulfilment_id, **more))
        assert (fault.reason, fault.metadata.get("state")) == ("TRANSITION_REFUSED", state), verb
    assert (await rig.rows("SELECT version, state FROM fulfilments"))[0] == before


async def test_a_rejected_task_takes_the_order_with_it(rig: Rig, store: Store) -> None:
    order = await rig.place()
    task = (await store.tasks()).tasks[0]
    await store.step("Accept", task.fulfilment_id)
    rejected = await store.step("Reject", task.fulfilment_id, reason="NOT_IN_STOCK")
    assert (rejected.state, rejected.reason) == (State.FULFILMENT_STATE_REJECTED, "NOT_IN_STOCK")
    assert await store.step("Reject", task.fulfilment_id, reason="NOT_IN_STOCK") == rejected
    shown = await rig.get(order.order_id)
    assert (shown.state, shown.reason) == (CANCELLED, "NOT_IN_STOCK")
    (told,) = await store.events("OrderCancelled", order_events_pb2.OrderCancelled)
    assert (told.order_id, told.was_confirmed) == (order.order_id, True)

    async def voided() -> bool:
        return bool(await rig.rows("SELECT FROM order_tenders WHERE entry = 'VOIDED'"))

    await eventually(voided)
    assert await rig.proofs() == {}


async def test_a_cancelled_order_ends_its_tasks_but_not_what_was_handed_over(rig: Rig, store: Store) -> None:
    order = await rig.place()
    asked = orders_pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="changed my mind")
    await rig.call(rig.orders.CancelOrder, asked)
    version = (await store.tasks()).version
    assert [each.state for each in (await store.tasks(after=1)).tasks] == [State.FULFILMENT_STATE_CANCELLED]
    assert version == 2
    second = await rig.place()
    ready = await store.made_ready(second.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(second.order_id))
    asked = orders_pb.CancelOrderRequest(request_id="c2", order_id=second.order_id, reason="too late")
    assert (await rig.fault(rig.call(rig.orders.CancelOrder, asked))).reason == "TRANSITION_REFUSED"


async def test_tasks_resume_from_a_version(rig: Rig, store: Store) -> None:
    ids = [(await rig.place()).order_id for _ in range(3)]
    first = await store.tasks(size=2)
    assert [each.order_id for each in first.tasks] == ids[:2]
    rest = await store.tasks(after=first.version)
    assert [each.order_id for each in rest.tasks] == ids[2:]
    assert not (await store.tasks(after=rest.version)).tasks
    await store.step("Accept", first.tasks[0].fulfilment_id)
    again = await store.tasks(after=rest.version)
    assert [(each.order_id, each.version) for each in again.tasks] == [(ids[0], 4)]


async def test_tasks_are_their_locations_own(rig: Rig, store: Store) -> None:
    await rig.place()
    task = (await store.tasks()).tasks[0]
    elsewhere = rig.staff("TPE02")
    for verb, more in (("Accept", {}), ("Reject", {"reason": "X"}), ("HandOver", {"pin": "000000"})):
        assert (await rig.fault(store.step(verb, task.fulfilment_id, token=elsewhere, **more))).reason == "NOT_FOUND"
    ask = pb.ListTasksRequest(location_id="TPE01")
    assert (await rig.fault(rig.call(store.stub.ListTasks, ask, elsewhere))).reason == "NOT_FOUND"
    get = pb.GetFulfilmentRequest(fulfilment_id=task.fulfilment_id)
    assert (await rig.fault(rig.call(store.stub.GetFulfilment, get, elsewhere))).reason == "NOT_FOUND"
    assert (await rig.call(store.stub.GetFulfilment, get, rig.hq())).fulfilment == task
    assert (await rig.fault(rig.call(store.stub.AcceptFulfilment, get, rig.member()))).reason == "PERMISSION_DENIED"


async def test_each_step_says_who_where_and_why(rig: Rig, store: Store) -> None:
    order = await rig.place()
    await store.put_into(order.order_id, "ACCEPTED")
    rows = await rig.rows(
        "SELECT from_state, to_state, actor_kind, actor_id, request_id <> '' FROM fulfilment_steps ORDER BY version"
    )
    assert [tuple(row) for row in rows] == [
        ("", "PLACED", "member", MEMBER, False), ("PLACED", "ACCEPTED", "staff", "A102", True),
    ]  # fmt: skip


async def test_two_places_are_two_tasks_each_with_its_part_of_the_money(rig: Rig, store: Store) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 2, method=SHIP, fulfilment_location_id="WH1")])
    rows = await rig.rows("SELECT method, location_id, amount FROM fulfilments ORDER BY location_id")
    assert [tuple(row) for row in rows] == [("COLLECT", "TPE01", 3000), ("SHIP", "WH1", 1980)]
    shipped = await store.made_ready(order.order_id, "WH1")
    assert not shipped.HasField("pickup_deadline_time")
    done = await store.step("HandOver", shipped.fulfilment_id, token=rig.staff("WH1"), pin="")
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    await store.captured(shipped.fulfilment_id, 1980)
    collect = (await store.tasks()).tasks[0]
    assert collect.method == COLLECT
    assert await rig.proofs() == {}
