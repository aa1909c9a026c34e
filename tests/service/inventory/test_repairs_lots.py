"""Drifts in the books of lots, and of who waits: each is planted, found, repaired by what it says, and proved again."""

from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory, new
from tests.service.inventory.lots_rig import Lots, open_lots, units
from tests.service.inventory.reading import decide, rule
from tests.service.inventory.test_repairs import obey, plant, repairs

_ENTRY = """
INSERT INTO lot_entries (sku, location_id, lot, serial, quantity, kind, source_id, line_no, business_time, actor_kind,
    actor_id)
VALUES ('MILK', 'TPE01', 'A', '', -2, 'SALE', 'nobody', 1, now(), 'service', 'x')
"""
_WAITS = """
INSERT INTO backorders (sku, location_id, owner_id, line_no, order_id, quantity, priority, create_time)
SELECT sku, '{}', 'nobody', 1, '', 3, 0, now() FROM backorders LIMIT 1
"""
_BACK = """
INSERT INTO movements (sku, location_id, kind, quantity, quality_control, business_time, source_id, actor_kind,
    actor_id)
VALUES ('MILK', 'TPE01', 'LOT', 0, -6, now(), 'nobody', 'service', 'x')
"""
PLANTED = {
    "lot": ("UPDATE lot_levels SET on_hand = on_hand + 2 WHERE lot = 'A'", "lots.equal_their_entries"),
    "lot that nobody named": (
        "INSERT INTO lot_levels VALUES ('MILK', 'TPE01', 'Z', '', 4, 0, now())",
        "lots.equal_their_entries",
    ),
    "lot that is gone": ("DELETE FROM lot_levels WHERE lot = 'B'", "lots.equal_their_entries"),
    "named": ("UPDATE stock_levels SET named = named + 3 WHERE sku = 'MILK'", "lots.sum_to_the_level"),
    "more named than moved": (_ENTRY, "lots.are_named_of_what_moved"),
    "put aside": (
        "UPDATE stock_levels SET quality_control = 0 WHERE sku = 'MILK'",
        "lots.put_aside_is_in_quality_control",
    ),
    "who waits": ("UPDATE backorders SET quantity = 9", "backorders.waiting_equals_what_is_not_there"),
    "nobody waits": ("DELETE FROM backorders", "backorders.waiting_equals_what_is_not_there"),
    "waits where all is there": (_WAITS.format("TPE02"), "backorders.waiting_equals_what_is_not_there"),
    "waits nowhere": (_WAITS.format("UNKNOWN"), "backorders.waiting_equals_what_is_not_there"),
}


async def busy(inventory: Inventory) -> Lots:
    """Lots that came, left and were recalled, and an order that waits for what nobody has."""
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)))
    await where.sell("MILK", units("B", 1))
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A", note="glass")
    await decide(inventory, rule("cap", "BACKORDER_CAP", quantity=9))
    order_id = new()
    await inventory.hold([("MILK", 5)], ORDER, request_id=order_id, order_id=order_id)
    await inventory.hear(news.confirmed(order_id, ("MILK", 5)))
    assert await inventory.drifts() == []
    return where


async def test_a_drift_is_repaired_by_the_command_that_it_names(inventory: Inventory) -> None:
    """One after the other on the same books: each leaves them as they were."""
    where = await busy(inventory)
    before, written = (await where.on_hand("MILK"), (await inventory.level("MILK")).available), 0
    for name, (statement, check) in PLANTED.items():
        await plant(inventory, statement)
        found = await inventory.drifts()
        assert check in {drift for drift, _ in found}, name
        commands = list(dict.fromkeys(row["repair"] for _, row in found))
        assert all(commands), name
        for command in commands:
            await obey(inventory, command)
        assert await inventory.drifts() == [], name
        assert (await where.on_hand("MILK"), (await inventory.level("MILK")).available) == before, name
        assert not [command for command in commands if await obey(inventory, command)], "a second time does nothing"
        kept = len(await repairs(inventory))
        assert kept > written, name
        written = kept


async def test_what_its_lots_put_aside_stays_aside(inventory: Inventory) -> None:
    """Where even the movements say less, goods that may not be sold are kept back, not offered."""
    where = await busy(inventory)
    await plant(inventory, _BACK)
    assert await obey(inventory, "omoctl repair lots MILK TPE01")
    assert (await inventory.level("MILK")).quality_control == 6
    assert await inventory.drifts() == []
    assert sum((await where.on_hand("MILK")).values()) == 9
