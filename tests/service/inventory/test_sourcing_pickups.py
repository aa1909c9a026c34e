"""What is collected and what is shipped of one order: neither waits for the other, nor is lost with it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import sourcing_events_pb2
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory import news
from tests.service.inventory.conftest import OPERATOR, Inventory
from tests.service.inventory.sourcing_rig import Sourced
from tests.service.inventory.test_sourcing_ended import ended
from tests.service.inventory.test_sourcing_orders import refused


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def reject(sourced: Sourced, order_id: str, place: str, *line_nos: int) -> Any:
    given = {"order_id": order_id, "location_id": place, "line_nos": line_nos, "reason": "DAMAGED"}
    return (await sourced.call("RejectAssignment", OPERATOR, **given)).sourcing


async def test_a_pickup_that_order_rejected_asks_its_shopper_once(sourced: Sourced) -> None:
    """Headquarters reject at order, which tells it of whole tasks, and of lines that a task goes on without."""
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE01"): 2, ("HAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1, "TPE01"), ("HAT", 1))
    assert await sourced.places(order_id) == {1: "TPE01", 2: "TPE01", 3: "TPE02"}
    for line_no, rejected in ((1, [1]), (2, [1, 2]), (2, [1, 2])):
        word = refused(order_id, "TPE01", line_no=line_no)
        word.partly = True
        await sourced.hear(word)
        await sourced.fire()
        found = (await sourced.call("GetSourcing", order_id=order_id)).sourcing
        assert (list(found.pickup_rejected_line_nos), found.attempts) == (rejected, 0)
    told = await sourced.inventory.told(sourcing_events_pb2.PickupRejected)
    assert [(one.location_id, list(one.line_nos), one.reason) for one in told] == [
        ("TPE01", [1], "NOT_IN_STOCK"), ("TPE01", [2], "NOT_IN_STOCK"),
    ]  # fmt: skip
    assert {one.line_no for one in told[-1].assignments} == {1, 3}
    assert (await sourced.inventory.level("COAT", "TPE01")).on_hand == 0, "as the reason says"
    assert await queued(sourced) == [order_id]
    assert await sourced.inventory.drifts() == []


async def test_units_of_one_line_that_are_refused_for_different_reasons_are_refused_each(sourced: Sourced) -> None:
    """In one visit, and heard in one batch; what is told again asks nobody and books nothing a second time."""
    await sourced.chain({("COAT", "TPE01"): 5})
    order_id = await sourced.order(("COAT", 3, "TPE01"))
    words = []
    for first, reason in ((0, "DAMAGE"), (2, "LOOKED_FOR")):
        word = refused(order_id, "TPE01")
        word.partly, word.reason, word.lines[0].first_unit = True, reason, first
        words.append(word)
    for _ in range(2):
        await sourced.hear(*words)
        await sourced.fire()
    told = await sourced.inventory.told(sourcing_events_pb2.PickupRejected)
    assert sorted((list(one.line_nos), one.reason) for one in told) == [([1], "DAMAGE"), ([1], "LOOKED_FOR")]
    assert await queued(sourced) == [order_id]
    third = refused(order_id, "TPE01")
    third.partly, third.reason, third.lines[0].first_unit = True, "DAMAGE", 1
    await sourced.hear(third)
    await sourced.fire()
    level = await sourced.inventory.level("COAT", "TPE01")
    assert (level.damaged, level.committed) == (2, 3), "each damaged unit once"
    assert await sourced.inventory.drifts() == []


async def queued(sourced: Sourced) -> Sequence[str]:
    """Whom the shopper must be asked for."""
    waiting = (await sourced.call("ListUnplaced", queue="pickup_rejected")).sourcings
    return [one.order_id for one in waiting]


async def test_a_pickup_rejected_before_the_batch_leaves_shipped_lines_their_place(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1), settle=False)
    after = await reject(sourced, order_id, "TPE01")
    assert list(after.pickup_rejected_line_nos) == [1]
    await sourced.fire()
    assert (await sourced.state(order_id), await sourced.places(order_id)) == ("SOURCED", {1: "TPE01", 2: "TPE02"})
    assert await queued(sourced) == [order_id]
    assert await sourced.inventory.drifts() == []


async def test_a_rejected_pickup_leaves_a_wait_its_end(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE02"): 0})
    await sourced.rules({"then": "SOURCING_THEN_QUEUE", "queue": "short", "auto_cancel_hours": 1})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1))
    await reject(sourced, order_id, "TPE01", 1)
    assert await sourced.state(order_id) == "UNPLACED"
    await sourced.fire(minutes=61)
    (told,) = await sourced.inventory.told(sourcing_events_pb2.SourcingGivenUp)
    assert [(one.line_no, one.quantity) for one in told.leftovers] == [(2, 1)]
    assert await sourced.inventory.drifts() == []


async def test_a_store_rejects_what_is_collected_and_what_it_ships_together(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE01"): 2, ("HAT", "TPE02"): 0})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1))
    assert await sourced.places(order_id) == {1: "TPE01", 2: "TPE01"}
    await sourced.chain({("HAT", "TPE02"): 2})
    await reject(sourced, order_id, "TPE01", 1, 2)
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "TPE01", 2: "TPE02"}
    (told,) = await sourced.inventory.told(sourcing_events_pb2.PickupRejected)
    assert (list(told.line_nos), list(told.assignments)) == ([1], [])
    assert await queued(sourced) == [order_id]
    assert await sourced.inventory.drifts() == []


async def test_what_is_shipped_anew_leaves_a_rejected_pickup_in_the_queue(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE02"): 2, ("HAT", "TPE03"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1))
    await reject(sourced, order_id, "TPE01", 1)
    await reject(sourced, order_id, "TPE02", 2)
    assert await queued(sourced) == [order_id]
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "TPE01", 2: "TPE03"}
    assert await queued(sourced) == [order_id]


@pytest.mark.parametrize("word", ["cancelled", "ended"])
async def test_whom_the_shopper_was_asked_for_leaves_the_queue(sourced: Sourced, word: str) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("HAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"), ("HAT", 1))
    await reject(sourced, order_id, "TPE01", 1)
    await sourced.hear(news.cancelled(order_id) if word == "cancelled" else ended(order_id, 0, 1))
    assert await queued(sourced) == []
    assert await sourced.state(order_id) == ("CANCELLED" if word == "cancelled" else "SOURCED")
    assert (await sourced.inventory.level("COAT")).committed == 0
    assert await sourced.inventory.drifts() == []


async def test_only_what_waits_at_a_place_is_taken_from_it(sourced: Sourced) -> None:
    """What was cancelled or handed over is nobody's to reject; of the rest no unit goes twice."""
    await sourced.chain({("COAT", "TPE01"): 9, ("COAT", "TPE02"): 9})
    cancelled, gone, part = [await sourced.order(("COAT", 3)) for _ in range(3)]
    await sourced.hear(news.cancelled(cancelled))
    at = sourced.inventory.clock()
    await sourced.hear(news.handed_over(gone, ("COAT", 3), at=at), news.handed_over(part, ("COAT", 2), at=at))
    for order_id in (cancelled, gone):
        with pytest.raises(Fault) as no:
            await reject(sourced, order_id, "TPE01")
        assert no.value.reason == "NOT_ASSIGNED"
    await reject(sourced, part, "TPE01")
    await sourced.fire()
    found = (await sourced.call("GetSourcing", order_id=part)).sourcing
    assert [(one.location_id, one.quantity) for one in found.assignments] == [("TPE01", 2), ("TPE02", 1)]
    assert await sourced.inventory.drifts() == []
