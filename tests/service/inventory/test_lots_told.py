"""Which lots may not be sold, as whoever begins to follow inventory's news is told."""

from omo.inventory.v1 import catalogue_service_pb2 as catalogue_rpc
from tests.service.inventory.conftest import HQ, ORDER, Inventory
from tests.service.inventory.lots_rig import open_lots, units


async def blocked(inventory: Inventory) -> list[tuple[str, str]]:
    """By SKU and lot, or serial, page by page."""
    token, found = None, list[tuple[str, str]]()
    while token != "":
        request = catalogue_rpc.ListReferenceDataRequest(page_size=1, page_token=token or "")
        page = await inventory.call(inventory.catalogue.ListReferenceData, request, ORDER)
        found += [(one.sku, one.serial or one.lot) for one in page.lots]
        token = page.next_page_token
    return found


async def test_recalled_lots_are_told_until_they_are_released(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("MILK", units("A", 6, until=where.day(9)), units("B", 4, until=where.day(9)))
    await where.receive("CAM", units(serial="S1"), units(serial="S2"))
    await where.floor.do("RecallLot", HQ, sku="MILK", lot="A", note="glass")
    await where.floor.do("RecallLot", HQ, sku="CAM", serial="S2", note="battery")
    await where.leave("CAM", units(serial="S2"))
    assert await blocked(inventory) == [("CAM", "S2"), ("MILK", "A")]
    await where.floor.do("ReleaseLot", HQ, sku="MILK", lot="A", note="false alarm")
    assert await blocked(inventory) == [("CAM", "S2")]


async def test_what_expired_and_is_gone_is_nobodys_concern(inventory: Inventory) -> None:
    where = await open_lots(inventory)
    await where.receive("TEA", units("", 2, until=where.day(-1)), units("", 1, until=where.day(-2)))
    assert await blocked(inventory) == [("TEA", str(where.day(-2))), ("TEA", str(where.day(-1)))]
    await where.leave("TEA", units("", 2, until=where.day(-1)))
    assert await blocked(inventory) == [("TEA", str(where.day(-2)))]
