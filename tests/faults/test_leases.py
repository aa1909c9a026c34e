"""A lease is stolen while its holder stands still: whoever comes back late changes nothing (F21)."""

import pytest

from tests.faults import overtaking
from tests.faults.world import World
from tests.harness.history import Outcome
from tests.harness.invariants import PLACE

pytestmark = pytest.mark.xdist_group("faults")


async def test_a_holder_that_stands_still_past_its_lease_changes_nothing(world: World) -> None:
    key, order_id = await overtaking.overtaken(world, "tests.faults.bent.stalls")
    assert world.history.keys(PLACE, Outcome.OK) == {key}
    books = await world.read()
    assert (books.orders[order_id].state, books.orders[order_id].step) == ("CONFIRMED", "DONE")
    await world.promises_hold()
