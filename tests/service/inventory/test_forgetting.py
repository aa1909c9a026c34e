"""Ended holds are forgotten when nobody can ask for them any more; cancelled orders never."""

import asyncio
from contextlib import suppress

import pytest

from kit.errors import Fault
from kit.rounds import Rounds
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from services.inventory.settings import Settings
from services.inventory.stock import holds
from services.inventory.stock.sweep import Sweep
from tests.service.inventory import news
from tests.service.inventory.conftest import ORDER, Inventory, new


async def known(inventory: Inventory, hold_id: str) -> bool:
    with suppress(Fault):
        await inventory.call(inventory.stock.GetHold, pb.GetHoldRequest(hold_id=hold_id), ORDER)
        return True
    return False


async def test_ended_holds_are_forgotten_after_their_retention(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 9})
    released, confirmed, active, stone = (new() for _ in range(4))
    for order_id in (released, confirmed, active):
        await inventory.hold([("COAT", 1)], ORDER, request_id=order_id, order_id=order_id)
    for order_id in (released, stone):
        await inventory.release(order_id, ORDER)
    await inventory.hear(news.confirmed(confirmed, ("COAT", 1)))
    inventory.clock.advance(days=59, hours=23)
    assert not await inventory.ground.holds.forget()
    assert [await known(inventory, one) for one in (released, confirmed, active, stone)] == [True] * 4
    inventory.clock.advance(hours=2)
    await inventory.ground.holds.forget()
    assert [await known(inventory, one) for one in (released, confirmed, active, stone)] == [False, False, True, False]
    level = await inventory.level("COAT")
    assert (level.held, level.committed) == (1, 1)
    await inventory.hear(news.confirmed(confirmed, ("COAT", 1)))  # told once more, long after the inbox forgot it
    assert (await inventory.level("COAT")).committed == 1
    assert await inventory.drifts() == []


async def test_a_cancelled_order_is_never_forgotten(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 9})
    order_id = new()
    await inventory.hear(news.cancelled(order_id, was_confirmed=False))
    inventory.clock.advance(days=1000)
    await inventory.ground.holds.forget()
    await inventory.hear(news.confirmed(order_id, ("COAT", 1)))
    assert (await inventory.level("COAT")).committed == 0
    assert await inventory.drifts() == []


async def test_the_sweep_forgets_in_slices(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "_FORGET", 2)
    stones = [new() for _ in range(5)]
    for one in stones:
        assert (await inventory.release(one, ORDER)).state == stock_pb2.HOLD_STATE_RELEASED
    inventory.clock.advance(days=61)
    assert await inventory.ground.holds.forget()
    assert sum([await known(inventory, one) for one in stones]) == 3
    sweep = Rounds(Sweep(inventory.ground.holds))
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(sweep.run())
        while any([await known(inventory, one) for one in stones]):
            pass
        sweep.stop()


def test_holds_outlive_whatever_may_be_told_again() -> None:
    field = Settings.model_fields["hold_retention_days"]
    assert field.default > 30
    assert field.metadata[0].ge > 30
