"""Tasks of the stock room: opened once, taken by one, ended; staff see those of their stores."""

import pytest

from kit import access
from omo.inventory.v1 import tasks_events_pb2 as events
from omo.inventory.v1 import tasks_pb2 as pb
from services.inventory.tasks import opening
from tests.service.inventory.conftest import HQ, Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import refused

ANN, BEN, CHIEF = staff(), staff(code="A205"), staff(code="A001", role="manager")


async def opened(inventory: Inventory, *subjects: str, place: str = "TPE01") -> list[bool]:
    with access.acting_as(access.service("inventory")):
        async with inventory.db.transaction() as tx:
            return [
                await opening.open(tx, "COUNT", place, subject, {"units": 3}, inventory.clock()) for subject in subjects
            ]


async def test_a_task_stands_once_until_it_is_resolved(inventory: Inventory) -> None:
    floor = Floor(inventory)
    assert await opened(inventory, "COAT", "COAT") == [True, False]
    task, *rest = (await floor.do("ListStockTasks", ANN)).tasks
    assert (task.subject, dict(task.details), task.state, rest) == (
        "COAT", {"units": "3"}, pb.STOCK_TASK_STATE_OPEN, [],
    )  # fmt: skip
    key = new()
    for _ in range(2):
        await floor.do("ResolveStockTask", ANN, task_id=task.task_id, resolution="looked", request_id=key)
    assert not (await floor.do("ListStockTasks", ANN)).tasks
    assert (await refused(floor.do("ResolveStockTask", ANN, task_id=task.task_id))).reason == "STOCK_TASK_ENDED"
    assert (await refused(floor.do("ClaimStockTask", ANN, task_id=task.task_id))).reason == "STOCK_TASK_ENDED"
    assert await opened(inventory, "COAT") == [True]
    told = [(event.meta.sequence, event.task.state) for event in await inventory.told(events.StockTaskChanged)]
    assert told == [(1, 1), (2, 3), (1, 1)]


@pytest.mark.parametrize("step", ["ClaimStockTask", "ResolveStockTask"])
async def test_a_task_in_somebodys_hands_is_his(inventory: Inventory, step: str) -> None:
    floor = Floor(inventory)
    await opened(inventory, "COAT")
    task_id = (await floor.do("ListStockTasks", ANN)).tasks[0].task_id
    for _ in range(2):
        taken = (await floor.do("ClaimStockTask", ANN, task_id=task_id)).task
        assert (taken.claimed_by, taken.version) == ("A102", 2)
    fault = await refused(floor.do(step, BEN, task_id=task_id))
    assert (fault.reason, fault.metadata["claimed_by"]) == ("STOCK_TASK_TAKEN", "A102")
    await floor.do("ClaimStockTask", ANN, task_id=task_id, give_back=True)
    await floor.do(step, BEN, task_id=task_id)


async def test_a_manager_may_take_it_away(inventory: Inventory) -> None:
    floor = Floor(inventory)
    await opened(inventory, "COAT")
    task_id = (await floor.do("ListStockTasks", ANN)).tasks[0].task_id
    await floor.do("ClaimStockTask", ANN, task_id=task_id)
    assert (await floor.do("ClaimStockTask", CHIEF, task_id=task_id)).task.claimed_by == "A001"


async def test_staff_see_and_end_those_of_their_stores(inventory: Inventory) -> None:
    floor = Floor(inventory)
    await opened(inventory, "COAT")
    await opened(inventory, "COAT", "HAT", place="TXG01")
    assert len((await floor.do("ListStockTasks", ANN)).tasks) == 1
    elsewhere = await floor.do("ListStockTasks", HQ, location_id="TXG01", page_size=1)
    rest = await floor.do("ListStockTasks", HQ, location_id="TXG01", page_token=elsewhere.next_page_token)
    assert [one.subject for one in (*elsewhere.tasks, *rest.tasks)] == ["COAT", "HAT"]
    assert len((await floor.do("ListStockTasks", HQ)).tasks) == 3
    assert not (await floor.do("ListStockTasks", HQ, kind="DISCREPANCY")).tasks
    foreign = floor.do("ResolveStockTask", ANN, task_id=elsewhere.tasks[0].task_id)
    assert (await refused(foreign)).code == "NOT_FOUND"
    assert (await refused(floor.do("ListStockTasks", ANN, location_id="TXG01"))).code == "NOT_FOUND"
    assert (await refused(floor.do("ClaimStockTask", ANN, task_id=new()))).reason == "NOT_FOUND"
