"""Units that an order gives back are told like any others: for sale, and for pickup."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory import news
from tests.service.inventory.conftest import ORDER, Inventory, new
from tests.service.inventory.sourcing_rig import Sourced, confirmed
from tests.service.inventory.test_availability_events import look, told
from tests.service.inventory.test_promises import brand
from tests.service.inventory.test_sourcing_ended import ended
from tests.service.inventory.test_sourcing_orders import refused


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    """One coat, at A, that somebody collects there."""
    await brand(inventory, {("COAT", "A"): 1})
    await inventory.put_locations("A", ships=True, sellable=True)
    await look(inventory)
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def collected(sourced: Sourced) -> str:
    order_id = new()
    await sourced.inventory.hold([("COAT", 1, "A")], ORDER, request_id=order_id, order_id=order_id)
    await sourced.hear(confirmed(order_id, ("COAT", 1, "A")))
    await look(sourced.inventory)
    return order_id


@pytest.mark.parametrize("word", ["cancelled", "ended", "rejected"])
async def test_what_is_given_back_is_back_in_stock(sourced: Sourced, word: str) -> None:
    """By a cancelled order, by units of one that nobody will hand over, by a pickup that was rejected before."""
    order_id = await collected(sourced)
    sold_out = [(sku, kind) for sku, kind, _ in await told(sourced.inventory)][-2:]
    assert sold_out == [("COAT", "OutOfStock"), ("COAT", "OutForPickup")]
    if word == "rejected":
        # with no word on the shelf; his promise stands until he says otherwise
        event = refused(order_id, "A")
        event.reason = "STORE_CLOSED"
        await sourced.hear(event)
        await sourced.fire()
        await look(sourced.inventory)
        assert [(sku, kind) for sku, kind, _ in await told(sourced.inventory)][-2:] == sold_out
    await sourced.hear(news.cancelled(order_id) if word == "cancelled" else ended(order_id, 0, 1))
    await look(sourced.inventory)
    assert (await told(sourced.inventory))[-2:] == [
        ("COAT", "BackInStock", ["app", "web"]), ("COAT", "BackForPickup", ["A"]),
    ]  # fmt: skip
    assert await sourced.inventory.drifts() == []


async def test_what_fills_those_who_wait_is_told_to_nobody(sourced: Sourced) -> None:
    """Freed units of which others were promised are not for sale."""
    first = await collected(sourced)
    second = new()
    await sourced.hear(confirmed(second, ("COAT", 1, "A")))  # a fact: nothing of it was held
    before = await told(sourced.inventory)
    await sourced.hear(ended(first, 0, 1))
    await look(sourced.inventory)
    assert await told(sourced.inventory) == before
    assert await sourced.inventory.drifts() == []
