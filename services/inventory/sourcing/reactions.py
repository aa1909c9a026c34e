"""Order's news that sourcing acts on."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.sourcing import wire_events
from services.inventory.sourcing.usecases import Sourcing
from services.inventory.sourcing.usecases_refusals import Refusals
from services.inventory.sourcing.wire_events import Event


class SourcingReactions:
    """Confirmed and cancelled orders and refused tasks, together; behind stock's own reaction, which allocates them."""

    def __init__(self, sourcing: Sourcing, refusals: Refusals) -> None:
        self._sourcing = sourcing
        self._refusals = refusals

    def handlers(self) -> list[On[Any]]:
        """One handler under all names."""
        heard = (
            orders.OrderConfirmed,
            orders.SalesRecorded,
            orders.OrderCancelled,
            orders.FulfilmentRejected,
            orders.UnitsCancelled,
        )
        return [On.many(kind, self.on_order_news) for kind in heard]

    async def on_order_news(self, tx: Tx, events: list[Event]) -> None:
        """Keeps what is to be sourced, ends what is not any more, and has looked elsewhere for what a store refused."""
        events = [event for event in events if wire_events.concerns(event)]
        if events:
            new = await self._sourcing.hear(tx, events)
            await self._refusals.hear(tx, events, new)
