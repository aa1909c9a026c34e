"""Placements that somebody else refused: the shopper is told in the words of his own request."""

import uuid
from collections.abc import AsyncIterator

import pytest_asyncio

from kit.errors import Code, Fault
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import wish
from tests.service.order.rig import Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_a_cart_hold_that_is_refused_is_named_as_it_was_asked(rig: Rig) -> None:
    rule, hold_id = "must be one of the caller's holds", str(uuid.uuid4())
    rig.world.before["stock.hold"] = Fault(
        f"replaces_hold_id: {rule}", code=Code.NOT_FOUND, reason="HOLD_NOT_FOUND",
        field="replaces_hold_id", rule=rule, hold_id=hold_id,
    )  # fmt: skip
    asked = wish(cart_hold_id=hold_id)
    for _ in range(2):  # and in the same words when it is asked again
        fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
        assert (fault.code, fault.reason, fault.domain) == (Code.NOT_FOUND, "HOLD_NOT_FOUND", "omo.inventory")
        assert fault.message == f"cart_hold_id: {rule}"
        assert (fault.metadata["field"], fault.metadata["rule"]) == ("cart_hold_id", rule)
        assert fault.metadata["hold_id"] == hold_id
