"""Goods that ask for lots and serials, as tests drive them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2
from omo.type.v1 import lot_pb2
from services.inventory.lots import domain
from tests.service.inventory import news, shop
from tests.service.inventory.conftest import HQ, Inventory, movement, new
from tests.service.inventory.floor_rig import Floor, staff

LOT, EXPIRY, SERIAL = catalogue_pb2.TRACKING_LOT, catalogue_pb2.TRACKING_EXPIRY, catalogue_pb2.TRACKING_SERIAL
ZONE = "Asia/Taipei"


def units(lot: str = "", quantity: int = 1, serial: str = "", until: date | str = "") -> lot_pb2.LotUnits:
    return lot_pb2.LotUnits(lot=lot, quantity=quantity, serial=serial, expire_date=str(until))


@dataclass(slots=True)
class Lots:
    """MILK asks for lot and date, CAM for a serial, TEA for a date; COAT for nothing."""

    inventory: Inventory
    floor: Floor

    def day(self, ahead: int) -> date:
        """A day of the brand, so many from today."""
        return domain.today(self.inventory.clock(), ZONE) + timedelta(days=ahead)

    async def receive(self, sku: str, *given: lot_pb2.LotUnits, place: str = "TPE01", quantity: int = 0) -> Any:
        whole = quantity or sum(one.quantity for one in given)
        return await self.inventory.post(movement(sku, place, whole, "RECEIPT", lots=given))

    async def leave(self, sku: str, *given: lot_pb2.LotUnits, place: str = "TPE01", quantity: int = 0) -> Any:
        whole = quantity or sum(one.quantity for one in given)
        return await self.inventory.post(movement(sku, place, -whole, "ADJUSTMENT", lots=given))

    async def sell(
        self, sku: str, *given: lot_pb2.LotUnits, place: str = "TPE01", quantity: int = 0, order_id: str = ""
    ) -> str:
        """A till sold something, and perhaps said what."""
        order_id = order_id or new()
        whole = quantity or sum(one.quantity for one in given)
        sale = news.sale(order_id, (sku, whole), place=place, at=self.inventory.clock())
        sale.lines[0].lots.extend(given)
        await self.inventory.hear(news.recorded(sale))
        return order_id

    async def balances(self, sku: str, place: str = "") -> Mapping[Any, Any]:
        """By lot or serial; by place too where none is named."""
        found = await self.floor.do("ListLots", HQ, sku=sku, location_id=place, page_size=100)
        return {(one.serial or one.lot) if place else (one.location_id, one.serial or one.lot): one
                for one in found.balances}  # fmt: skip

    async def on_hand(self, sku: str, place: str = "TPE01") -> dict[str, int]:
        return {name: one.on_hand for name, one in (await self.balances(sku, place)).items()}

    async def unnamed(self, sku: str, place: str = "TPE01") -> int:
        found = await self.floor.do("ListLots", HQ, sku=sku, location_id=place)
        return sum(one.quantity for one in found.unnamed)

    async def tasks(self, kind: str) -> list[tuple[str, str]]:
        """Where there is one, and by what rule or for which lot."""
        found = (await self.floor.do("ListStockTasks", HQ, kind=kind)).tasks
        return sorted((one.location_id, one.details.get("rule") or one.details["lot"]) for one in found)


async def answer(call: Any) -> str:
    """Why it is refused; empty if it is not."""
    try:
        await call
    except Fault as fault:
        return fault.reason
    return ""


async def open_lots(inventory: Inventory) -> Lots:
    await shop.put(
        inventory,
        shop.product("MILK", shop.variant("MILK", tracking=[LOT, EXPIRY])),
        shop.product("TEA", shop.variant("TEA", tracking=[EXPIRY])),
        shop.product("CAM", shop.variant("CAM", tracking=[SERIAL])),
        shop.product("COAT"),
    )
    await inventory.put_locations("TPE01", "TPE02")
    return Lots(inventory, Floor(inventory))


__all__ = ["EXPIRY", "LOT", "SERIAL", "ZONE", "Lots", "answer", "open_lots", "staff", "units"]
