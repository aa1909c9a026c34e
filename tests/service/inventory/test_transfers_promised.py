"""Transfers among other promises: what is approved is promised, and breaks nothing that was promised before."""

import asyncio

from omo.inventory.v1 import transfers_pb2 as pb
from services.inventory.transfers.usecases import TIDY
from tests.service.inventory.conftest import Inventory, member
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.shop import refused
from tests.service.inventory.test_promises import ask, brand, get, pooled, stands
from tests.service.inventory.test_transfers import WEST, draft, line, states, stocked


async def test_promised_goods_are_not_moved_away(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    await inventory.hold([("COAT", 5, "WH1")], member())
    moved = await draft(floor, line("COAT", 6))
    fault = await refused(floor.do("ApproveTransfer", transfer_id=moved.transfer_id))
    assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "5")
    kept = (await floor.do("GetTransfer", transfer_id=moved.transfer_id)).transfer
    assert kept.state == pb.TRANSFER_STATE_DRAFT
    assert await inventory.drifts() == []


async def test_approved_goods_cannot_be_promised_again_until_the_transfer_is_cancelled(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 8))
    for _ in range(2):
        await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    assert (await refused(inventory.hold([("COAT", 5, "WH1")]))).reason == "OUT_OF_STOCK"
    for _ in range(2):
        await floor.do("CancelTransfer", transfer_id=moved.transfer_id)
    await inventory.hold([("COAT", 5, "WH1")])
    assert (await refused(floor.do("ApproveTransfer", transfer_id=moved.transfer_id))).reason == "TRANSFER_STATE"
    assert await inventory.drifts() == []


async def test_a_hold_whose_approval_never_came_is_freed(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = await draft(floor, line("COAT", 8))
    hold_id = f"transfer:{moved.transfer_id}:1"
    await inventory.hold([("COAT", 8, "WH1")], request_id=hold_id)
    await floor.due(TIDY, moved.transfer_id, hold_id.encode())
    assert await states(inventory, "WH1") == (10, 0, 0, 0, 10)
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    assert await states(inventory, "WH1") == (10, 8, 0, 0, 2)
    await floor.due(TIDY, moved.transfer_id, f"transfer:{moved.transfer_id}:2".encode())
    assert await states(inventory, "WH1") == (10, 8, 0, 0, 2)
    assert await inventory.drifts() == []


async def test_two_transfers_of_the_same_goods_are_not_both_approved(inventory: Inventory) -> None:
    floor = await stocked(inventory, COAT=10)
    moved = [(await draft(floor, line("COAT", 6))).transfer_id for _ in range(3)]
    at_once = [floor.do("ApproveTransfer", transfer_id=one) for one in moved]
    answers = await asyncio.gather(*at_once, return_exceptions=True)
    assert sorted(getattr(one, "reason", "") for one in answers) == ["", "OUT_OF_STOCK", "OUT_OF_STOCK"]
    assert await states(inventory, "WH1") == (10, 6, 0, 0, 4)
    assert await inventory.drifts() == []


async def test_an_approval_moves_promises_that_other_places_can_keep_and_breaks_none(inventory: Inventory) -> None:
    """What is promised of a pool stands at WH1 until a transfer wants it; beyond what the pool has nothing moves."""
    await brand(inventory, {("COAT", "WH1"): 10, ("COAT", "TPE01"): 0, ("COAT", "TPE02"): 4})
    floor, held = Floor(inventory), await ask(inventory, pooled("COAT", 6))
    moved = await draft(floor, line("COAT", 8))
    await floor.do("ApproveTransfer", transfer_id=moved.transfer_id)
    placed = await get(inventory, held.hold_id)
    assert stands(placed) == {"WH1": 2, "TPE02": 4}
    more = await draft(floor, line("COAT", 1))
    assert (await refused(floor.do("ApproveTransfer", transfer_id=more.transfer_id))).reason == "OUT_OF_STOCK"
    await floor.do("ShipTransfer", WEST, transfer_id=moved.transfer_id)
    assert stands(await get(inventory, held.hold_id)) == {"WH1": 2, "TPE02": 4}
    assert await inventory.drifts() == []
