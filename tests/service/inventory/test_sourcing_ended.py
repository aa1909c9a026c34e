"""Units that nobody will hand over are free again, and nobody looks for them any more."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from omo.inventory.v1 import catalogue_pb2, sourcing_events_pb2
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2
from omo.type.v1 import unit_pb2
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, movement, new
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.sourcing_rig import Sourced, confirmed
from tests.service.inventory.test_promises import ask, brand, pooled
from tests.service.inventory.test_promises_broken import allocated, repair
from tests.service.inventory.test_sourcing_orders import last, promised, refused, stands

WAITS = {"allow_partial": True, "then": "SOURCING_THEN_QUEUE", "queue": "short", "auto_cancel_hours": 1}


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


def ended(order_id: str, first: int, quantity: int, sku: str = "COAT") -> order_events_pb2.UnitsCancelled:
    """As order says it."""
    unit = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=first, last=first + quantity - 1)
    line = order_events_pb2.CancelledLine(unit=unit, sku=sku, quantity=quantity)
    meta = news.cancelled(order_id).meta
    return order_events_pb2.UnitsCancelled(meta=meta, order_id=order_id, lines=[line], reason="UNFILLABLE")


async def short(sourced: Sourced) -> str:
    """An order of three, of which a place sends one and nobody has the others."""
    await brand(sourced.inventory, {("COAT", "A"): 5})
    await sourced.rules(WAITS)
    order_id = await promised(sourced, "COAT", 3)
    await sourced.hear(news.recorded(news.sale(new(), ("COAT", 4), place="A")))
    await repair(sourced.inventory)
    await sourced.fire()
    assert await sourced.state(order_id) == "UNPLACED"
    return order_id


async def restock(sourced: Sourced, units: int = 5) -> None:
    await sourced.inventory.post(movement("COAT", "A", units, "RECEIPT"))
    await repair(sourced.inventory)


@pytest.mark.parametrize("told", ["never", "before", "after"])
async def test_what_is_given_up_is_free(sourced: Sourced, told: str) -> None:
    """Also what order says of it, whichever is heard first, and twice; new goods are nobody's."""
    order_id = await short(sourced)
    said = [ended(order_id, 1, 1), ended(order_id, 2, 1), ended(order_id, 1, 1)]
    if told == "before":
        await sourced.hear(*said)
    await sourced.fire(minutes=61)
    if told == "after":
        await sourced.hear(*said)
    assert await allocated(sourced.inventory, order_id) == {"A": 1}
    assert await sourced.inventory.drifts() == []
    await restock(sourced)
    assert await allocated(sourced.inventory, order_id) == {"A": 1}
    level = await sourced.inventory.level("COAT", "A")
    assert (level.on_hand, level.committed, level.available) == (6, 1, 5)
    assert await sourced.state(order_id) == ("SOURCED" if told == "before" else "GIVEN_UP")
    assert await sourced.inventory.drifts() == []


async def test_a_kit_that_is_given_up_is_free_in_its_parts(sourced: Sourced) -> None:
    inventory = sourced.inventory
    await brand(inventory, {("COAT", "A"): 2, ("BELT", "A"): 4})
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="BELT", quantity=2)]
    await put(inventory, product("SET", variant("SET", components=parts)))
    await sourced.rules(WAITS)
    order_id = await promised(sourced, "SET", 2)
    await sourced.hear(news.recorded(news.sale(new(), ("COAT", 1), place="A")))
    await repair(inventory)
    await sourced.fire()
    await sourced.fire(minutes=61)
    assert await stands(inventory, order_id) == {("COAT", "A"): 1, ("BELT", "A"): 2}
    assert (await inventory.level("BELT", "A")).available == 2
    assert await inventory.drifts() == []


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
async def test_units_end_in_any_order_of_hearing(sourced: Sourced, turn: tuple[int, ...]) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 5})
    order_id = new()
    await ask(sourced.inventory, pooled("COAT", 3), request_id=order_id, order_id=order_id)
    said = [
        confirmed(order_id, ("COAT", 3)),
        ended(order_id, 2, 1),
        news.handed_over(order_id, ("COAT", 1), place="A", at=sourced.inventory.clock()),
    ]
    for number in turn:
        await sourced.hear(said[number])
    await sourced.fire()
    assert await allocated(sourced.inventory, order_id) == {"A": 1}
    assert (await sourced.inventory.level("COAT", "A")).available == 3
    assert await sourced.inventory.drifts() == []


async def test_units_that_end_at_a_place_leave_it(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2})
    order_id = await sourced.order(("COAT", 2, "TPE01"))
    await sourced.hear(ended(order_id, 0, 1))
    found = (await sourced.call("GetSourcing", order_id=order_id)).sourcing
    assert [(one.location_id, one.quantity) for one in found.assignments] == [("TPE01", 1)]
    level = await sourced.inventory.level("COAT")
    assert (level.committed, level.available) == (1, 1)
    assert await sourced.inventory.drifts() == []


async def test_what_was_given_up_is_never_looked_for_again(sourced: Sourced) -> None:
    """The place that was to send the rest refuses it: only that is sent from elsewhere."""
    order_id = await short(sourced)
    await sourced.fire(minutes=61)
    (one,) = (await sourced.call("GetSourcing", order_id=order_id)).sourcing.assignments
    await brand(sourced.inventory, {("COAT", "B"): 3})
    await sourced.hear(refused(order_id, "A", one.decision_id))
    await sourced.fire()
    told = await last(sourced)
    assert [(one.location_id, one.quantity) for one in told.assignments] == [("B", 1)]
    assert list(told.leftovers) == []
    assert await allocated(sourced.inventory, order_id) == {"B": 1}
    assert await sourced.inventory.drifts() == []


async def test_a_wait_begins_anew_with_a_refusal(sourced: Sourced) -> None:
    """What was left an hour to find a place has an hour again, not what was left of the first."""
    order_id = await short(sourced)
    (one,) = (await sourced.call("GetSourcing", order_id=order_id)).sourcing.assignments
    await sourced.fire(minutes=55)
    await sourced.hear(refused(order_id, "A", one.decision_id))
    await sourced.fire(minutes=0)
    held = (await sourced.call("GetSourcing", order_id=order_id)).sourcing
    assert held.auto_cancel_time.ToDatetime() == (sourced.inventory.clock() + timedelta(hours=1)).replace(tzinfo=None)
    await sourced.fire(minutes=10)
    assert await sourced.state(order_id) == "UNPLACED"
    await sourced.fire(minutes=55)
    (told,) = await sourced.inventory.told(sourcing_events_pb2.SourcingGivenUp)
    assert [one.quantity for one in told.leftovers] == [3]
    assert await allocated(sourced.inventory, order_id) == {}
    assert await sourced.inventory.drifts() == []
