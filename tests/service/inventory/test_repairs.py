"""A drift names a command that works: each is planted, found, repaired by what it says, and proved again."""

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from cli.goods import repairing
from cli.main import app
from cli.stack.trouble import Trouble
from omo.inventory.v1 import repairs_service_pb2 as pb
from omo.inventory.v1 import repairs_service_pb2_grpc as rpc
from services.inventory.stock.domain import NOWHERE
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, OPERATOR, ORDER, Inventory, device, member, movement, new
from tests.service.inventory.floor_rig import staff
from tests.service.inventory.shop import refused
from tests.service.inventory.test_transfers import sent

_TOO_MANY = """
INSERT INTO shortfalls (sku, location_id, quantity, source_id, line_no, business_time)
VALUES ('COAT', 'TPE01', 4, 'x', 1, now())
"""
# what somebody who writes past the service may do to the books, and which proof sees it
PLANTED = {
    "on hand": ("UPDATE stock_levels SET on_hand = on_hand + 3 WHERE sku = 'COAT'", "stock.on_hand_equals_movements"),
    "on hand of a level that is gone": (
        "DELETE FROM stock_levels WHERE sku = 'COAT'",
        "stock.on_hand_equals_movements",
    ),
    "damaged": ("UPDATE stock_levels SET damaged = 9 WHERE sku = 'COAT'", "stock.on_hand_equals_movements"),
    "held": ("UPDATE stock_levels SET held = 7 WHERE sku = 'COAT'", "stock.held_equals_active_lines"),
    "committed": ("UPDATE stock_levels SET committed = 40 WHERE sku = 'COAT'", "stock.committed_equals_allocations"),
    "aside": (
        "UPDATE stock_levels SET quality_control = 2 WHERE sku = 'COAT'",
        "variances.quality_control_equals_movements",
    ),
    "in transit": (
        "UPDATE stock_levels SET in_transit_in = 5, in_transit_out = 1 WHERE sku = 'COAT'",
        "transfers.in_transit_equals_open_lines",
    ),
    "too many shortfalls": (
        _TOO_MANY,
        "stock.shortfalls_explain_what_is_missing",
    ),
    "too few shortfalls": (
        "UPDATE shortfalls SET settled = quantity WHERE sku = 'COAT'",
        "stock.shortfalls_explain_what_is_missing",
    ),
    "an ended hold": ("UPDATE holds SET state = 'RELEASED'", "stock.ended_holds_hold_nothing"),
    "lines without a hold": ("DELETE FROM holds", "stock.ended_holds_hold_nothing"),
}


async def plant(inventory: Inventory, statement: str) -> None:
    async with inventory.db.transaction() as tx:
        await tx.execute(statement)


@asynccontextmanager
async def doors(inventory: Inventory) -> AsyncIterator[repairing.Doors]:
    """As omoctl opens them."""
    async with grpc.aio.insecure_channel(inventory.target) as channel:
        yield repairing.Doors(channel, None, inventory.issuer.token(**OPERATOR))


async def obey(inventory: Inventory, command: str) -> bool:
    """Runs a drift's command as omoctl would: its words are parsed by its own commands."""
    words = shlex.split(command)
    assert words[:2] == ["omoctl", "repair"]
    async with doors(inventory) as at:
        return bool(await getattr(repairing, words[2])(at, *words[3:], "a test"))


async def repairs(inventory: Inventory) -> list[Any]:
    asked = pb.ListRepairsRequest(page_size=100)
    return list((await inventory.call(rpc.RepairServiceStub(inventory.channel).ListRepairs, asked, OPERATOR)).repairs)


async def busy(inventory: Inventory) -> None:
    """Books with something of everything: goods, a cart, an order, a damage, a sale of what was not there."""
    await inventory.stocked({("COAT", "TPE01"): 10})
    await inventory.post(movement("COAT", "TPE01", 0, "DAMAGE", damaged=1))
    await inventory.hold([("COAT", 2)], member("m1"))
    order_id = new()
    await inventory.hold([("COAT", 3)], ORDER, request_id=order_id, order_id=order_id)
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    await inventory.hear(news.recorded(news.sale(new(), ("COAT", 6), at=inventory.clock())))
    assert await inventory.drifts() == []


@pytest.mark.parametrize(("statement", "check"), PLANTED.values(), ids=PLANTED)
async def test_a_drift_is_repaired_by_the_command_that_it_names(
    inventory: Inventory, statement: str, check: str
) -> None:
    await busy(inventory)
    before = await inventory.level("COAT")
    await plant(inventory, statement)
    found = await inventory.drifts()
    assert check in {name for name, _ in found}
    assert all(row["repair"] for name, row in found if name == check)
    commands = list(dict.fromkeys(row["repair"] for _, row in found if row["repair"]))
    # what follows from a drift may be right again before its own command is run
    assert any([await obey(inventory, command) for command in commands])
    assert await inventory.drifts() == []
    after = await inventory.level("COAT")
    if "hold" not in check:
        assert (after.on_hand, after.damaged, after.committed, after.held) == (
            before.on_hand, before.damaged, before.committed, before.held,
        )  # fmt: skip
    kept = await repairs(inventory)
    assert [(one.actor.id, one.reason) for one in kept] == [("operator", "a test")] * len(kept)
    assert kept
    assert not [command for command in commands if await obey_again(inventory, command)], "a second time does nothing"
    assert len(await repairs(inventory)) == len(kept)


async def obey_again(inventory: Inventory, command: str) -> bool:
    said = ""
    try:
        return await obey(inventory, command)
    except Trouble as trouble:
        said = str(trouble)
    assert "HOLD_NOT_FOUND" in said
    return False


async def test_a_drift_of_a_name_with_quotes_and_blanks_is_one_word(inventory: Inventory) -> None:
    await inventory.stocked({("外套 '大' $(x)", "TPE01"): 5})
    await plant(inventory, "UPDATE stock_levels SET on_hand = 6")
    ((_, row),) = await inventory.drifts()
    assert shlex.split(row["repair"]) == ["omoctl", "repair", "level", "外套 '大' $(x)", "TPE01"]
    assert await obey(inventory, row["repair"])
    assert await inventory.drifts() == []


async def test_what_a_repair_takes_from_promises_is_a_shortfall_with_its_source(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    await plant(inventory, "UPDATE stock_levels SET on_hand = 9")
    order_id = new()
    await inventory.hold([("COAT", 5)], ORDER, request_id=order_id, order_id=order_id)
    assert await obey(inventory, "omoctl repair level COAT TPE01")
    assert (await inventory.level("COAT")).available == -3
    async with inventory.db.read() as tx:
        assert await tx.fetchval("SELECT sum(quantity) FROM shortfalls WHERE source_id LIKE 'repair:%'") == 3
    assert await inventory.drifts() == []


async def test_a_transfer_that_was_written_past_is_counted_anew(inventory: Inventory) -> None:
    await sent(inventory, COAT=6)
    await plant(inventory, "UPDATE transfer_lines SET accepted = 2")
    commands = {row["repair"] for _, row in await inventory.drifts()}
    assert commands == {"omoctl repair level COAT TPE01", "omoctl repair level COAT WH1"}
    for command in sorted(commands):
        await obey(inventory, command)
    assert await inventory.drifts() == []


async def test_a_repair_that_gave_up_is_done_by_hand(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    await plant(
        inventory,
        "INSERT INTO timers (kind, key, payload, due_time, next_time, needs_attention, attempt, fence) "
        "VALUES ('promises.repair', 'COAT', '', now(), now(), true, 12, 1)",
    )
    ((name, row),) = await inventory.drifts()
    assert (name, row["repair"]) == ("promises.every_repair_ends", "omoctl repair promises COAT")
    await obey(inventory, row["repair"])
    assert await inventory.drifts() == []


async def test_an_orphan_of_an_order_is_released(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = new()
    await inventory.hold([("COAT", 2)], ORDER, request_id=order_id, order_id=order_id)
    assert await obey(inventory, f"omoctl repair hold {order_id}")
    assert (await inventory.level("COAT")).available == 5
    (kept,) = await repairs(inventory)
    assert (kept.kind, kept.subject, kept.before) == ("HOLD", order_id, '{"held": 2, "state": "ACTIVE"}')
    assert not await obey(inventory, f"omoctl repair hold {order_id}")


async def test_a_cart_that_lives_is_no_orphan(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    held = await inventory.hold([("COAT", 2)], member("m1"))
    stub = rpc.RepairServiceStub(inventory.channel)
    asked = pb.EndOrphanHoldRequest(request_id=new(), hold_id=held.hold_id, reason="x")
    assert (await refused(inventory.call(stub.EndOrphanHold, asked, OPERATOR))).reason == "HOLD_ALIVE"
    inventory.clock.advance(hours=2)
    assert (await inventory.call(stub.EndOrphanHold, asked, OPERATOR)).freed == 2
    assert await inventory.drifts() == []


async def test_refusals(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    stub = rpc.RepairServiceStub(inventory.channel)
    level = {"request_id": new(), "sku": "COAT", "location_id": "TPE01", "reason": "why"}
    for changed, reason in (
        ({"sku": "NOPE"}, "UNKNOWN_SKU"),
        ({"location_id": "NOPE"}, "UNKNOWN_LOCATION"),
        ({"reason": " "}, "FIELD_INVALID"),
    ):
        call = inventory.call(stub.RecomputeLevel, pb.RecomputeLevelRequest(**level | changed), OPERATOR)
        assert (await refused(call)).reason == reason
    promises = pb.MendPromisesRequest(request_id=new(), sku="NOPE", reason="why")
    assert (await refused(inventory.call(stub.MendPromises, promises, OPERATOR))).reason == "UNKNOWN_SKU"
    hold = pb.EndOrphanHoldRequest(request_id=new(), hold_id="nope", reason="why")
    assert (await refused(inventory.call(stub.EndOrphanHold, hold, OPERATOR))).reason == "HOLD_NOT_FOUND"
    for who in (HQ, member(), device(), staff(role="manager"), ORDER):
        assert (await refused(inventory.call(stub.RecomputeLevel, pb.RecomputeLevelRequest(**level), who))).reason == (
            "PERMISSION_DENIED"
        )
    nowhere = pb.RecomputeLevelRequest(**level | {"location_id": NOWHERE})
    assert not (await inventory.call(stub.RecomputeLevel, nowhere, OPERATOR)).changed


async def test_the_history_is_never_changed(inventory: Inventory) -> None:
    await test_an_orphan_of_an_order_is_released(inventory)
    for statement in ("UPDATE stock_repairs SET reason = ''", "DELETE FROM stock_repairs"):
        with pytest.raises(Exception, match="stock_repairs is a journal"):
            await plant(inventory, statement)


async def test_what_was_repaired_is_told(inventory: Inventory, capsys: pytest.CaptureFixture[str]) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    await plant(inventory, "UPDATE stock_levels SET on_hand = 6")
    async with doors(inventory) as at:
        assert await repairing.level(at, "COAT", "TPE01", "somebody wrote past the service")
        assert await repairing.history(at, 5) == 1
    said = capsys.readouterr().out
    assert "on_hand                  6 → 5" in said
    assert "LEVEL    COAT TPE01  by operator: somebody wrote past the service" in said


@pytest.mark.parametrize("command", ["level", "hold", "promises", "log"])
def test_every_command_is_one_of_omoctl(command: str) -> None:
    assert CliRunner().invoke(app, ["repair", command, "--help"]).exit_code == 0
