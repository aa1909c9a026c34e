"""Order's news of goods between its places, and of goods that are not where the books have them."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.order.v1 import pickup_events_pb2 as orders
from services.inventory.transfers.legs import Legs


class LegReactions:
    """One method per event heard."""

    def __init__(self, legs: Legs) -> None:
        self._legs = legs

    def handlers(self) -> list[On[Any]]:
        """What is heard of order."""
        return [On.many(orders.UnitsMoved, self.on_units_moved), On.many(orders.UnitsMissing, self.on_units_missing)]

    async def on_units_moved(self, tx: Tx, events: list[orders.UnitsMoved]) -> None:
        """What left is on its way, what arrived is promised where it is."""
        await self._legs.take(tx, events)

    async def on_units_missing(self, tx: Tx, events: list[orders.UnitsMissing]) -> None:
        """The books follow the shelf."""
        await self._legs.miss(tx, events)
