"""What headquarters and staff change about tasks that stand: hold, release, split, merge, move."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import fulfilment_care_service_pb2 as care_pb
from omo.order.v1 import order_events_pb2, order_pb2, parcel_pb2
from tests.harness.databases import Databases
from tests.service.order.rig import eventually
from tests.service.order.shipping_rig import Sender, sending
from tests.service.order.sourcing_rig import decided, state_of


@pytest_asyncio.fixture
async def sender(databases: Databases) -> AsyncIterator[Sender]:
    async with sending(databases) as found:
        yield found


def units(line_no: int, first: int, many: int) -> Any:
    return parcel_pb2.ParcelUnits(line_no=line_no, first_unit=first, quantity=many)


def runs(task: Any) -> list[tuple[int, int, int]]:
    return [(one.line_no, one.first_unit, one.quantity) for one in task.lines]


async def test_what_somebody_holds_waits_until_it_is_released(sender: Sender) -> None:
    task = await sender.picked(("COAT", 1))
    held = (await sender.tend("HoldFulfilment", fulfilment_id=task.fulfilment_id, reason="FRAUD_CHECK")).fulfilment
    assert (state_of(held), held.reason) == ("ON_HOLD", "FRAUD_CHECK")
    fault = await sender.rig.fault(sender.do("PackFulfilment", fulfilment_id=task.fulfilment_id))
    assert fault.reason == "TRANSITION_REFUSED"
    told = await sender.sourcing.store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    assert (state_of(told[-1].fulfilment), told[-1].meta.reason) == ("ON_HOLD", "FRAUD_CHECK")
    again = (await sender.tend("HoldFulfilment", fulfilment_id=task.fulfilment_id, reason="FRAUD_CHECK")).fulfilment
    assert again.version == held.version
    adviser = sender.sourcing.store.adviser()
    fault = await sender.rig.fault(sender.tend("ReleaseFulfilment", adviser, fulfilment_id=task.fulfilment_id))
    assert fault.reason == "PERMISSION_DENIED"
    freed = (await sender.tend("ReleaseFulfilment", fulfilment_id=task.fulfilment_id)).fulfilment
    assert state_of(freed) == "PICKING"
    await sender.packed(await sender.task(task.order_id))
    await sender.rig.settled()


async def test_only_its_money_releases_what_waits_for_money(sender: Sender) -> None:
    task = await sender.order(("COAT", 1))
    (task,) = task.fulfilments
    for reason in ("CAPTURE_FAILED", "MOVING"):
        fault = await sender.rig.fault(sender.tend("HoldFulfilment", fulfilment_id=task.fulfilment_id, reason=reason))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "reason")
    change = "UPDATE fulfilments SET state = 'ON_HOLD', held_state = 'PLACED', reason = 'CAPTURE_FAILED'"
    await sender.rig.rows(change)
    fault = await sender.rig.fault(sender.tend("ReleaseFulfilment", fulfilment_id=task.fulfilment_id))
    assert fault.reason == "TRANSITION_REFUSED"


async def test_a_part_goes_its_own_way_with_its_own_money(sender: Sender) -> None:
    task = await sender.picked(("SCARF", 5))
    reply = await sender.do("SplitFulfilment", stub=sender.care, contract=care_pb, fulfilment_id=task.fulfilment_id,
                            units=[units(1, 1, 2)])  # fmt: skip
    assert (runs(reply.fulfilment), runs(reply.part)) == ([(1, 0, 1), (1, 3, 2)], [(1, 1, 2)])
    assert (state_of(reply.part), reply.part.part_no, reply.part.picker_staff_code) == ("PICKING", 1, "A102")
    rows = await sender.rig.rows("SELECT amount FROM fulfilments ORDER BY part_no")
    assert [row["amount"] for row in rows] == [3 * 990, 2 * 990]
    await sender.do("PackFulfilment", fulfilment_id=reply.part.fulfilment_id)

    async def booked() -> Any:
        found = (await sender.rig.get(task.order_id)).fulfilments[1]
        return found if found.parcels and found.parcels[0].tracking_no else None

    packed = await eventually(booked)
    await sender.scan(packed.parcels[0], "DELIVERED")
    await sender.sourcing.store.captured(packed.fulfilment_id, 2 * 990)
    assert [state_of(one) for one in (await sender.rig.get(task.order_id)).fulfilments] == ["PICKING", "DELIVERED"]
    await sender.sourcing.hear(decided(task.order_id, 3, (1, "TPE01", 4, "d1"), (1, "WH1", 1, "d2")))
    found = await sender.rig.get(task.order_id)
    assert [(one.location_id, state_of(one), runs(one)) for one in found.fulfilments] == [
        ("TPE01", "PICKING", [(1, 0, 1), (1, 3, 1)]), ("TPE01", "DELIVERED", [(1, 1, 2)]),
        ("WH1", "PLACED", [(1, 4, 1)]),
    ]  # fmt: skip
    await sender.rig.settled()


async def test_a_part_goes_where_its_task_was_to_go(sender: Sender) -> None:
    way = order_pb2.Delivery(shipping_method="standard", collect_location_id="TPE01")
    order = await sender.sourcing.order(("SCARF", 2), delivery=way)
    await sender.sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    (task,) = (await sender.rig.get(order.order_id)).fulfilments
    split = await sender.tend("SplitFulfilment", fulfilment_id=task.fulfilment_id, units=[units(1, 0, 1)])
    found = (await sender.rig.get(order.order_id)).fulfilments
    assert [one.to_location_id for one in found] == ["TPE01", "TPE01"]
    assert split.part.to_location_id == "TPE01"


async def test_parts_become_one_again(sender: Sender) -> None:
    order = await sender.order(("SCARF", 4), ("COAT", 1))
    (task,) = order.fulfilments
    split = await sender.tend(
        "SplitFulfilment", fulfilment_id=task.fulfilment_id, units=[units(1, 1, 2), units(2, 0, 1)]
    )
    assert runs(split.fulfilment) == [(1, 0, 1), (1, 3, 1)]
    both = {"fulfilment_id": task.fulfilment_id, "other_fulfilment_id": split.part.fulfilment_id}
    await sender.step("Accept", split.part.fulfilment_id)
    fault = await sender.rig.fault(sender.tend("MergeFulfilments", **both))
    assert (fault.reason, fault.metadata["field"]) == ("NOT_ALIKE", "state")
    await sender.step("Accept", task.fulfilment_id)
    whole = (await sender.tend("MergeFulfilments", **both)).fulfilment
    assert runs(whole) == [(1, 0, 4), (2, 0, 1)]
    assert (await sender.tend("MergeFulfilments", **both)).fulfilment.version == whole.version
    found = await sender.rig.get(order.order_id)
    assert [(state_of(one), one.reason) for one in found.fulfilments] == [
        ("ACCEPTED", "MERGED"),
        ("CANCELLED", "MERGED"),
    ]
    await sender.rig.settled()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        pytest.param([(1, 0, 3)], "units", id="all"),
        pytest.param([(1, 2, 2)], "units[0]", id="beyond"),
        pytest.param([(1, 0, 1), (1, 0, 1)], "units[1]", id="twice"),
    ],
)
async def test_a_part_is_some_of_it(sender: Sender, wanted: list[Any], field: str) -> None:
    (task,) = (await sender.order(("SCARF", 3))).fulfilments
    fault = await sender.rig.fault(
        sender.tend("SplitFulfilment", fulfilment_id=task.fulfilment_id, units=[units(*one) for one in wanted])
    )
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)


async def test_a_task_moves_once_its_promise_has(sender: Sender) -> None:
    (task,) = (await sender.order(("SCARF", 3))).fulfilments
    split = await sender.tend("SplitFulfilment", fulfilment_id=task.fulfilment_id, units=[units(1, 0, 1)])
    moved = {"fulfilment_id": split.part.fulfilment_id, "location_id": "WH1", "reason": "STORE_CLOSED"}
    held = (await sender.tend("MoveFulfilment", **moved)).fulfilment
    assert (state_of(held), held.reason) == ("ON_HOLD", "MOVING")

    async def asked() -> Any:
        return sender.rig.world.sending.moves

    (move,) = await eventually(asked)
    assert (move.from_location_id, move.decision_id, move.to_location_id) == ("TPE01", "d1", "WH1")
    assert [(one.line_no, one.quantity) for one in move.lines] == [(1, 1)]
    await sender.sourcing.hear(decided(task.order_id, 3, (1, "TPE01", 2, "d1"), (1, "WH1", 1, "d9")))
    found = await sender.rig.get(task.order_id)
    assert [(one.location_id, state_of(one), runs(one)) for one in found.fulfilments] == [
        ("TPE01", "PLACED", [(1, 1, 2)]), ("TPE01", "CANCELLED", [(1, 0, 1)]), ("WH1", "PLACED", [(1, 0, 1)]),
    ]  # fmt: skip
    await sender.rig.settled()


async def test_a_move_waits_until_inventory_has_heard_of_the_order(sender: Sender) -> None:
    """A store may be closed the moment after somebody ordered: that it is not known yet is no answer."""
    sender.rig.world.sending.unheard = 1
    (task,) = (await sender.order(("SCARF", 1))).fulfilments
    await sender.tend("MoveFulfilment", fulfilment_id=task.fulfilment_id, location_id="WH1", reason="STORE_CLOSED")

    async def asked() -> bool:
        return any(one.order_id == task.order_id for one in sender.rig.world.sending.moves)

    await eventually(asked)
    held = await sender.task(task.order_id)
    assert (state_of(held), held.reason) == ("ON_HOLD", "MOVING")
    await sender.sourcing.hear(decided(task.order_id, 3, (1, "WH1", 1, "d9")))
    await sender.rig.settled()


async def test_what_the_other_place_has_not_goes_on_here(sender: Sender) -> None:
    sender.rig.world.sending.full.add("WH1")
    (task,) = (await sender.order(("COAT", 1))).fulfilments
    moved = {"fulfilment_id": task.fulfilment_id, "location_id": "WH1", "reason": "TOO_BUSY"}
    await sender.tend("MoveFulfilment", **moved)

    async def back() -> bool:
        found = await sender.task(task.order_id)
        return (state_of(found), found.reason) == ("PLACED", "MOVE_REFUSED")

    await eventually(back)
    await sender.step("Accept", task.fulfilment_id)
    await sender.step("Pick", task.fulfilment_id)
    fault = await sender.rig.fault(sender.tend("MoveFulfilment", **moved))
    assert fault.reason == "TRANSITION_REFUSED", "somebody picks it: cancel and place it anew"
    await sender.rig.settled()
