"""A till whose clock is years off: what it says of stock is kept, dated when it came in, and somebody is told."""

import pytest

from omo.storefacts.v1 import facts_pb2 as facts
from tests.service.inventory.conftest import Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.test_facts import record


@pytest.mark.parametrize("seconds", [0, -1, 10**12, 253_402_300_799])
async def test_facts_of_an_absurd_clock_are_kept_and_flagged(inventory: Inventory, seconds: int) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    one = facts.StockFact(fact_id=new(), received=facts.StockReceived(sku="COAT", quantity=4))
    one.business_time.seconds = seconds
    for _ in range(2):
        answer = await record(inventory, 1, one)
        assert (answer.durable_ack, list(answer.conflicts)) == (1, [])
    assert (await inventory.level("COAT")).on_hand == 5
    tasks = (await Floor(inventory).do("ListStockTasks", staff())).tasks
    assert [(task.kind, task.subject, task.details["facts"]) for task in tasks] == [("CLOCK_WRONG", "till-1", "1")]
    async with inventory.db.read() as tx:
        at = await tx.fetchval("SELECT business_time FROM movements WHERE kind = 'RECEIPT'")
    assert at == inventory.clock()
    assert await inventory.drifts() == []
