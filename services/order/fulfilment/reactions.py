"""Inventory's news of orders that this service acts on."""

from collections.abc import Iterable
from typing import Any, Protocol

from kit.consumer import On
from kit.postgres import Tx
from omo.inventory.v1 import sourcing_events_pb2 as sourcing
from omo.inventory.v1 import stock_events_pb2 as stock
from omo.inventory.v1 import supply_events_pb2 as supply
from services.order.fulfilment import domain_waiting, store_waiting, wire_waiting
from services.order.fulfilment.usecases_sourced import Sourced
from services.order.fulfilment.wire_sourced import Event

HEARD = (
    sourcing.SourcingDecided,
    sourcing.PickupRejected,
    sourcing.SourcingGivenUp,
    stock.PromiseBroken,
    stock.PromiseMended,
)


class Waking(Protocol):
    """Whoever waits for goods to come."""

    async def wake(self, tx: Tx, order_ids: Iterable[str]) -> None:
        """Goods came for these orders."""


class SourcedReactions:
    """What decides about tasks together: a batch takes its locks in one order. What waits locks only its own rows."""

    def __init__(self, sourced: Sourced, ahead: Waking) -> None:
        self._sourced = sourced
        self._ahead = ahead

    def handlers(self) -> list[On[Any]]:
        sourcing_news: list[On[Any]] = [On.many(kind, self.on_sourcing_news) for kind in HEARD]
        return [*sourcing_news, On.many(supply.BackorderChanged, self.on_backorder_changed)]

    async def on_sourcing_news(self, tx: Tx, events: list[Event]) -> None:
        """Tasks follow what was decided."""
        await self._sourced.hear(tx, events)

    async def on_backorder_changed(self, tx: Tx, events: list[supply.BackorderChanged]) -> None:
        """Shoppers are told what they wait for, and until when."""
        words = domain_waiting.newest(wire_waiting.words(events))
        await store_waiting.put(tx, words)
        if there := {one.order_id for one in words if not one.quantity}:
            await self._ahead.wake(tx, there)
