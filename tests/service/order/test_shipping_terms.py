"""How the brand has its stores send: one walk for many tasks, in how long, and what a store may say no to."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit import leases
from kit.ids import uuid7
from omo.order.v1 import order_events_pb2
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.shipping import usecases_collateral
from tests.harness.databases import Databases
from tests.service.order.rig import eventually
from tests.service.order.shipping_rig import Sender, sending
from tests.service.order.sourcing_rig import decided, state_of


@pytest_asyncio.fixture
async def sender(databases: Databases) -> AsyncIterator[Sender]:
    async with sending(databases) as found:
        yield found


async def test_one_walk_fetches_for_many_tasks(sender: Sender) -> None:
    first, _ = await sender.order(("SCARF", 2)), await sender.order(("COAT", 1), ("SCARF", 1))
    made = (await sender.do("StartPickList", location_id="TPE01")).pick_list
    assert [(one.sku, one.quantity, len(one.shares)) for one in made.items] == [("COAT", 1, 1), ("SCARF", 3, 2)]
    assert {state_of(one) for one in made.tasks} == {"PICKING"}
    assert {one.picker_staff_code for one in made.tasks} == {"A102"}
    await sender.packed(await sender.task(first.order_id))
    left = (await sender.do("GetPickList", request_id=None, pick_list_id=made.pick_list_id)).pick_list
    assert [(one.sku, one.quantity) for one in left.items] == [("COAT", 1), ("SCARF", 1)], "what is packed is fetched"
    fault = await sender.rig.fault(sender.do("StartPickList", location_id="TPE01", fulfilment_ids=[str(uuid7())]))
    assert fault.reason == "NOT_FOUND"
    elsewhere = sender.rig.staff("TPE02")
    fault = await sender.rig.fault(sender.do("GetPickList", elsewhere, request_id=None, pick_list_id=made.pick_list_id))
    assert fault.reason == "NOT_FOUND"


async def test_what_takes_too_long_is_told(sender: Sender) -> None:
    terms = pb.ShippingTerms(ready_minutes=30, ship_minutes=60)
    put = await sender.do("PutShippingTerms", sender.rig.hq(), terms=terms)
    assert (put.terms.version, put.terms.ready_minutes) == (1, 30)
    task = await sender.picked(("COAT", 1))

    async def told(reason: str) -> Any:
        found = await sender.task(task.order_id)
        return found if found.reason == reason else None

    sender.rig.clock.advance(minutes=31)
    await eventually(lambda: told("READY_LATE"))
    await sender.packed(task)
    sender.rig.clock.advance(minutes=61)
    late = await eventually(lambda: told("SHIP_LATE"))
    assert state_of(late) == "PACKED"
    events = await sender.sourcing.store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    assert [one.meta.reason for one in events if one.meta.reason] == ["READY_LATE", "SHIP_LATE"]


async def test_a_store_may_send_the_rest_where_the_brand_says_so(sender: Sender) -> None:
    task = await sender.picked(("COAT", 1), ("SCARF", 2))
    rest = await sender.step("Reject", task.fulfilment_id, reason="DAMAGED", line_nos=[1])
    assert (state_of(rest), [line.sku for line in rest.lines]) == ("PICKING", ["SCARF"])
    await sender.do("PutShippingTerms", sender.rig.hq(), terms=pb.ShippingTerms(partial_rejection=False))
    other = await sender.picked(("COAT", 1), ("SCARF", 2))
    fault = await sender.rig.fault(sender.step("Reject", other.fulfilment_id, reason="DAMAGED", line_nos=[1]))
    assert fault.reason == "REJECTION_IS_WHOLE"


async def test_what_is_not_there_is_taken_from_all_that_waits(sender: Sender) -> None:
    await sender.do("PutShippingTerms", sender.rig.hq(),
                    terms=pb.ShippingTerms(partial_rejection=True, collateral_rejection=True))  # fmt: skip
    waits, both = await sender.order(("SCARF", 1)), await sender.order(("COAT", 1), ("SCARF", 1))
    walking = await sender.picked(("SCARF", 2))
    asked = await sender.order(("SCARF", 1))
    await sender.step("Reject", asked.fulfilments[0].fulfilment_id, reason="NOT_IN_STOCK")

    async def gone() -> bool:
        return state_of(await sender.task(waits.order_id)) == "REJECTED"

    await eventually(gone)

    async def part_gone() -> bool:
        return [line.sku for line in (await sender.task(both.order_id)).lines] == ["COAT"]

    await eventually(part_gone)
    assert state_of(await sender.task(walking.order_id)) == "PICKING", "somebody is at the shelf"
    told = await sender.sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    assert len(told) == 3
    await sender.sourcing.hear(decided(both.order_id, 3, (1, "TPE01", 1, "d1"), (2, "WH1", 1, "d2")))
    await sender.rig.settled()


async def test_however_much_waits_all_of_it_is_taken(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page; what was done is no failed try, so that no big place is left half done to a person."""
    monkeypatch.setattr(usecases_collateral, "_BULK", 2)
    monkeypatch.setattr(leases, "TRIES", 2)
    await sender.do("PutShippingTerms", sender.rig.hq(), terms=pb.ShippingTerms(collateral_rejection=True))
    wait = [await sender.order(("SCARF", 1)) for _ in range(7)]
    await sender.step("Reject", wait.pop().fulfilments[0].fulfilment_id, reason="NOT_IN_STOCK")

    async def gone() -> bool:
        states = {state_of(await sender.task(order.order_id)) for order in wait}
        return states == {"REJECTED"} and not await sender.rig.rows(
            "SELECT FROM timers WHERE kind = 'shipping.collateral'"
        )

    await eventually(gone)
    await sender.rig.settled()
