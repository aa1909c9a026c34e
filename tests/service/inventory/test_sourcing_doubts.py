"""What stores say of their goods decides: a rejected pickup moves the shelf, and doubts keep orders away."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import sourcing_pb2
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory.conftest import OPERATOR, Inventory
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.sourcing_rig import Sourced, trace


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        ("NOT_IN_STOCK", (0, 0, 1, -1)),
        ("MISMATCH", (3, 0, 1, 2)),
        ("DAMAGE", (4, 1, 1, 2)),
        ("NO_VARIANCE", (4, 0, 1, 3)),
        ("TOO_BUSY", (4, 0, 1, 3)),
    ],
)
async def test_a_rejected_pickup_moves_what_its_reason_says(
    sourced: Sourced, reason: str, left: tuple[int, ...]
) -> None:
    """The order stays promised at the store until the shopper was asked; the shelf is what was found."""
    await sourced.chain({("COAT", "TPE01"): 4, ("COAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"))
    for _ in range(2):
        given = {"order_id": order_id, "location_id": "TPE01", "reason": reason}
        await sourced.call("RejectAssignment", OPERATOR, **given)
    level = await sourced.inventory.level("COAT", "TPE01")
    assert (level.on_hand, level.damaged, level.committed, level.available) == left
    assert await sourced.state(order_id) == "PICKUP_REJECTED"
    assert await sourced.inventory.drifts() == []


async def test_a_rejected_kit_is_looked_for_in_its_parts(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("BELT", "TPE01"): 5, ("COAT", "TPE02"): 2, ("BELT", "TPE02"): 2})
    parts = [pb.Component(sku="COAT", quantity=1), pb.Component(sku="BELT", quantity=2)]
    await put(sourced.inventory, product("SET", variant("SET", components=parts)))
    order_id = await sourced.order(("SET", 1, "TPE01"))
    given = {"order_id": order_id, "location_id": "TPE01", "reason": "MISMATCH"}
    await sourced.call("RejectAssignment", OPERATOR, **given)
    assert [(await sourced.inventory.level(sku, "TPE01")).on_hand for sku in ("COAT", "BELT", "SET")] == [1, 3, 0]
    assert await sourced.inventory.drifts() == []


async def test_stores_that_nobody_is_sure_of_are_asked_last_or_not_at_all(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 9, ("COAT", "TPE02"): 2})
    first = await sourced.order(("COAT", 1))
    given = {"order_id": first, "location_id": "TPE01", "reason": "MISMATCH"}
    assert await sourced.places(first) == {1: "TPE01"}
    await sourced.call("RejectAssignment", OPERATOR, **given)
    sourced.inventory.clock.advance(hours=25)  # it cools no longer
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}
    await sourced.rules({"min_confidence": 400})
    second = await sourced.order(("COAT", 1))
    assert await sourced.places(second) == {1: "TPE02"}
    assert trace((await sourced.explained(second))[-1])["rules"][0]["out"] == {"UNSURE": ["TPE01"]}
    await sourced.rules({"sorts": [sourcing_pb2.SOURCING_SORT_CONFIDENCE]})
    tried = await sourced.call("SimulateRuleSet", rule_set_id="brand", version=1)
    assert tried.after.orders == 3
    assert await sourced.inventory.drifts() == []
