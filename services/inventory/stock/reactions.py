"""Events of order that move or promise stock."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.stock.orders import Orders
from services.inventory.stock.wire_orders import Event


class StockReactions:
    """Everything that order tells, taken together: one batch locks once, in one order."""

    def __init__(self, orders_: Orders) -> None:
        self._orders = orders_

    def handlers(self) -> list[On[Any]]:
        """One handler under all five names."""
        heard = (
            orders.OrderConfirmed,
            orders.SalesRecorded,
            orders.OrderCancelled,
            orders.UnitsHandedOver,
            orders.UnitsCancelled,
        )
        return [On.many(kind, self.on_order_news) for kind in heard]

    async def on_order_news(self, tx: Tx, events: list[Event]) -> None:
        """Allocates, deallocates, ends, hands over and sells."""
        await self._orders.take(tx, events)
