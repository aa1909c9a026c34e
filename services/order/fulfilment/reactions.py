"""Inventory's news of orders that this service acts on."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.inventory.v1 import sourcing_events_pb2 as sourcing
from omo.inventory.v1 import stock_events_pb2 as stock
from services.order.fulfilment.usecases_sourced import Sourced
from services.order.fulfilment.wire_sourced import Event

HEARD = (
    sourcing.SourcingDecided,
    sourcing.PickupRejected,
    sourcing.SourcingGivenUp,
    stock.PromiseBroken,
    stock.PromiseMended,
)


class SourcedReactions:
    """All five together: a batch takes its locks in one order."""

    def __init__(self, sourced: Sourced) -> None:
        self._sourced = sourced

    def handlers(self) -> list[On[Any]]:
        return [On.many(kind, self.on_sourcing_news) for kind in HEARD]

    async def on_sourcing_news(self, tx: Tx, events: list[Event]) -> None:
        """Tasks follow what was decided."""
        await self._sourced.hear(tx, events)
