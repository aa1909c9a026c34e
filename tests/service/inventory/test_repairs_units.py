"""Units that ended and are promised all the same: found, freed by the command that the drift names, once."""

import pytest

from services.inventory import floor
from services.inventory.repairs import store
from services.inventory.stock import store_proof
from tests.service.inventory import news
from tests.service.inventory.conftest import ORDER, Inventory, new
from tests.service.inventory.test_repairs import obey, plant

_ENDED = """
INSERT INTO ended_units (order_id, line_no, sku, first_unit, quantity, units)
SELECT order_id, 1, sku, 1, 2, 2 FROM allocations
"""
_GIVEN_UP = """
UPDATE allocations SET routed = 0, pool_id = 'web';
INSERT INTO sourcing_orders (order_id, state, wanted, channel_id, order_time)
SELECT order_id, 'GIVEN_UP', '{}', 'web', now() FROM allocations
"""
PLANTED = {"stock.ended_units_are_free": (_ENDED, 1), "sourcing.given_up_units_are_free": (_GIVEN_UP, 0)}


@pytest.mark.parametrize("check", PLANTED)
async def test_what_ended_is_freed_by_the_command_that_the_drift_names(inventory: Inventory, check: str) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = new()
    await inventory.hold([("COAT", 3)], ORDER, request_id=order_id, order_id=order_id)
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    statement, left = PLANTED[check]
    await plant(inventory, statement)
    ((name, row),) = await inventory.drifts()
    assert (name, row["repair"]) == (check, f"omoctl repair units {order_id}")
    assert await obey(inventory, row["repair"])
    assert (await inventory.level("COAT")).committed == left
    assert await inventory.drifts() == []
    assert not await obey(inventory, row["repair"])


def test_every_drift_names_a_command() -> None:
    checks = (*store_proof.CHECKS, *floor.CHECKS, *store.CHECKS)
    assert len(checks) > 10
    assert [one.name for one in checks if "omoctl repair " not in one.drifts] == []
