"""Sourcing hears orders and refused tasks as order tells them: pooled, urgent, of kits, in any order of hearing."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.inventory.v1 import catalogue_pb2, sourcing_events_pb2, stock_events_pb2
from omo.inventory.v1 import catalogue_service_pb2 as cat
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2, order_pb2
from services.inventory.sourcing.usecases_refusals import REFUSED
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, OPERATOR, ORDER, Inventory, new
from tests.service.inventory.sourcing_rig import SHIP, Sourced, confirmed, trace
from tests.service.inventory.test_promises import ask, brand, pooled
from tests.service.inventory.test_promises_broken import allocated, asked, repair


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def promised(sourced: Sourced, sku: str, quantity: int, **shipping: Any) -> str:
    """An order as the checkout makes it: held from its channel's pool, then confirmed."""
    order_id = new()
    await ask(sourced.inventory, pooled(sku, quantity), request_id=order_id, order_id=order_id)
    event = confirmed(order_id, (sku, quantity))
    if shipping:
        event.facts.shipping.CopyFrom(order_facts_pb2.ShippingFacts(**shipping))
    await sourced.hear(event)
    return order_id


def refused(order_id: str, place: str, decision_id: str = "", line_no: int = 1) -> order_events_pb2.FulfilmentRejected:
    event = news.cancelled(order_id)  # its meta will do
    lines = [order_pb2.FulfilmentLine(line_no=line_no, quantity=1)]
    return order_events_pb2.FulfilmentRejected(
        meta=event.meta, order_id=order_id, fulfilment_id=f"task {place} {decision_id}", location_id=place,
        decision_id=decision_id, lines=lines, reason="NOT_IN_STOCK",
    )  # fmt: skip


async def last(sourced: Sourced) -> sourcing_events_pb2.SourcingDecided:
    told: list[sourcing_events_pb2.SourcingDecided] = await sourced.inventory.told(sourcing_events_pb2.SourcingDecided)
    return max(told, key=lambda one: one.meta.sequence)


async def test_a_pooled_promise_is_bound_to_the_place_that_is_chosen(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 1, ("COAT", "B"): 3})
    order_id = await promised(sourced, "COAT", 2)
    assert sum((await allocated(sourced.inventory, order_id)).values()) == 2
    await sourced.fire()
    assert await allocated(sourced.inventory, order_id) == {"B": 2}
    told = await last(sourced)
    assert [(one.line_no, one.location_id, one.quantity, one.decision_id) for one in told.assignments] == [
        (1, "B", 2, told.decision_id)
    ]
    assert await sourced.inventory.drifts() == []


async def test_a_rejected_order_takes_from_who_asked_later_and_is_sourced_again(sourced: Sourced) -> None:
    """Whoever loses hears of it and waits in the queue: first the younger order, then the rejected one itself."""
    inventory = sourced.inventory
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 1}, near="B")
    first = await promised(sourced, "COAT", 1)
    await sourced.fire()
    assert await sourced.places(first) == {1: "A"}
    second = new()
    await ask(inventory, pooled("COAT", 1, "near"), request_id=second, order_id=second)
    await sourced.hear(confirmed(second, ("COAT", 1), channel_id="near"))
    lost = []
    for place, loser, states in (("A", second, ("SOURCED", "UNPLACED")), ("B", first, ("UNPLACED", "UNPLACED"))):
        rejected = {"order_id": first, "location_id": place, "reason": "TOO_BUSY"}
        await sourced.call("RejectAssignment", OPERATOR, **rejected)
        lost.append((loser, "B"))
        told = await inventory.told(stock_events_pb2.PromiseBroken)
        assert [(one.order_id, one.location_id) for one in told] == lost
        assert sorted(await asked(inventory)) == sorted((at, f"COAT {one}") for one, at in lost)
        # together they may be given each other's goods: then the loop of timers tries each alone
        await sourced.fire(alone=True)
        assert (await sourced.state(first), await sourced.state(second)) == states
        assert await inventory.drifts() == []
    await repair(inventory)
    assert await allocated(inventory, second) == {"B": 1}, "what the other may not have"


async def test_express_orders_are_decided_at_once_and_to_where_they_go(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 3, ("COAT", "B"): 3})
    for place, north, east in (("A", 22_600_000, 120_300_000), ("B", 25_000_000, 121_500_000)):
        point = catalogue_pb2.GeoPoint(latitude_e6=north, longitude_e6=east)
        await sourced.inventory.put_locations(place, ships=True, position=point)
    taipei = {"latitude_e6": 25_030_000, "longitude_e6": 121_560_000}
    where = order_pb2.Destination(country_code="TW", postal_code="110", **taipei)
    express = await promised(
        sourced, "COAT", 1, shipping_method="express", priority=10, expedited=True, destination=where
    )
    ordinary = await promised(sourced, "COAT", 1, shipping_method="standard")
    await sourced.fire(minutes=0)
    assert (await sourced.state(express), await sourced.state(ordinary)) == ("SOURCED", "PENDING")
    assert await sourced.places(express) == {1: "B"}, "the nearer one"
    (decision,) = await sourced.explained(express)
    head = trace(decision)["order"]
    assert (decision.mode, head["shipping"], head["expedited"], head["priority"]) == ("INSTANT", "express", True, 10)
    await sourced.fire()
    assert await sourced.state(ordinary) == "SOURCED"


async def test_a_refused_task_is_sourced_elsewhere_once(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    order_id = await promised(sourced, "COAT", 1)
    await sourced.fire()
    first = await last(sourced)
    (place,) = (one.location_id for one in first.assignments)
    word = refused(order_id, place, first.decision_id)
    await sourced.hear(word)
    await sourced.hear(word)
    again = refused(order_id, place, first.decision_id)
    again.meta.event_id = new()
    await sourced.hear(again)
    await sourced.fire()
    found = (await sourced.call("GetSourcing", order_id=order_id)).sourcing
    other = {"A": "B", "B": "A"}[place]
    assert (found.attempts, [one.location_id for one in found.assignments]) == (1, [other])
    told = await last(sourced)
    assert [(one.location_id, one.decision_id) for one in told.assignments] == [(other, told.decision_id)]
    assert await allocated(sourced.inventory, order_id) == {other: 1}
    assert await sourced.inventory.drifts() == []


@pytest.mark.parametrize("order_of_hearing", list(itertools.permutations(range(2))))
async def test_a_named_place_that_refuses_is_made_up_for(sourced: Sourced, order_of_hearing: tuple[int, ...]) -> None:
    """Also where the refusal overtakes the order."""
    await brand(sourced.inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    order_id = new()
    await sourced.inventory.hold([("COAT", 1, "A")], ORDER, request_id=order_id, order_id=order_id)
    event = confirmed(order_id, ("COAT", 1, "A"))
    event.facts.lines[0].method = SHIP
    said = [event, refused(order_id, "A")]
    for number in order_of_hearing:
        await sourced.hear(said[number])
    await sourced.fire()
    assert (await sourced.state(order_id), await sourced.places(order_id)) == ("SOURCED", {1: "B"})
    assert await allocated(sourced.inventory, order_id) == {"B": 1}
    assert await sourced.inventory.drifts() == []


async def test_what_is_refused_of_a_cancelled_order_is_no_news(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 2})
    order_id = await promised(sourced, "COAT", 1)
    await sourced.fire()
    decision_id = (await last(sourced)).decision_id
    await sourced.hear(news.cancelled(order_id))
    await sourced.hear(refused(order_id, "A", decision_id))
    await sourced.fire(minutes=30)
    assert await sourced.state(order_id) == "CANCELLED"
    assert (await sourced.inventory.level("COAT", "A")).available == 2
    assert await sourced.inventory.drifts() == []


async def test_kits_of_a_pool_leave_whole(sourced: Sourced) -> None:
    """Two of a kit of one coat and two hats: one place has one, another the other; a third has hats only."""
    inventory = sourced.inventory
    await brand(inventory, {
        ("COAT", "A"): 1, ("HAT", "A"): 3, ("COAT", "B"): 1, ("HAT", "B"): 2, ("HAT", "C"): 9,
    })  # fmt: skip
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="HAT", quantity=2)]
    variant = catalogue_pb2.Variant(sku="SET", active=True, components=parts)
    product = catalogue_pb2.Product(product_id="P-SET", name="SET", active=True, variants=[variant])
    await inventory.call(
        inventory.catalogue.PutProducts, cat.PutProductsRequest(request_id=new(), products=[product]), HQ
    )
    await sourced.rules({"allow_partial": True})
    order_id = await promised(sourced, "SET", 2)
    await sourced.fire()
    told = await last(sourced)
    assert sorted((one.line_no, one.sku, one.location_id, one.quantity) for one in told.assignments) == [
        (1, "SET", "A", 1), (1, "SET", "B", 1),
    ]  # fmt: skip
    assert await stands(inventory, order_id) == {("COAT", "A"): 1, ("COAT", "B"): 1, ("HAT", "A"): 2, ("HAT", "B"): 2}
    assert "2 × HAT (1)" in "\n".join((await sourced.explained(order_id))[0].lines_en)
    await sourced.hear(refused(order_id, "B", told.decision_id))
    await sourced.fire(minutes=0, only=REFUSED)
    assert await stands(inventory, order_id) == {
        ("COAT", "A"): 1, ("HAT", "A"): 2, ("COAT", "UNKNOWN"): 1, ("HAT", "C"): 2,
    }  # fmt: skip
    await sourced.fire()
    left = (await last(sourced)).leftovers
    assert [(one.line_no, one.sku, one.quantity) for one in left] == [(1, "SET", 1)]
    assert await inventory.drifts() == []


async def stands(inventory: Inventory, order_id: str) -> Counter[tuple[str, str]]:
    async with inventory.db.read() as tx:
        rows = await tx.fetch(
            "SELECT sku, location_id, open FROM allocations WHERE order_id = $1 AND open > 0", order_id
        )
    return Counter({(row["sku"], row["location_id"]): row["open"] for row in rows})


async def test_what_is_given_up_says_what_is_still_sent(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 5})
    await sourced.rules(
        {"allow_partial": True, "then": "SOURCING_THEN_QUEUE", "queue": "short", "auto_cancel_hours": 1}
    )
    order_id = await promised(sourced, "COAT", 3)
    await sourced.hear(news.recorded(news.sale(new(), ("COAT", 4), place="A")))
    await repair(sourced.inventory)
    await sourced.fire()
    assert await sourced.state(order_id) == "UNPLACED"
    await sourced.fire(minutes=61)
    (told,) = await sourced.inventory.told(sourcing_events_pb2.SourcingGivenUp)
    assert [(one.location_id, one.quantity) for one in told.assignments] == [("A", 1)]
    assert [(one.line_no, one.sku, one.quantity) for one in told.leftovers] == [(1, "COAT", 2)]
