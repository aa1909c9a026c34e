"""Order's news that sourcing acts on."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.sourcing.usecases import Sourcing
from services.inventory.sourcing.wire_events import Event


class SourcingReactions:
    """Confirmed and cancelled orders, taken together; behind stock's own reaction, which allocates them first."""

    def __init__(self, sourcing: Sourcing) -> None:
        self._sourcing = sourcing

    def handlers(self) -> list[On[Any]]:
        """One handler under both names."""
        return [On.many(kind, self.on_order_news) for kind in (orders.OrderConfirmed, orders.OrderCancelled)]

    async def on_order_news(self, tx: Tx, events: list[Event]) -> None:
        """Keeps what is to be sourced, and ends what is not any more."""
        await self._sourcing.hear(tx, events)
